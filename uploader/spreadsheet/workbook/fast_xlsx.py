"""Rows of plain worksheets, read by one regular expression in a fifth of the time of `xlsx_rows`.

Each row must be written as programs write plain texts, numbers and dates: its cells one after another in the order of
their columns, without formulas. The expression has a place for each column, which may be empty, and so checks the XML
and takes the values out of it at once. The first row that is written in another way ends this, and the caller reads the
rest with `xlsx_rows`, which gives the same texts. `python -m tests.benchmarks.workbooks` measures both.
"""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache

from uploader.spreadsheet.column_names import column_index, column_letters
from uploader.spreadsheet.time_limit import TimedFile
from uploader.spreadsheet.workbook.model import Rows, SheetRow
from uploader.spreadsheet.workbook.plain_xml import Items, OddXmlError, decode, resolve
from uploader.spreadsheet.workbook.xlsx_rows import LAST_ROW, Styles, plain_text, read_sheet_rows

# Columns for which there are places in the expression. Each takes time in every row, a tenth of that of a parsed cell.
MAX_FAST_COLUMNS = 256
_MANY_PLACES, _MAX_PLACES_PER_CELL = 100_000, 10

_Reader = Callable[[Sequence[bytes]], Sequence[str]]

_ROW_ATTRIBUTES = (
    rb'(?: (?:spans|s|ht|customFormat|customHeight|outlineLevel|thickTop|thickBot|[a-z0-9]+:dyDescent)="[\w:. -]*+"'
    rb'| (?:hidden|collapsed)="(?:0|false)")*+'
)
_CELL = rb'(?:<c r="%s\2"( [^<>/]*+)?+(?:/>|>(?:%s)?+</c>))?+'
_VALUE = rb"<v>([^<]*+)</v>"
_VALUE_OR_TEXT = _VALUE + rb'|<is><t(?: xml:space="preserve")?+>([^<]*+)</t></is>'
_LETTERS = re.compile(rb'<c r="([A-Z]{1,3})')
_ATTRIBUTE = re.compile(rb'(?:s="[0-9]{1,5}"|t="(?:s|n|str|b|e|d|inlineStr)")')
_NUMBERS = re.compile(rb"[0-9.eE+-]*+")


def read_rows(file: TimedFile, styles: Styles, strings: Sequence[str]) -> Rows:
    """Yield the rows of a worksheet part that have a value, in the file's order.

    Args:
        file: The part, which is closed in the end.
        styles: The workbook's styles.
        strings: The workbook's shared strings.

    Raises:
        ValueError: The part is damaged.
        TableError: It has more formatted empty cells than any sheet needs.
    """
    items = Items(file, "sheetData", "row")
    plain = _PlainRows(styles, strings)
    with file:
        with suppress(OddXmlError):
            for piece in items.pieces():
                yield from plain.read(piece)
            return
        yield from read_sheet_rows(items.rest(b'<row r="%d"/>' % plain.last), styles, strings)


