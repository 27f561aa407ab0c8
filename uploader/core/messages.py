"""Sentences that the ledger, the pipeline and the reports share."""

from datetime import UTC, datetime
from pathlib import Path

from uploader.core.model import EarlierAttempt, Outcome

# The end of every hint about a row that has to be fixed first.
THEN_RETRY = "then run `uploader retry` on this report"

UNSENT_HINT = "Run `uploader retry` on this report to send it"

DUPLICATE_HINT = "No action needed. To send it anyway, use `--allow-duplicates`"

NO_RESPONSE_RECORDED = "it was sent, but no response was recorded"

SENT_BY_ANOTHER_UPLOAD = "another upload has sent the same lead since this one started"

UNKNOWN_OUTCOME_HINT = (
    "The platform may have this lead, so it is not sent again automatically. Look it up on the platform, then run "
    "`uploader resolve`"
)


def duplicate_reason(earlier: EarlierAttempt) -> str:
    """Return when, from which file and as which lead the duplicate was sent before.

    Args:
        earlier: The attempt or the earlier row of this file that makes the lead a duplicate.
    """
    if earlier.outcome is Outcome.UNSENT:
        return f"the same lead as row {earlier.row} of this file"
    when = datetime.fromtimestamp(earlier.sent, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = f"{Path(earlier.file).name}, row {earlier.row}"
    if earlier.outcome is Outcome.ACCEPTED:
        return f"already accepted on {when} ({where}; lead {earlier.lead_id})"
    return f"already sent on {when} ({where}), with an unknown outcome"


def duplicate_kind(earlier: EarlierAttempt) -> str:
    """Return the reason without its details, so that equal reasons can be counted together."""
    if earlier.outcome is Outcome.UNSENT:
        return "the same lead as an earlier row of this file"
    return "already accepted" if earlier.outcome is Outcome.ACCEPTED else "already sent, with an unknown outcome"
