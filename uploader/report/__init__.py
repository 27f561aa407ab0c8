"""Reports: every row of the input, in its order, with one outcome and what to do about it; as CSV or xlsx."""

from uploader.report.columns import HEAD, SUMMARY, TAIL
from uploader.report.context import ReportContext, behind_canaries, mapping_flags, next_step_of, with_mapping
from uploader.report.csv_format import escaped, unescape
from uploader.report.html_page import write_page
from uploader.report.statistics import ReportStatistics
from uploader.report.writer import LONGEST_NAME, default_path, free_path, kind_of, utc, write_report
from uploader.report.xlsx.limits import XLSX_ROWS, DoesNotFit

__all__ = [
    "HEAD",
    "LONGEST_NAME",
    "SUMMARY",
    "TAIL",
    "XLSX_ROWS",
    "DoesNotFit",
    "ReportContext",
    "ReportStatistics",
    "behind_canaries",
    "default_path",
    "escaped",
    "free_path",
    "kind_of",
    "mapping_flags",
    "next_step_of",
    "unescape",
    "utc",
    "with_mapping",
    "write_page",
    "write_report",
]
