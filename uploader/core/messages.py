"""Sentences that the ledger, the pipeline and the reports share."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from uploader.core.model import EarlierAttempt, Outcome, RowState

# Our own words before the platform's, when it says nothing about a lead.
NO_RESULT_RETURNED = "the platform returned no result"
NO_RESULT_CONTAINED = "the platform's response contains no result"

# The end of every hint about a row that has to be fixed first.
THEN_RETRY = "then run `uploader retry` on this report"

INTERRUPTED_BEFORE_SENT = "interrupted before it was sent"
UNSENT_HINT = "Run `uploader retry` on this report to send it"

DUPLICATE_HINT = "No action needed"

NO_RESPONSE_RECORDED = "it was sent, but no response was recorded"

SENT_BY_ANOTHER_UPLOAD = "another upload has sent the same lead since this one started"

UNKNOWN_OUTCOME_HINT = (
    "The platform may have this lead, so it is not sent again automatically. Look it up on the platform, then run "
    "`uploader resolve`"
)

# Why a row is skipped: someone left it out on the web page, or the mapping's `where` does.
LEFT_OUT_ON_PAGE = "left out on the page"
FILTER_REASON = "where: "

MAX_NAMES = 20  # in one sentence


def count_of(number: int, noun: str) -> str:
    """Return `1 row`, or `2,000 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def list_names(names: Sequence[str]) -> str:
    """Return names separated by commas; of many only the first, and how many more there are."""
    if len(names) <= MAX_NAMES + 1:  # "and 1 more" takes as much room as the name
        return ", ".join(names)
    return f"{', '.join(names[:MAX_NAMES])} and {len(names) - MAX_NAMES:,} more"


_REPEATED_ROW = re.compile(r"the same lead as row (\d+) of this file")


def repeated_row(reason: str) -> int:
    """Return the number of the row that a duplicate repeats, by its reason in the ledger; 0 if it repeats none."""
    match = _REPEATED_ROW.fullmatch(reason)
    return int(match[1]) if match else 0


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
    return f"already sent on {when} ({where}) by run {earlier.run}, with an unknown outcome"


def earlier_state(earlier: EarlierAttempt) -> RowState:
    """Return what a report shows for a row whose lead was sent before, or is sent as an earlier row of the file."""
    if earlier.outcome is Outcome.UNKNOWN:
        hint = (
            f"The platform may have this lead, so it is not sent again. If run {earlier.run} was interrupted, run "
            f"`uploader resume {earlier.run}`. Then look the lead up on the platform, and run "
            f"`uploader resolve {earlier.run} --rows {earlier.row}`"
        )
        return RowState(Outcome.UNKNOWN, duplicate_reason(earlier), hint)
    if earlier.outcome in {Outcome.ACCEPTED, Outcome.UNSENT}:
        return RowState(Outcome.DUPLICATE, duplicate_reason(earlier), DUPLICATE_HINT)
    return RowState(Outcome.UNSENT, f"not sent: the lead was being sent by run {earlier.run} and failed", UNSENT_HINT)


def duplicate_kind(earlier: EarlierAttempt) -> str:
    """Return the reason without its details, so that equal reasons can be counted together."""
    if earlier.outcome is Outcome.UNSENT:
        return "the same lead as an earlier row of this file"
    if earlier.outcome is Outcome.ACCEPTED:
        return "already accepted"
    return f"already sent by run {earlier.run}, with an unknown outcome"


def replaced_lead_note(earlier: EarlierAttempt) -> str:
    """Return which lead was sent before as a row that has another lead now."""
    lead = f"lead {earlier.lead_id}" if earlier.lead_id else f"the {earlier.outcome} lead"
    return f"in place of {lead}, which run {earlier.run} sent as row {earlier.row}"


KEPT_LEAD = (
    "its identifying values have changed since it was sent, perhaps only in form, so it is not sent. If it is another "
    "lead, set upload_outcome to unsent"
)
UNREADABLE_LEAD = (
    "its identifying values are missing or not valid, so it can't be compared with the lead that was sent, and is not "
    "sent. If it is another lead, set upload_outcome to unsent"
)
UNPROVEN_OUTCOME = (
    "the ledger does not have the outcome that the report shows, as after an edit by hand. It is not sent. To send it, "
    "set upload_outcome to unsent"
)
UNPROVEN_SKIP = (
    "the report calls it skipped, but `where` in the mapping does not leave it out, as after an edit by hand. It is "
    "not sent. To send it, set upload_outcome to unsent"
)
UNSENT_CHANGES = {
    Outcome.ACCEPTED: "changed since it was accepted. A change in an accepted row is not sent",
    Outcome.UNKNOWN: "changed since it was sent. A row with an unknown outcome is not sent again",
    Outcome.DUPLICATE: "changed since it was called a duplicate. To compare it again, set upload_outcome to unsent",
}
