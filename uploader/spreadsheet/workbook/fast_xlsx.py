"""Rows of plain worksheets, read by calamine in a third of the time of `xlsx_rows`.

calamine (0.9) returns no number formats, error values, hidden rows or formulas, and takes memory for every cell between
the first and the last. So a worksheet goes this way only if each of its rows is written exactly as spreadsheet programs
write plain texts and numbers, which one regular expression finds out; whatever is unusual takes the other way, which
gives the same texts. Numbers whose format changes their text are looked for in the XML, and replace what calamine
returns for their cells. `python -m tests.benchmarks.workbooks` measures both.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import python_calamine as calamine

from uploader.spreadsheet.column_names import column_index
from uploader.spreadsheet.workbook.cell_text import moment_text, number_text
from uploader.spreadsheet.workbook.formatted_numbers import FormattedNumbers
from uploader.spreadsheet.workbook.model import SheetRow
from uploader.spreadsheet.workbook.number_format import Shows
from uploader.spreadsheet.workbook.package import Package
from uploader.spreadsheet.workbook.xlsx_rows import Styles

# Cells in the file, with some 150 bytes for each, and in the area from the first to the last, with 32 bytes for each.
MAX_FAST_CELLS = 2_500_000
MAX_FAST_AREA = 6_000_000
MAX_FAST_STRINGS = 100_000_000  # bytes of XML

_PIECE_SIZE = 1 << 20  # bytes
_LONGEST_ROW = 4 << 20  # bytes

_BEGINNING = re.compile(
    rb'(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")?\s*\?>\s*)?'
    rb"<(?:worksheet|sst)\s"
)
_CELL = (
    rb'<c r="[A-Z]{1,2}\1"(?: s="[0-9]++")?+(?: t="(?:s|n|str|b|inlineStr)")?+ ?'
    rb'(?:/>|>(?:<v>[^<]*+</v>|<is><t(?: xml:space="preserve")?+>[^<]*+</t></is>)?+</c>)'
)
_ROW_ATTRIBUTES = rb'(?: (?:spans|s|ht|customFormat|customHeight|[a-z0-9]+:dyDescent)="[^"<]*+")*+'
_ROWS = re.compile(rb'(?:<row r="([0-9]++)"%s ?(?:/>|>(?:%s)*+</row>))*+' % (_ROW_ATTRIBUTES, _CELL))
_ROW = re.compile(rb'<row r="([0-9]+)"')
_WIDE = re.compile(rb'<c r="([A-Z]{2})')
_STYLE = re.compile(rb' s="([0-9]+)"')
_ODD_IN_HEAD = re.compile(rb"<!|hidden|showZeros")
_ODD_IN_STRINGS = (b"<!", b"_x", b"<rPh", b":si")
_STRINGS_COUNT = re.compile(rb'<sst\b[^>]*\buniqueCount="([0-9]+)"')


def read_plain_rows(
    package: Package, part: str, strings: str | None, styles: Styles, sheet: str
) -> list[SheetRow] | None:
    """Return the rows of a worksheet with a value, or None if it is not plain.

    Args:
        package: The zip package.
        part: The name of the worksheet part.
        strings: The name of the shared strings part, if there is one.
        styles: The workbook's styles.
        sheet: The name of the sheet.
    """
    others = [at for at, form in enumerate(styles.formats) if not form.is_plain and form.shows is not Shows.DATE]
    formatted = FormattedNumbers(styles, others)
    if not _is_plain(package, part, styles, formatted) or (strings and not _has_plain_strings(package, strings)):
        return None
    try:
        with _silence_stderr(), calamine.CalamineWorkbook.from_path(str(package.path)) as book:
            found = book.get_sheet_by_name(sheet)
    except (calamine.CalamineError, ValueError, LookupError, OverflowError, OSError):
        return None  # whatever is wrong with the file, the other way meets it too, and reports it
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # panics of calamine are not of class Exception
            raise
        return None
    rows = _to_rows(found)
    return None if rows is None else formatted.put_into(rows)


def _to_rows(found: calamine.CalamineSheet) -> list[SheetRow] | None:
    """Return the rows with a value; None if a date is out of Python's range.

    calamine's iterator pads empty rows at the top, but not empty columns at the left. Both are found out here, as its
    versions differ.
    """
    if found.start is None:
        return []
    first, left = found.start
    rows: list[tuple[int, list[str]]] = []
    kept: dict[str, str] = {}  # each text once: calamine makes a new one for every cell
    keep = kept.setdefault
    count = 0
    try:
        for count, values in enumerate(found.iter_rows(), 1):
            cells = [keep(value, value) if value.__class__ is str else _text(value) for value in values]
            if any(cells):
                rows.append((count, cells))
    except OverflowError:
        return None
    down = first + found.height - count
    margin = [""] * (left + found.width - len(rows[0][1])) if rows else []
    if margin:
        return [SheetRow(number + down, margin + cells) for number, cells in rows]
    return [SheetRow(number + down, cells) for number, cells in rows]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        return moment_text(value)
    if isinstance(value, dt.time):
        return moment_text(dt.datetime.combine(dt.date.min, value))[11:] or "00:00:00"
    return str(value)


def _is_plain(package: Package, part: str, styles: Styles, formatted: FormattedNumbers) -> bool:
    """Return whether every row of a worksheet is written as programs write texts and numbers, and not too far away.

    Numbers that need their format are collected on the way. Dates that are negative are not plain: for calamine they
    are dates, too.
    """
    cells, rows, columns = 0, 0, 26
    used: set[bytes] = set()
    has_negative = False
    for piece in _row_pieces(package, part):
        if piece is None or b"_x" in piece or _ROWS.match(piece).end() != len(piece):  # type: ignore[union-attr]
            return False
        rows = max(rows, *map(int, _ROW.findall(piece)), 0)
        columns = max(columns, *(column_index(letters.decode()) + 1 for letters in set(_WIDE.findall(piece))), 0)
        cells += piece.count(b"<c ")
        used.update(_STYLE.findall(piece))
        has_negative = has_negative or b"<v>-" in piece
        if cells > MAX_FAST_CELLS or rows * columns > MAX_FAST_AREA or not formatted.collect(piece):
            return False
    return all(_is_usable(styles, int(style), has_negative=has_negative) for style in used)


def _is_usable(styles: Styles, style: int, *, has_negative: bool) -> bool:
    return style < len(styles.formats) and not (has_negative and styles.formats[style].shows is Shows.DATE)


def _row_pieces(package: Package, part: str) -> Iterator[bytes | None]:
    """Yield the rows of a worksheet in pieces that cut none; None if there is anything odd around them."""
    rest, end = b"", b""
    with package.open(part) as file:
        first = file.read(_PIECE_SIZE)
        head, found, rest = first.partition(b"<sheetData>")
        if not found or not _BEGINNING.match(head) or _ODD_IN_HEAD.search(head):
            yield None
            return
        while not end and (new := file.read(_PIECE_SIZE)):
            rest, end, _ = (rest + new).partition(b"</sheetData>")
            if len(rest) > _LONGEST_ROW:
                yield None
                return
            cut = len(rest) if end else max(0, rest.rfind(b"<row "))
            yield rest[:cut]
            rest = rest[cut:]
    if not end:
        rest, end, _ = rest.partition(b"</sheetData>")
        yield rest if end else None


def _has_plain_strings(package: Package, part: str) -> bool:
    if package.size(part) > MAX_FAST_STRINGS:
        return False
    with package.open(part) as file:
        data = file.read()
    if not _BEGINNING.match(data) or any(word in data for word in _ODD_IN_STRINGS):
        return False
    count = _STRINGS_COUNT.search(data)  # calamine reserves memory for as many at once
    return count is None or int(count[1]) <= len(data)


@contextmanager
def _silence_stderr() -> Iterator[None]:
    """Discard the process's stderr, to which calamine's panics write a stack trace."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)
