"""What a run reports while it proceeds and when it has ended, and the observers that show it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from uploader.config.ledger_place import LedgerPlace
from uploader.core.command_line import NO_FLAGS, PlatformFlags
from uploader.core.errors import UploaderError
from uploader.core.message_groups import MessageGroup
from uploader.core.model import Outcome, RowState
from uploader.core.validation_result import LeadResult
from uploader.pipeline.plan import Plan
from uploader.pipeline.prepare import PreparedRun
from uploader.report import ReportStatistics


@dataclass(frozen=True)
class Summary:
    """What is about to happen.

    Attributes:
        ready: The input and its destination.
        plan: What will happen to each row; with --stream only to the first ones.
        to_send: Number of leads to send; None with --stream.
        seconds: How long the quota alone makes it take.
        left: What is left of the quota now: (requests, of how many); None without a quota.
        held: Returns for how many seconds the quota lets nothing leave, at any time.
    """

    ready: PreparedRun
    plan: Plan
    to_send: int | None
    seconds: float
    left: tuple[int, int] | None
    held: Callable[[], float]


@dataclass(frozen=True)
class Result:
    """What a run or a check has done.

    Attributes:
        run: The run's id; None for a check.
        file: The input.
        report: Where the report is; None if there is none.
        counts: Rows by outcome, zeros too.
        stopped: Why the run ended before its end.
        exit_code: The exit code of the command.
        unknown_rows: The rows with an unknown outcome in the report, by the run that sent them.
        unwritten: Why there is no report.
        asked: Where the report was to be written; another path than `report` if that was not possible.
        page: The HTML report.
        failed_only: The second report, with only the rows that did not get through; None if none was asked for.
        fixes: YAML to paste into the mapping, by the sentence that says where.
        can_be_judged: Whether the platform has results of accepted leads.
        amended: The flags of a retry that uses the mapping file as it is by then.
        statistics: What the rows of the report add up to.
        flags: The flags for commands that are suggested after it.
        accepted_before: The accepted rows among them that an earlier run had sent.
        problems: Why rows are invalid, similar ones as one; of a check.
    """

    run: str | None
    file: Path
    report: Path | None
    counts: dict[Outcome, int]
    stopped: UploaderError | None
    exit_code: int
    unknown_rows: Mapping[str, Sequence[int]] = field(default_factory=dict)
    unwritten: UploaderError | None = None
    asked: Path | None = None
    page: Path | None = None
    failed_only: Path | None = None
    fixes: Mapping[str, str] = field(default_factory=dict)
    can_be_judged: bool = False
    amended: tuple[str, ...] = ()
    statistics: ReportStatistics = field(default_factory=ReportStatistics)
    flags: PlatformFlags = NO_FLAGS
    accepted_before: int = 0
    problems: Sequence[MessageGroup] = ()


class Observer(Protocol):
    """Shows a run: the command line, or a test."""

    trace: Callable[[str], None] | None
    """Gets a line about every request, without values; None if no one wants it."""

    def new_ledger(self, place: LedgerPlace) -> None:
        """The ledger in this folder has no earlier upload, so no lead is recognized."""

    def warn(self, message: str) -> None:
        """Something is not as the user may expect, but the run continues."""

    def waiting(self, seconds: float) -> None:
        """A request has to wait for the rate limit, for this many seconds at least."""

    def waiting_for_upload(self, leads: int, seconds: float) -> None:
        """The run waits for another upload that has these leads in flight, for this many seconds at most."""

    def prepared(self, ready: PreparedRun) -> None:
        """File, mapping and form fit together."""

    def confirm(self, summary: Summary) -> str | None:
        """Show the plan and ask. Returns how it was confirmed that these leads may be sent, or None to send nothing."""

    def planned(self, plan: Plan) -> None:
        """All rows of a check were planned; nothing is sent."""

    def canaries_sent(self, canaries: int) -> Callable[[int, LeadResult], None]:
        """The run waits for the results of this many leads. Returns a function that gets each result."""

    def sending(self, summary: Summary) -> AbstractContextManager[Callable[[int, RowState], None]]:
        """Leads are being sent. The context gives a function that gets the row and the outcome of each."""


class ResultsObserver(Protocol):
    """Shows how results are fetched: the command line, or a test."""

    trace: Callable[[str], None] | None
    """Gets a line about every request, without values; None if no one wants it."""

    def polling(
        self, leads: int, held: Callable[[], float]
    ) -> AbstractContextManager[Callable[[int, LeadResult], None]]:
        """Results of this many leads are being fetched.

        Args:
            leads: Number of leads.
            held: Returns for how many seconds the quota lets nothing leave, at any time.

        Returns:
            A context that gives a function that gets each result.
        """
