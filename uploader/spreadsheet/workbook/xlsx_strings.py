"""The shared strings of a workbook in Office Open XML (ECMA-376, part 1, 18.4)."""

from contextlib import suppress
from xml.parsers.expat import ExpatError

from uploader.core.errors import TableError
from uploader.spreadsheet.workbook.cell_text import unescape
from uploader.spreadsheet.workbook.package import Package
from uploader.spreadsheet.workbook.plain_xml import Items, OddXmlError, decode, resolve
from uploader.spreadsheet.workbook.xlsx_rows import LONGEST_TEXT
from uploader.spreadsheet.workbook.xml_parser import feed, make_parser

# Memory for the shared strings: bytes. Python takes some 60 for each, and up to 4 for a character.
MAX_STRINGS_MEMORY = 300_000_000
_PER_TEXT = 60


def read_strings(package: Package, part: str) -> list[str]:
    """Return the shared strings: runs of rich text joined, without phonetic hints.

    Raises:
        ValueError: The part is damaged, or a text very long.
        TableError: There are too many to be kept in memory.
    """
    with suppress(OddXmlError):
        return _read_plain_strings(package, part)
    return _parse_strings(package, part)


def _parse_strings(package: Package, part: str) -> list[str]:
    collector = _StringCollector()
    with package.open(part) as file:
        for _ in feed(collector.parser, file):
            if collector.memory > MAX_STRINGS_MEMORY:
                raise TableError(
                    f"{package.path.name} has more than {len(collector.strings):,} different texts.",
                    "Split it, or save the sheet as CSV.",
                )
    return collector.strings


def _read_plain_strings(package: Package, part: str) -> list[str]:
    """Return the shared strings, if they are written as usual and not too many. Raises OddXmlError."""
    strings: list[str] = []
    memory = 0
    with package.open(part) as file:
        for piece in Items(file, "sst", "si").pieces():
            new = _read_piece(piece) if piece else []
            strings += new
            memory += _PER_TEXT * len(new) + len(piece) * (1 if piece.isascii() else 4)
            if memory > MAX_STRINGS_MEMORY:
                raise OddXmlError
    return strings


def _read_piece(piece: bytes) -> list[str]:
    """Return the strings of some `si` elements. If they are more than a `t` each, a parser reads these."""
    text = decode(piece).replace('<t xml:space="preserve">', "<t>")
    strings = text.removeprefix("<si><t>").removesuffix("</t></si>").split("</t></si><si><t>")
    if text.count("<") != 4 * len(strings) or not (text.startswith("<si><t>") and text.endswith("</t></si>")):
        return _parse_piece(piece)
    if "&" in text:
        strings = [*map(resolve, strings)]
    return [*map(unescape, strings)] if "_x" in text else strings


def _parse_piece(piece: bytes) -> list[str]:
    collector = _StringCollector()
    try:
        collector.parser.Parse(b"<sst>%s</sst>" % piece, True)
    except (ExpatError, ValueError):
        raise OddXmlError from None
    return collector.strings


class _StringCollector:
    """Collects strings from what its parser is fed with.

    Attributes:
        strings: Those collected so far.
        memory: What they take: bytes.
    """

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.memory = 0
        self.parser = make_parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._add
        self._runs: list[str] = []
        self._length = 0
        self._in_text = self._in_hint = False

    def _start(self, name: str, _: object) -> None:
        local = name.rpartition(":")[2]
        if local == "si":
            self._runs.clear()
            self._length = 0
        elif local == "rPh":
            self._in_hint = True
        elif local == "t":
            self._in_text = not self._in_hint

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "t":
            self._in_text = False
        elif local == "rPh":
            self._in_hint = False
        elif local == "si":
            text = unescape("".join(self._runs))
            self.strings.append(text)
            self.memory += _PER_TEXT + len(text) * (1 if text.isascii() else 4)

    def _add(self, text: str) -> None:
        if self._in_text:
            self._runs.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise ValueError(f"a text has more than {LONGEST_TEXT:,} characters")
