"""Zeros in sheets whose view shows none: an option of Excel and LibreOffice that is kept in the workbook."""

from collections.abc import Sequence
from pathlib import Path

import xlwt

from tests.corpus.builders import GOOD, HEAD, WIDE
from tests.corpus.case import ANN, PLAIN, Build, Case, content
from tests.corpus.formats import write_ods, write_xlsb
from tests.corpus.raw_workbooks import packed, parts_of, sheet_with

ROWS = [[*HEAD, "City"], [*GOOD, 0]]


def sends(name: str, city: str, build: Build, file: str = "a.xlsx") -> Case:
    """One lead, sent with this city."""
    return Case(name, file, build, {2: {**ANN, "city": city} if city else ANN}, mapping=PLAIN + WIDE)


def _xlsx_without_zeros(cell: str) -> Build:
    return content(packed(parts_of(sheet_with(cell, view='showZeros="0"'))))


def _xls_without_zeros(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    sheet.show_zero_values = False
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.save(str(path))


def _setting(*, shown: bool) -> str:
    value = str(shown).lower()
    return f'<config:config-item config:name="ShowZeroValues" config:type="boolean">{value}</config:config-item>'


def _ods_views(view: str, sheet: str = "") -> str:
    """Return the settings of a view, and of its sheet "Leads"."""
    return (
        '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views">'
        '<config:config-item-map-entry><config:config-item-map-named config:name="Tables">'
        f'<config:config-item-map-entry config:name="Leads">{sheet}</config:config-item-map-entry>'
        f"</config:config-item-map-named>{view}</config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set>"
    )


def _ods_with(settings: str) -> Build:
    return lambda path: write_ods(path, ROWS, settings=settings)


def _xlsb_with(view: int) -> Build:
    return lambda path: write_xlsb(path, ROWS, view=view)


CASES: Sequence[Case] = [
    sends(
        "a zero without a place for it or its thousands",
        "",
        content(packed(parts_of(sheet_with('<c r="D2" s="1"><v>0</v></c>'), formats=["#,###"]))),
    ),
    sends("a zero in a view without zeros", "", _xlsx_without_zeros('<c r="D2"><v>0</v></c>')),
    sends("a number in a view without zeros", "7", _xlsx_without_zeros('<c r="D2"><v>7</v></c>')),
    sends("the text 0 in a view without zeros", "0", _xlsx_without_zeros('<c r="D2" t="str"><v>0</v></c>')),
    sends("a zero in a view without zeros of xls", "", _xls_without_zeros, "a.xls"),
    sends("a zero in a view without zeros of xlsb", "", _xlsb_with(0x3CC), "a.xlsb"),
    sends("a zero in the usual view of xlsb", "0", _xlsb_with(0x3DC), "a.xlsb"),
    sends("a zero in a view without zeros of ods", "", _ods_with(_ods_views(_setting(shown=False))), "a.ods"),
    sends(
        "a zero in a sheet without zeros of ods",
        "",
        _ods_with(_ods_views(_setting(shown=True), _setting(shown=False))),
        "a.ods",
    ),
    sends("a zero in the usual view of ods", "0", _ods_with(_ods_views(_setting(shown=True))), "a.ods"),
]
