"""XML parts of workbooks as most programs write them: a long list of items without blanks between them.

Such a part is read with regular expressions and by splitting it, which takes a fifth of the time of a parser. Whatever
is written in another way, or is no XML, is left to the parser, which reads or refuses it.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from uploader.spreadsheet.time_limit import TimedFile
from uploader.spreadsheet.workbook.xml_parser import make_parser

FIRST_SIZE, PIECE_SIZE = 1 << 14, 1 << 18  # bytes; the first piece has titles and the top of the list
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


class Items:
    """The items of a part, in pieces that cut none; and what is left for a parser where these are odd."""

    def __init__(self, file: TimedFile, container: str, item: str) -> None:
        """Keep what is needed.

        Args:
            file: The part.
            container: The element that holds the items, which is the root or in it.
            item: The element of each item.
        """
        self._file = file
        self._container = container
        self._item_end = f"</{item}>".encode()
        self._head = b""  # up to the first item
        self._piece = b""  # the last one, as long as it is not done
        self._ahead = b""  # read from the file, but in no piece yet

    def pieces(self) -> Iterator[bytes]:
        """Yield the items up to the end of their container. When the next piece is asked for, the last one is done.

        Raises:
            OddXmlError: The beginning is unusual or damaged, an item is very long, or the end is missing.
        """
        is_root = self._read_head()
        end = f"</{self._container}>".encode()
        while (place := self._ahead.find(end)) < 0:
            place = self._ahead.rfind(self._item_end) + len(self._item_end)
            if place >= len(self._item_end):
                yield self._cut_piece(place)
                self._piece = b""
            new = self._file.read(PIECE_SIZE)
            if not new or len(self._ahead) + len(new) > LONGEST_PIECE:
                raise OddXmlError
            self._ahead += new
        if is_root:
            self._ahead += self._file.read(PIECE_SIZE)
            if self._ahead[place + len(end) :].strip():
                raise OddXmlError
        yield self._cut_piece(place)

    def rest(self, before: bytes) -> TimedFile:
        """Return the part without the pieces that are done.

        Args:
            before: XML that takes their place.
        """
        done = self._head + before if self._head else b""
        return self._file.preceded_by(done + self._piece + self._ahead)

    def _read_head(self) -> bool:
        """Return whether the container is the root."""
        start = re.compile(rb"<%s(?: [^<>]*+)?+>" % self._container.encode())
        self._ahead = self._file.read(FIRST_SIZE)
        if not start.search(self._ahead):
            self._ahead += self._file.read(PIECE_SIZE)
        found = start.search(self._ahead)
        if not found:
            raise OddXmlError
        opened = _check_head(found.string[: found.end()], self._container)
        self._head, self._ahead = self._ahead[: found.end()], self._ahead[found.end() :]
        return opened == [self._container]

    def _cut_piece(self, size: int) -> bytes:
        self._piece, self._ahead = self._ahead[:size], self._ahead[size:]
        return self._piece


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
