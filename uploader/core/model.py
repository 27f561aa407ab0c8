"""The words of the trade as types. Frozen, without behaviour beyond what the words themselves mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What became of one row. Every data row of a file ends in exactly one of these."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    FAILED = "failed"
    UNKNOWN = "unknown"
    UNSENT = "unsent"

    @property
    def is_retried(self) -> bool:
        """Whether `retry` sends the row again without being told to."""
        return self in {Outcome.REJECTED, Outcome.INVALID, Outcome.FAILED, Outcome.UNSENT}


# Ids are SQLite's integers at most, and surely the platform's; rows are kept in 32 bits, far beyond any spreadsheet.
MAX_ID, MAX_ROW = 2**63, 2**32


def parse_whole_number(text: str, below: int) -> int | None:
    """The number that a text is, in ASCII digits with blanks around them; None for what is none, or not below."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit():
        return None
    digits = digits.lstrip("0") or "0"
    if len(digits) > len(str(below)):  # Python refuses to read thousands of them
        return None
    return number if (number := int(digits)) < below else None


def field_name(key: str) -> str:
    """`form[firstName]` and `firstName` are the same field: `firstName`."""
    match = re.fullmatch(r"form\[(.+)\]", key.strip())
    return match[1] if match else key.strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row can't be sent, or what a human should look at: one cell, one reason, one remedy.

    `value` is the cell's text (personal data: it goes to the report and the terminal, never to the
    ledger or a log); `fix` is YAML to paste into the mapping, or empty.
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
    """A mapped row, ready for the form.

    `row` is the spreadsheet's own number; `fields` are (form field, value) pairs, no empty values,
    in the mapping's order; `fingerprint` is the keyed hash of the fields that tell one lead from
    another (16 bytes), or None where none are looked for.
    """

    row: int
    fields: tuple[tuple[str, str], ...]
    fingerprint: bytes | None = None


@dataclass(frozen=True)
class Run:
    """The facts of a run, as far as a later `retry` or `resume` needs them.

    `mapping` is the file's text, `lawful` how it was confirmed that these leads may be sent, and `who` by; `required`
    are the fields that the live form asked for. `canary_pass` is in per cent; `is_open` says that the canaries let the
    rest pass, `rehearsed` that the leads went to a sandbox; `flags` are those by which ids came in the place of the
    mapping's.
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
    link: int
    publisher: int
    report_kind: str
    escaped: bool
    allow_duplicates: bool = False
    include_unknown: bool = False
    lawful: str = ""
    who: str = ""
    required: tuple[str, ...] = ()
    limit: int | None = None
    canary: int = 0
    canary_pass: float | None = None
    is_open: bool = False
    flags: tuple[str, ...] = ()
    rehearsed: bool = False

    @property
    def is_purged(self) -> bool:
        """Whether the ledger has dropped all of it but what keeps its leads from being sent again."""
        return not self.mapping


@dataclass(frozen=True)
class PastRun:
    """A run as a list of them shows it. Times are UNIX seconds; `ended` is None where it was never brought to its end
    (killed, or under way), `stopped` says why where that was before its end."""

    run: Run
    started: float
    ended: float | None
    stopped: str | None
    counts: Mapping[Outcome, int]

    @property
    def state(self) -> str:
        """finished, stopped or unfinished."""
        return "unfinished" if self.ended is None else "stopped" if self.stopped else "finished"


class RowState(NamedTuple):
    """What the ledger knows of one row of a run: its last attempt, or why it was left out."""

    outcome: Outcome
    reason: str = ""
    hint: str = ""
    lead_id: int | None = None
    status: int | None = None
    attempts: int = 0
    sent: float | None = None


class Decision(NamedTuple):
    """What was decided last about a row in doubt; `was_accepted`: once it was decided that the lead is there."""

    state: RowState
    was_accepted: bool


@dataclass(frozen=True, slots=True)
class EarlierAttempt:
    """What makes a lead a duplicate: an attempt that was accepted or is in doubt, or (outcome `unsent`) an earlier
    row of the same file that is about to be sent."""

    run: str
    family: str
    row: int
    file: str
    sent: float
    outcome: Outcome
    lead_id: int | None


class Validity(StrEnum):
    """What the platform found about a lead."""

    VALID = "valid"
    INVALID = "invalid"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class LeadResult:
    """A finding and its reasons, in the platform's words; `hint` is our remedy. Only a pending one may change."""

    finding: Validity
    reason: str = ""
    hint: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether it need not be asked for again."""
        return self.finding is not Validity.PENDING

    @property
    def is_awaited(self) -> bool:
        """Whether the platform is still at it: asking again soon makes sense."""
        return self.finding is Validity.PENDING and not self.reason
