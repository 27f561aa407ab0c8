"""XML parts of workbooks as most programs write them: a long list of items without blanks between them.

Such a part is read with regular expressions and by splitting it, which takes a fifth of the time of a parser. Whatever
is written in another way, or is no XML, is left to the parser, which reads or refuses it.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from uploader.spreadsheet.time_limit import TimedFile
from uploader.spreadsheet.workbook.xml_parser import make_parser

PIECE_SIZE = 1 << 18  # bytes
LONGEST_PIECE = 1_000_000  # bytes, so that no text has more characters than a cell may have

_BEGINNING = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")?\s*\?>\s*)?'
    rb"<[a-z]"
)
# What is declared, zeros that are not shown, and cells outside of the list.
_ODD_IN_HEAD = re.compile(rb"<!|showZeros|<row\b|<c\b")
# Characters that XML can't hold, and the carriage return, which a parser turns into a line feed.
_ILLEGAL_BYTES = bytes([*range(9), 11, 12, *range(13, 32)])
_ILLEGAL = (b"]]>", b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_REFERENCE = re.compile("&([^&;]*+;?+)")
_CHARACTERS = {
    "amp;": "&", "lt;": "<", "gt;": ">", "quot;": '"', "apos;": "'", "#9;": "\t", "#10;": "\n", "#13;": "\r"
}  # fmt: skip


class OddXmlError(ValueError):
    """A part that only a parser can read, if it is XML at all."""


def read_pieces(file: TimedFile, container: str, item: str) -> Iterator[bytes]:
    """Yield the items of a part in pieces that cut none, up to the end of their container.

    Args:
        file: The part.
        container: The element that holds the items, which is the root or in it.
        item: The element of each item.

    Raises:
        OddXmlError: The beginning is unusual or damaged, an item is very long, or the end is missing.
    """
    first = file.read(PIECE_SIZE)
    found = re.search(rb"<%s(?: [^<>]*+)?+>" % container.encode(), first)
    if not found:
        raise OddXmlError
    is_root = _check_head(first[: found.end()], container) == [container]
    item_end, container_end = f"</{item}>".encode(), f"</{container}>".encode()
    rest, end, tail = first[found.end() :].partition(container_end)
    while not end:
        cut = rest.rfind(item_end) + len(item_end)
        if cut >= len(item_end):
            yield rest[:cut]
            rest = rest[cut:]
        new = file.read(PIECE_SIZE)
        if not new or len(rest) + len(new) > LONGEST_PIECE:
            raise OddXmlError
        rest, end, tail = (rest + new).partition(container_end)
    if is_root and (tail + file.read(PIECE_SIZE)).strip():
        raise OddXmlError
    yield rest


def _check_head(head: bytes, container: str) -> list[str]:
    """Return the names of the open elements where a container starts.

    Raises:
        OddXmlError: The part does not begin as usual, or with something that matters for the items.
    """
    if not _BEGINNING.match(head) or _ODD_IN_HEAD.search(head):
        raise OddXmlError
    opened: list[str] = []
    parser = make_parser()
    parser.StartElementHandler = lambda name, _: opened.append(name)
    parser.EndElementHandler = lambda _: opened.pop()
    try:
        parser.Parse(head, False)
    except expat.ExpatError:
        raise OddXmlError from None
    if opened not in ([container], ["worksheet", container]):
        raise OddXmlError
    return opened


def decode(data: bytes) -> str:
    """Return bytes between tags as text, with references as they are. Raises OddXmlError if a parser may not."""
    if len(data.translate(None, _ILLEGAL_BYTES)) != len(data) or any(word in data for word in _ILLEGAL):
        raise OddXmlError
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise OddXmlError from None


def resolve(text: str) -> str:
    """Return a text with the characters that its references stand for. Raises OddXmlError for unusual ones."""
    if "&" not in text:
        return text
    try:
        return _REFERENCE.sub(lambda found: _CHARACTERS[found[1]], text)
    except KeyError:
        raise OddXmlError from None
