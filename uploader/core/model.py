"""The terms of the field as immutable types: leads, runs, outcomes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """The result of one row. Every data row of a file ends with exactly one of these."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNSENT = "unsent"
    SKIPPED = "skipped"

    @property
    def meaning(self) -> str:
        """What the outcome means, in a sentence or two for the user."""
        return OUTCOME_FACTS[self].meaning

    @property
    def is_retried(self) -> bool:
        """Whether `retry` sends the row again by default."""
        return OUTCOME_FACTS[self].is_retried


class OutcomeFacts(NamedTuple):
    """What reports and `retry` need to know about an outcome."""

    meaning: str
    is_retried: bool


# The one table of outcomes. Their colors are in `report.wording`, the responses that lead to them in `api.protocol`.
OUTCOME_FACTS = {
    Outcome.ACCEPTED: OutcomeFacts("The platform created the lead.", is_retried=False),
    Outcome.REJECTED: OutcomeFacts("The platform refused the lead. A retry sends it again.", is_retried=True),
    Outcome.INVALID: OutcomeFacts("The row failed a check and was not sent. A retry checks it again.", is_retried=True),
    Outcome.DUPLICATE: OutcomeFacts(
        "The same lead was accepted before, or is in an earlier row of the file. It was not sent.", is_retried=False
    ),
    Outcome.FAILED: OutcomeFacts("The lead did not get through. A retry sends it again.", is_retried=True),
    Outcome.UNKNOWN: OutcomeFacts(
        "The lead was sent, but no clear response came. It may exist, so a retry does not send it again.",
        is_retried=False,
    ),
    Outcome.UNSENT: OutcomeFacts("The run ended before this row. A retry sends it.", is_retried=True),
    Outcome.SKIPPED: OutcomeFacts(
        "The row was left out, by the mapping's `where` or on the web page. It was not sent.", is_retried=False
    ),
}


# Ids fit SQLite's integers. Row numbers are stored in 32 bits, which is far beyond any spreadsheet.
MAX_ID, MAX_ROW = 2**63, 2**32


def parse_whole_number(text: str, below: int) -> int | None:
    """Parse a non-negative integer.

    Args:
        text: ASCII digits, with optional whitespace around them.
        below: The exclusive upper bound.

    Returns:
        The number, or None if the text is not one or is not below the bound.
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit():
        return None
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(below)):  # Python refuses to parse thousands of digits
        return None
    return number if (number := int(digits)) < below else None


def field_name(key: str) -> str:
    """Return the bare name of a form field: `firstName` for `form[firstName]` and for `firstName`."""
    match = re.fullmatch(r"form\[(.+)\]", key.strip())
    return match[1] if match else key.strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be sent, or what needs the user's attention: one cell, one reason, one hint.

    Attributes:
        value: The cell's text. This is personal data: it may go to the report and the terminal, never to the ledger
            or a log.
        fix: YAML to paste into the mapping, or empty.
    """

    message: str
    hint: str = ""
    field: str = ""
    column: str = ""
    value: str = ""
    fix: str = ""

    @property
    def text(self) -> str:
        """The message with its place: `email (column 'Email Address'): is empty, and it is required`."""
        column = f" (column {self.column!r})" if self.column and self.column != self.field else ""
        return f"{self.field}{column}: {self.message}" if self.field else self.message


