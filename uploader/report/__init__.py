"""Reports: every row of the input in its order, with its outcome and what to do about it, as CSV or xlsx."""

from uploader.report.columns import HEAD, SUMMARY_SHEET, TAIL, XLSX_ROWS, XlsxLimitError
from uploader.report.context import ReportContext, mapping_flags, mapping_path_flags, next_step_of, step_after_canaries
from uploader.report.csv_format import escape_cells, unescape_cell
from uploader.report.html_page import write_html_page
from uploader.report.statistics import ReportStatistics
from uploader.report.writer import LONGEST_NAME, default_path, free_path, kind_of, utc, write_report

__all__ = [
    "HEAD",
    "LONGEST_NAME",
    "SUMMARY_SHEET",
    "TAIL",
    "XLSX_ROWS",
    "ReportContext",
    "ReportStatistics",
    "XlsxLimitError",
    "default_path",
    "escape_cells",
    "free_path",
    "kind_of",
    "mapping_flags",
    "mapping_path_flags",
    "next_step_of",
    "step_after_canaries",
    "unescape_cell",
    "utc",
    "write_html_page",
    "write_report",
]
