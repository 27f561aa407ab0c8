"""The columns and sheets of a report, and the most that a sheet can hold."""

from uploader.core.errors import UploaderError

# Before the columns of the input.
HEAD = ("upload_row", "upload_outcome", "upload_reason", "upload_hint")

# After the columns of the input.
TAIL = (
    "upload_lead_id",
    "upload_http_status",
    "upload_attempts",
    "upload_sent_at",
    "upload_run",
    "upload_warnings",
    "upload_result",
    "upload_result_reason",
)

# The sheets of an xlsx report.
REPORT_SHEET = "Report"
SUMMARY_SHEET = "Summary"

# "Excel specifications and limits". A CSV holds anything.
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767  # characters, those beyond U+FFFF counted twice


class XlsxLimitError(UploaderError):
    """A row, a column or a cell is beyond what xlsx can hold."""
