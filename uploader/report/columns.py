"""The columns that a report adds: HEAD stands before the input's own, TAIL behind them. SUMMARY is a workbook's
second sheet."""

SUMMARY = "Summary"

HEAD = ("upload_row", "upload_outcome", "upload_reason", "upload_hint")
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
