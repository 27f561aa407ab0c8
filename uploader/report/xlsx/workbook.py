"""A report as a workbook: the sheet "Report" with the rows, then the sheet "Summary"."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.workbook import Workbook

from uploader.report.columns import HEAD, REPORT_SHEET, SUMMARY_SHEET, TAIL
from uploader.report.context import ReportContext
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import OUTCOME_COLORS, RESULT_COLORS, Colors
from uploader.report.xlsx.styles import CellFormats, ColumnFormat
from uploader.report.xlsx.summary import SummarySheet
from uploader.report.xlsx.text_sheet import LINE_HEIGHT, TextSheet, text_width

# A column is as wide as the longest text in its first rows, within these bounds (characters).
MEASURED_ROWS = 200
MIN_WIDTH, MAX_WIDTH = 9, 48
FILTER_BUTTON = 4

# Rows with line breaks show up to MAX_LINES lines, also in programs that do not adjust heights by themselves. Heights
# take memory, so only the first rows get one.
MAX_LINES = 6
ROWS_WITH_HEIGHT = 10_000

FROZEN = 1, 2  # the header; row number and outcome

_COLORED: dict[str, Mapping[str, Colors]] = {"upload_outcome": OUTCOME_COLORS, "upload_result": RESULT_COLORS}


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], about: ReportContext) -> None:
    """Write a report and its summary. Rows are not kept in memory.

    All cells of the sheet "Report" are text cells: zeros and plus signs stay, also after someone edits them, and
    nothing is evaluated.

    Args:
        path: Where to write.
        columns: The names of the input's columns.
        rows: The cells of HEAD, `columns` and TAIL.
        about: Facts for the summary.

    Raises:
        XlsxLimitError: A row, a column or a cell is more than xlsx can hold.
        OSError: The file cannot be written.
    """
    try:
        with Workbook(str(path), {"constant_memory": True}) as book:
            formats, statistics = CellFormats(book), ReportStatistics()
            _write_rows(book.add_worksheet(REPORT_SHEET, TextSheet), formats, columns, statistics.counting(rows))
            SummarySheet(book.add_worksheet(SUMMARY_SHEET, TextSheet), formats).write(statistics, about)
    except XlsxWriterException as error:
        raise OSError(str(error)) from None


def _write_rows(sheet: TextSheet, formats: CellFormats, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    header = [*HEAD, *columns, *TAIL]
    column_formats = _column_formats(formats.added, formats.input, len(columns))
    _write_row(sheet, 0, header, _column_formats(formats.added_header, formats.input_header, len(columns)))
    widths = [text_width(name) + FILTER_BUTTON for name in header]
    last = 0
    for last, row in enumerate(rows, start=1):
        if last <= ROWS_WITH_HEIGHT and (breaks := max(cell.count("\n") for cell in row)):
            sheet.set_row(last, LINE_HEIGHT * min(breaks + 1, MAX_LINES))
        _write_row(sheet, last, row, column_formats)
        if last <= MEASURED_ROWS:
            widths = [max(width, text_width(cell)) for width, cell in zip(widths, row, strict=True)]
    for column, (width, column_format) in enumerate(zip(widths, column_formats, strict=True)):
        sheet.set_column(column, column, min(max(width + 1, MIN_WIDTH), MAX_WIDTH), column_format.one_line)
    _add_color_rules(sheet, formats, header, last)
    sheet.freeze_panes(*FROZEN)
    sheet.autofilter(0, 0, last, len(header) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # it is intended
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _column_formats(added: ColumnFormat, given: ColumnFormat, inputs: int) -> list[ColumnFormat]:
    """Return a format for each column of a report; `inputs` is the number of input columns."""
    return [added] * len(HEAD) + [given] * inputs + [added] * len(TAIL)


def _write_row(sheet: TextSheet, number: int, cells: Sequence[str], column_formats: Sequence[ColumnFormat]) -> None:
    for column, (cell, formats) in enumerate(zip(cells, column_formats, strict=True)):
        if cell:
            sheet.write_text(number, column, cell, formats.wrapped if "\n" in cell else formats.one_line)


def _add_color_rules(sheet: TextSheet, formats: CellFormats, header: Sequence[str], last: int) -> None:
    """Color cells by their content, so that colors are right after sorting, filtering and pasting too."""
    for column, name in enumerate(header):
        if column < len(HEAD) or column >= len(header) - len(TAIL):
            for word, colors in _COLORED.get(name, {}).items():
                rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": formats.colored(colors)}
                sheet.conditional_format(1, column, max(last, 1), column, rule)
