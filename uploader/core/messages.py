"""Sentences that the ledger, the pipeline and reports share."""

from datetime import UTC, datetime
from pathlib import Path

from uploader.core.model import EarlierAttempt, Outcome

AGAIN = "then `uploader retry` this report"


UNSENT_HINT = "`uploader retry` this report sends it"


NOT_AGAIN = "Nothing to do; `--allow-duplicates` would send it all the same"


NO_ANSWER_NOTED = "it was sent, and no answer to it was noted"


MEANWHILE = "another upload has sent the same lead since this one began"


IN_DOUBT = (
    "It may have been taken, so it is not sent again by itself: look for it on the platform, then `uploader resolve` it"
)


def duplicate_reason(earlier: EarlierAttempt) -> str:
    """When, from which file and as which lead it was sent before."""
    if earlier.outcome is Outcome.UNSENT:
        return f"the same lead as row {earlier.row} of this file"
    when = datetime.fromtimestamp(earlier.sent, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = f"{Path(earlier.file).name}, row {earlier.row}"
    if earlier.outcome is Outcome.ACCEPTED:
        return f"already accepted on {when} ({where}; lead {earlier.lead_id})"
    return f"already sent on {when} ({where}), and whether it was taken is unknown"


def duplicate_kind(earlier: EarlierAttempt) -> str:
    """The same for all of a kind."""
    if earlier.outcome is Outcome.UNSENT:
        return "the same lead as an earlier row of this file"
    return "already accepted" if earlier.outcome is Outcome.ACCEPTED else "already sent, with an answer still unknown"
