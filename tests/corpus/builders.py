"""Builders of small workbooks of every kind, with the rows that most cases have."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import xlsxwriter
import xlwt

from tests.corpus.case import ANN, BOB, Build, content
from tests.corpus.formats import Error, Rows, write_ods, write_xlsb

HEAD = ["First Name", "Last Name", "Email"]
GOOD = ["Ann", "Lee", "ann@example.com"]
GOOD_2 = ["Bob", "Ray", "bob@example.com"]
TWO: Rows = [HEAD, GOOD, GOOD_2]
BOTH = {2: ANN, 3: BOB}
WIDE = "  city: City\n"

Change = Callable[[xlsxwriter.Workbook], None]


def xlsx(*sheets: tuple[str, Rows], hidden: Sequence[str] = (), change: Change = lambda book: None) -> Build:
    """An xlsx workbook of these sheets; errors are formulas' values."""

    def build(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            for name, rows in sheets:
                sheet = book.add_worksheet(name)
                _fill(sheet, book.add_format({"num_format": "yyyy-mm-dd hh:mm"}), rows)
                if name in hidden:
                    sheet.hide()
                else:
                    sheet.activate()
            change(book)

    return build


def _fill(sheet: xlsxwriter.worksheet.Worksheet, date: object, rows: Rows) -> None:
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, Error):
                sheet.write_formula(number, column, "=NA()", None, str(cell))
            elif isinstance(cell, dt.date | dt.datetime):
                sheet.write_datetime(number, column, cell, date)
            elif cell != "":
                sheet.write(number, column, cell)


def xls(rows: Rows, hidden: Sequence[int] = ()) -> Build:
    """An xls workbook, as Excel 97 to 2003 wrote it."""

    def build(path: Path) -> None:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Leads")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, Error):
                    sheet.row(number).set_cell_error(column, 0x2A)
                elif cell != "":
                    sheet.write(number, column, cell)
            sheet.row(number).hidden = number + 1 in hidden
        book.save(str(path))

    return build


def ods(rows: Rows, hidden: Sequence[int] = (), tail: str = "") -> Build:
    return lambda path: write_ods(path, rows, hidden, tail)


def xlsb(rows: Rows, hidden: Sequence[int] = ()) -> Build:
    return lambda path: write_xlsb(path, rows, hidden)


def zipped(**parts: str) -> Build:
    """An archive of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), inner)
    return content(stream.getvalue())


def cut(build: Build, share: float) -> Build:
    """Only the first part of a file."""

    def built(path: Path) -> None:
        build(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return built