class _PlainRows:
    """Reads the pieces of one worksheet.

    Attributes:
        last: The number of the last row so far; 0 for none.
    """

    def __init__(self, styles: Styles, strings: Sequence[str]) -> None:
        self.last = 0
        self._strings = strings
        self._width = 0
        self._readers: dict[bytes, _Reader] = {}  # by a cell's attributes beside its reference
        self._number_reader = cache(lambda style: lambda raw: _read_numbers(raw, style, styles))
        self._text_reader = cache(lambda kind: lambda raw: _read_texts(raw, kind))

    def read(self, piece: bytes) -> list[SheetRow]:
        """Return the rows of a piece that have a value. Raises OddXmlError."""
        has_texts = b"<is>" in piece
        _, numbers, *parts = zip(*self._split(piece, has_texts=has_texts), strict=True) if piece else ((), ())
        rows = [*map(int, numbers)]
        if max(rows, default=1) > LAST_ROW:
            raise OddXmlError
        size = 3 if has_texts else 2  # parts of a cell: its attributes, its value, and perhaps its own text
        columns = [
            self._read_column(attributes, [*map(bytes.__add__, *raw)] if has_texts else raw[0])
            for attributes, *raw in zip(*(parts[place::size] for place in range(size)), strict=True)
        ]
        self.last = rows[-1] if rows else self.last
        return self._join(rows, columns)

    def _split(self, piece: bytes, *, has_texts: bool) -> list[tuple[bytes, ...]]:
        """Return the parts of each row; if a cell has no place in the pattern, make it wider."""
        found = _row_pattern(self._width, has_texts=has_texts).findall(piece)
        if not _is_whole(found, piece):
            width = 1 + max((column_index(letters.decode()) for letters in {*_LETTERS.findall(piece)}), default=-1)
            if width <= self._width or width > MAX_FAST_COLUMNS:
                raise OddXmlError
            self._width = width
            found = _row_pattern(width, has_texts=has_texts).findall(piece)
        places = self._width * piece.count(b"</row>")
        is_sparse = places > _MANY_PLACES and places > _MAX_PLACES_PER_CELL * piece.count(b"<c ")
        if is_sparse or not _is_whole(found, piece):
            raise OddXmlError
        return found

    def _join(self, rows: Sequence[int], columns: list[Sequence[str]]) -> list[SheetRow]:
        """Return the rows that have a value, each up to the last one."""
        while columns and not any(columns[-1]):
            columns.pop()
        if not columns:
            return []
        if 2 * len(columns) < self._width:  # as below a wide title
            self._width = len(columns)
        cells = [*map(list, zip(*columns, strict=True))]
        if "" in columns[-1]:
            _drop_empty_ends(cells)
        return [SheetRow(number, texts) for number, texts in zip(rows, cells, strict=True) if any(texts)]

    def _read_column(self, attributes: Sequence[bytes], raw: Sequence[bytes]) -> Sequence[str]:
        """Return the texts of a column; mostly, all its cells are of one type."""
        if attributes.count(attributes[0]) == len(attributes):
            return self._reader(attributes[0])(raw)
        readers = {one: self._reader(one) for one in {*attributes}}
        if len({*readers.values()}) == 1:
            return self._reader(attributes[0])(raw)
        filled: dict[_Reader, list[bytes]] = {reader: [] for reader in readers.values()}
        for one, value in zip(attributes, raw, strict=True):
            filled[readers[one]].append(value)
        texts = {reader: iter(reader(values)) for reader, values in filled.items()}
        return [next(texts[readers[one]]) for one in attributes]

    def _reader(self, attributes: bytes) -> _Reader:
        """Return what turns the values of cells with these attributes into texts."""
        if attributes not in self._readers:
            words = attributes.split()
            given = dict(word.decode().split("=") for word in words if _ATTRIBUTE.fullmatch(word))
            if len(given) < len(words):
                raise OddXmlError
            self._readers[attributes] = self._choose_reader(
                given.get("t", "").strip('"'), given.get("s", "").strip('"')
            )
        return self._readers[attributes]

    def _choose_reader(self, kind: str, style: str) -> _Reader:
        if kind == "s":
            return self._read_shared
        return self._number_reader(style) if kind in {"", "n"} else self._text_reader(kind)

    def _read_shared(self, raw: Sequence[bytes]) -> Sequence[str]:
        joined = b"".join(raw)
        if joined and not joined.isdigit():
            raise OddXmlError
        try:
            if all(raw):  # JSON's numbers are read faster than with `int`
                return [*map(self._strings.__getitem__, json.loads(b"[%b]" % b",".join(raw)))]
            return [self._strings[int(value)] if value else "" for value in raw]
        except (IndexError, ValueError):  # there is no such text, or its number is written in an odd way
            raise OddXmlError from None


@lru_cache
def _row_pattern(width: int, *, has_texts: bool) -> re.Pattern[bytes]:
    """Return the expression for a row: the whole, its number, and of each cell its attributes, value and text."""
    value = _VALUE_OR_TEXT if has_texts else _VALUE
    cells = b"".join(_CELL % (column_letters(column).encode(), value) for column in range(width))
    return re.compile(rb'(<row r="([1-9][0-9]{0,6})"%s ?(?:/>|>%s</row>))' % (_ROW_ATTRIBUTES, cells))


def _is_whole(rows: Sequence[Sequence[bytes]], piece: bytes) -> bool:
    """Return whether there is nothing between rows that do not overlap."""
    return sum(len(row[0]) for row in rows) == len(piece)


def _drop_empty_ends(rows: Sequence[list[str]]) -> None:
    for row in rows:
        while row and not row[-1]:
            row.pop()


def _read_numbers(raw: Sequence[bytes], style: str, styles: Styles) -> Sequence[str]:
    if not _NUMBERS.fullmatch(b"".join(raw)):
        raise OddXmlError
    texts = {value: styles.format_number(value.decode(), style) if value else "" for value in {*raw}}
    return [*map(texts.__getitem__, raw)]


def _read_texts(raw: Sequence[bytes], kind: str) -> Sequence[str]:
    different = {*raw}
    decode(b"\n".join(different))
    texts = {value: plain_text(kind, resolve(value.decode())) if value else "" for value in different}
    return [*map(texts.__getitem__, raw)]
