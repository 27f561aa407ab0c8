"""A report as a workbook: the sheet "Report" with the rows, then the sheet "Summary"."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook

from uploader.report.columns import HEAD, SUMMARY, TAIL
from uploader.report.context import ReportContext
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import OUTCOMES, RESULTS, Paint
from uploader.report.xlsx.styles import Looks, Style
from uploader.report.xlsx.summary import SummarySheet
from uploader.report.xlsx.text_sheet import LINE, TextSheet, text_width

# Columns are as wide as what stands in so many first rows, within these bounds: characters.
LOOKED_AT = 200
NARROWEST, WIDEST = 9, 48
FILTER_BUTTON = 4

# Rows with line breaks show so many lines, also where the program would not see to it itself. The heights take memory,
# so they are set for so many first rows.
MOST_LINES = 6
HEIGHTENED = 10_000

FROZEN = 1, 2  # the header; row number and outcome

_COLOURED: dict[str, Mapping[str, Paint]] = {"upload_outcome": OUTCOMES, "upload_result": RESULTS}


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], about: ReportContext) -> None:
    """Writes a report, with what there is to tell about it. Rows are not kept in memory.

    All cells of the sheet "Report" are text cells, so that zeros and plus signs stay, also after someone edits them,
    and nothing is evaluated. Raises DoesNotFit, OSError.
    """
    try:
        with Workbook(str(path), {"constant_memory": True}) as book:
            looks, tally = Looks(book), ReportStatistics()
            _write_rows(book.add_worksheet("Report", TextSheet), looks, columns, tally.counting(rows))
            SummarySheet(book.add_worksheet(SUMMARY, TextSheet), looks).write(tally, about)
    except XlsxWriterException as error:
        raise OSError(str(error)) from None


def _write_rows(sheet: TextSheet, looks: Looks, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    header = [*HEAD, *columns, *TAIL]
    styles = _framed(looks.ours, looks.theirs, len(columns))
    _write_row(sheet, 0, header, _framed(looks.our_header, looks.their_header, len(columns)))
    widths = [text_width(name) + FILTER_BUTTON for name in header]
    last = 0
    for last, row in enumerate(rows, start=1):
        if last <= HEIGHTENED and (lines := max(cell.count("\n") for cell in row)):
            sheet.set_row(last, LINE * min(lines + 1, MOST_LINES))
        _write_row(sheet, last, row, styles)
        if last <= LOOKED_AT:
            widths = [max(width, text_width(cell)) for width, cell in zip(widths, row, strict=True)]
    for column, (width, style) in enumerate(zip(widths, styles, strict=True)):
        sheet.set_column(column, column, min(max(width + 1, NARROWEST), WIDEST), style.flat)
    _colour(sheet, looks, header, last)
    sheet.freeze_panes(*FROZEN)
    sheet.autofilter(0, 0, last, len(header) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # they are meant to be
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _framed(ours: Style, theirs: Style, inputs: int) -> list[Style]:
    """A style for each column of a report."""
    return [ours] * len(HEAD) + [theirs] * inputs + [ours] * len(TAIL)


def _write_row(sheet: TextSheet, number: int, cells: Sequence[str], styles: Sequence[Style]) -> None:
    for column, (cell, style) in enumerate(zip(cells, styles, strict=True)):
        if cell:
            sheet.write_text(number, column, cell, style.tall if "\n" in cell else style.flat)


def _colour(sheet: TextSheet, looks: Looks, header: Sequence[str], last: int) -> None:
    """Colours by what a cell says, so that they are right after sorting, filtering and pasting too."""
    for column, name in enumerate(header):
        if column < len(HEAD) or column >= len(header) - len(TAIL):
            for word, paint in _COLOURED.get(name, {}).items():
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": looks.painted(paint)}
                sheet.conditional_format(1, column, max(last, 1), column, rule)
