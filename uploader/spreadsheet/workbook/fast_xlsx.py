"""Rows of plain worksheets, read by calamine in a third of the time of `xlsx_rows`.

calamine (0.9) returns no number formats, error values, hidden rows or formulas, and takes memory for every cell between
the first and the last. So a worksheet goes this way only if each of its cells is written as spreadsheet programs write
plain texts and numbers. That is found out by looking at the bytes for anything else; whatever is unusual takes the
other way, which gives the same texts. `python -m tests.benchmarks.workbooks` measures both.
"""

import datetime as dt
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import python_calamine as calamine

from uploader.spreadsheet.column_names import column_index
from uploader.spreadsheet.workbook.cell_text import moment_text, number_text
from uploader.spreadsheet.workbook.model import SheetRow
from uploader.spreadsheet.workbook.package import Package

# Cells in the file, with some 150 bytes for each, and in the area from the first to the last, with 32 bytes for each.
MAX_FAST_CELLS = 2_500_000
MAX_FAST_AREA = 6_000_000
MAX_FAST_STRINGS = 100_000_000  # bytes of XML

_PIECE_SIZE = 1 << 20  # bytes

_BEGINNING = re.compile(
    rb'(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="(?:yes|no)")?\s*\?>\s*)?'
    rb"<(?:worksheet|sst)\s"
)
_CELL = rb'r="[A-Z]{1,2}[0-9]++"(?: s="[0-9]++")?+(?: t="(?:s|n|str|b|inlineStr)")?+ ?/?>'
_ODD_TAG = re.compile(rb'<(?:c(?:>| (?!%s))|row(?! r="[0-9])|!|f|rPh)' % _CELL)
_ODD_IN_SHEETS = (b"hidden", b"_x", b":sheetData")
_ODD_IN_STRINGS = (b"<!", b"_x", b"<rPh", b":si")
_ROW = re.compile(rb'<row r="([0-9]+)"')
_WIDE = re.compile(rb'<c r="([A-Z]{2})')
_STYLE = re.compile(rb' s="([0-9]+)"')


def read_plain_rows(
    package: Package, part: str, strings: str | None, plain_styles: frozenset[int], sheet: str
) -> list[SheetRow] | None:
    """Return the rows of a worksheet with a value, or None if it is not plain.

    Args:
        package: The zip package.
        part: The name of the worksheet part.
        strings: The name of the shared strings part, if there is one.
        plain_styles: The styles whose number formats change no text, or are those of dates.
        sheet: The name of the sheet.
    """
    if not _is_plain(package, part, plain_styles) or (strings and not _has_plain_strings(package, strings)):
        return None
    try:
        with _silence_stderr(), calamine.CalamineWorkbook.from_path(str(package.path)) as book:
            found = book.get_sheet_by_name(sheet)
    except (calamine.CalamineError, ValueError, LookupError, OverflowError, OSError):
        return None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # panics of calamine are not of class Exception
            raise
        return None
    return _to_rows(found)


def _to_rows(found: calamine.CalamineSheet) -> list[SheetRow] | None:
    if found.start is None:
        return []
    first, left = found.start
    margin = [""] * left
    rows = []
    kept: dict[str, str] = {}  # each text once: calamine makes a new one for every cell
    keep = kept.setdefault
    try:
        for number, values in enumerate(found.iter_rows(), first + 1):
            cells = [keep(value, value) if value.__class__ is str else _text(value) for value in values]
            if any(cells):
                rows.append(SheetRow(number, margin + cells if left else cells))
    except OverflowError:  # of a date that Python does not have
        return None
    return rows


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


def _is_plain(package: Package, part: str, plain_styles: frozenset[int]) -> bool:
    """Return whether every cell of a worksheet is a text or a number as programs write them, and not too far away."""
    cells, rows, columns = 0, 0, 26
    styles: set[bytes] = set()
    for piece in _pieces(package, part):
        if piece is None or _ODD_TAG.search(piece) or any(word in piece for word in _ODD_IN_SHEETS):
            return False
        rows = max(rows, *map(int, _ROW.findall(piece)), 0)
        columns = max(columns, *(column_index(letters.decode()) + 1 for letters in set(_WIDE.findall(piece))), 0)
        styles.update(_STYLE.findall(piece))
        cells += piece.count(b"<c ")
        if cells > MAX_FAST_CELLS or rows * columns > MAX_FAST_AREA:
            return False
    return plain_styles.issuperset(map(int, styles)) if styles else True


def _has_plain_strings(package: Package, part: str) -> bool:
    if package.size(part) > MAX_FAST_STRINGS:
        return False
    return all(
        piece is not None and not any(word in piece for word in _ODD_IN_STRINGS) for piece in _pieces(package, part)
    )


def _pieces(package: Package, part: str) -> Iterator[bytes | None]:
    """Yield a part in pieces that cut no tag; None if it does not begin as UTF-8 without prefixes does."""
    rest = b""
    is_first = True
    with package.open(part) as file:
        while new := file.read(_PIECE_SIZE):
            piece = rest + new
            if is_first and not _BEGINNING.match(piece):
                yield None
                return
            is_first = False
            cut = piece.rfind(b"<")
            rest = piece[cut:]
            yield piece[:cut]
    yield rest


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
