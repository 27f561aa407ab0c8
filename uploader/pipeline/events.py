"""What a run tells while it goes on and when it has ended, and who hears it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from uploader.core.command_line import NO_FLAGS, PlatformFlags
from uploader.core.errors import UploaderError
from uploader.core.model import LeadResult, Outcome
from uploader.pipeline.plan import Plan
from uploader.pipeline.prepare import PreparedRun
from uploader.report import ReportStatistics


@dataclass(frozen=True)
class Summary:
    """What is about to happen: where to, how many, how long under the quota alone (seconds), and
    what is left of the quota now: (requests, of how many). With --stream the survey has only the first rows, and
    how many are to be sent is not known (None). `held` tells, at any time, for how many seconds the quota lets nothing
    leave."""

    ready: PreparedRun
    survey: Plan
    to_send: int | None
    seconds: float
    left: tuple[int, int] | None
    held: Callable[[], float]


@dataclass(frozen=True)
class Result:
    """What happened. `counts` has every outcome, zeros too; `unknown_rows` are the rows in doubt
    that the report shows, by the run that sent them; `unwritten` says why there is no report. `asked` is where the
    report was to go: it goes under another name when that one is held open. `page` is the report to read, `fixes` is
    YAML to paste into the mapping, by form field, and `amended` the flags of a retry that heeds it. `can_be_judged`:
    the platform tells what became of accepted leads. `tally` is what the rows of the report add up to; `flags` those
    that suggested commands carry."""

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
    fixes: Mapping[str, str] = field(default_factory=dict)
    can_be_judged: bool = False
    amended: tuple[str, ...] = ()
    tally: ReportStatistics = field(default_factory=ReportStatistics)
    flags: PlatformFlags = NO_FLAGS


class Observer(Protocol):
    """Who watches a run: the command line, or a test."""

    trace: Callable[[str], None] | None
    """Hears a line about every request, without values; None if nobody wants to."""

    def prepared(self, ready: PreparedRun) -> None:
        """File, mapping and form fit."""

    def surveyed(self, summary: Summary) -> str | None:
        """All rows were looked at: how it was confirmed that these leads may be sent, or None to forbid it."""

    def checked(self, survey: Plan) -> None:
        """All rows were looked at, and none is to be sent."""

    def judging(self, canaries: int) -> Callable[[int, LeadResult], None]:
        """The results of the canaries are waited for; what is returned hears every answer."""

    def sending(self, summary: Summary) -> AbstractContextManager[Callable[[Outcome], None]]:
        """Leads are sent now; what the context gives hears each outcome."""