class Lead(NamedTuple):
    """A mapped row, ready to be sent.

    Attributes:
        row: The row number that the spreadsheet shows.
        fields: (form field, value) pairs without empty values, in the order of the mapping.
        fingerprint: The keyed hash of the identifying fields (16 bytes), or None if duplicates are not looked for.
    """

    row: int
    fields: tuple[tuple[str, str], ...]
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True)
class IdentityScheme:
    """How a run identifies leads. The ledger stores it, because fingerprints depend on it.

    Attributes:
        fields: (form field, kind) of the identifying fields; a kind is "email", "phone" or "text".
        version: How values are made comparable: 1 without case, 2 in the canonical form of their kind.
        finds_duplicates: Whether the run looks for duplicates by it.
    """

    fields: tuple[tuple[str, str], ...]
    version: int
    finds_duplicates: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The identifying fields."""
        return tuple(name for name, _ in self.fields)

    @property
    def is_by_email(self) -> bool:
        """Whether leads are identified by nothing but e-mail addresses."""
        return all(kind == "email" for _, kind in self.fields)


@dataclass(frozen=True)
class Run:
    """The facts of a run that a later `retry` or `resume` needs. The ledger stores them under these names.

    Attributes:
        family: The id of the first run of a chain of retries.
        mapping: The text of the mapping file; empty once the run has been purged.
        is_escaped: Whether the input is a report whose cells are escaped with apostrophes.
        consent: How the user confirmed that these leads may be sent.
        user: The user who confirmed it.
        required: The fields that the live form requires.
        canary: The number of rows in the canary batch; 0 for none.
        canary_pass: The share of valid canaries that is needed to send the rest, in percent.
        canaries_passed: Whether the canary batch has passed.
        flags: The flags that gave ids in place of the mapping's.
        in_sandbox: Whether the leads went to a sandbox.
        shows_names: Whether its HTML report shows names and e-mail addresses beside row numbers.
        identity_mapping: The part of the mapping that makes the values of the identifying fields. It is kept when the
            run is purged: its leads must stay recognized.
        identities: How the run identifies leads, and how it did before a newer version resumed it; empty for a run of
            an older version.
    """

    id: str
    family: str
    command: str
    file: str
    sha256: str
    sheet: str | None
    encoding: str | None
    mapping: str
    mapping_path: str
    scope: str
    campaign: int
    form: int
    link: int | None
    publisher: int | None
    report_kind: str
    is_escaped: bool
    allow_duplicates: bool = False
    include_unknown: bool = False
    consent: str = ""
    user: str = ""
    required: tuple[str, ...] = ()
    limit: int | None = None
    canary: int = 0
    canary_pass: float | None = None
    canaries_passed: bool = False
    flags: tuple[str, ...] = ()
    in_sandbox: bool = False
    shows_names: bool = True
    identities: tuple[IdentityScheme, ...] = ()
    identity_mapping: str = ""

    @property
    def is_purged(self) -> bool:
        """Whether the ledger has only kept what prevents sending the leads again."""
        return not self.mapping


@dataclass(frozen=True)
class PastRun:
    """A run in a list of runs.

    Attributes:
        started: UNIX time in seconds.
        ended: UNIX time in seconds; None if the run was killed or is in progress.
        stopped: Why the run was stopped before its end, or None.
        counts: The number of rows by outcome.
        host: The machine that works on it, or worked on it last; empty in a ledger of this machine.
        is_running: Whether a machine is working on it, as far as the ledger knows.
        is_elsewhere: Whether that machine is another one than this.
    """

    run: Run
    started: float
    ended: float | None
    stopped: str | None
    counts: Mapping[Outcome, int]
    host: str = ""
    is_running: bool = False
    is_elsewhere: bool = False

    @property
    def state(self) -> str:
        """Return `finished`, `stopped` or `unfinished`."""
        return "unfinished" if self.ended is None else "stopped" if self.stopped else "finished"

    @property
    def state_shown(self) -> str:
        """Return the state; in a shared ledger an unfinished run is running on a machine, or was interrupted there."""
        if self.ended is not None or not self.host:
            return self.state
        return f"{'running' if self.is_running else 'interrupted'} on {self.host}"


class RowState(NamedTuple):
    """What the ledger knows about one row of a run: its last attempt, or why it was not sent."""

    outcome: Outcome
    reason: str = ""
    hint: str = ""
    lead_id: int | None = None
    status: int | None = None
    attempts: int = 0
    sent: float | None = None


class Decision(NamedTuple):
    """The latest decision of a user about a row with an unknown outcome.

    Attributes:
        was_accepted: Whether any decision, not only the latest, was that the platform has the lead.
    """

    state: RowState
    was_accepted: bool


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """What makes a lead a duplicate.

    This is an attempt whose outcome is accepted or unknown, or an earlier row of the same file that is about to be
    sent (outcome `unsent`). `sent` is a UNIX time in seconds; `fingerprint` is that of the lead that was sent, None if
    it had no identifying values or was forgotten.
    """

    run: str
    family: str
    row: int
    file: str
    sent: float
    outcome: Outcome
    lead_id: int | None
    attempt: int | None = None
    fingerprint: bytes | None = None
