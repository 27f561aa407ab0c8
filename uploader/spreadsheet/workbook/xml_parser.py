"""XML parts of workbooks, read by expat in time that grows with their size. Entities are refused."""

from collections.abc import Callable, Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from uploader.spreadsheet.time_limit import TimedFile

PIECE_SIZE = 1 << 18  # bytes
_LONGEST_TOKEN = 8 << 20  # bytes; a tag of a workbook has some hundred


class DamagedXmlError(ValueError):
    """A part that is not XML, or that declares entities."""


def make_parser(*, with_namespaces: bool = False) -> expat.XMLParserType:
    """Return an expat parser that refuses entities; names are `URI local` if it resolves namespaces."""
    parser = expat.ParserCreate(namespace_separator=" " if with_namespaces else None)
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.EntityDeclHandler = _refuse_entity
    return parser


def _refuse_entity(*_: object) -> None:
    raise DamagedXmlError("it declares entities")


def feed(
    parser: expat.XMLParserType,
    file: TimedFile,
    is_done: Callable[[], bool] = bool,
    shorten: Callable[[bytes], bytes] = bytes,
) -> Iterator[None]:
    """Parse a file piece by piece, and yield after each.

    Args:
        parser: A parser whose handlers collect what they need.
        file: The part.
        is_done: Whether the rest of the file is of no interest.
        shorten: Returns a piece without what is of no interest.

    Raises:
        DamagedXmlError: The part is not well-formed.
    """
    fed = 0
    try:
        while piece := file.read(PIECE_SIZE):
            piece = shorten(piece)
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN:
                raise DamagedXmlError("it has a tag of several megabytes")
            yield
            if is_done():
                return
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise DamagedXmlError(f"its XML is damaged: {error}") from None


def parse_tree(file: TimedFile) -> ElementTree.Element:
    """Return the root of a small part; tags and attributes lose their namespaces.

    Raises:
        DamagedXmlError: The part is not well-formed.
    """
    builder = ElementTree.TreeBuilder()
    parser = make_parser(with_namespaces=True)
    parser.StartElementHandler = lambda name, attributes: builder.start(
        name.rpartition(" ")[2], {key.rpartition(" ")[2]: value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda name: builder.end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = builder.data
    for _ in feed(parser, file):
        pass
    return builder.close()
