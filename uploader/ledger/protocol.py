"""What the rest of the program may ask of a ledger, whatever database keeps it.

A ledger is append-only: the state of a row is derived from its attempts. An attempt is committed before the first
byte of its lead may leave. An attempt without an outcome is unknown until the platform or a user settles it. A ledger
holds no personal data: row numbers, keyed hashes, ids, and reasons without the values of leads.

All times are UNIX times in seconds. Every method raises LedgerError when the ledger cannot be read or written.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, Self

from uploader.core.fingerprint import OWN_KEY, Fingerprints
from uploader.core.model import Decision, EarlierAttempt, IdentityScheme, PastRun, RowState, Run
from uploader.core.validation_result import LeadResult
from uploader.ledger.hot_path import Attempts, Permits
from uploader.ledger.records import (
    ALL_RUNS,
    DuplicateMark,
    PurgeSummary,
    RecordedIdentity,
    RevisableDecision,
    RunFilter,
    UnsentRun,
)


class RunRecords(Protocol):
    """The runs: one for each upload, retry or resumed upload."""

    def start(self, run: Run) -> None:
        """Record a run before any of its leads is sent."""

    def mark_resumed(self, run: str) -> None:
        """Mark a run as resumed: it has no end yet.

        Raises:
            UsageError: The run has been purged.
        """

    def set_report_kind(self, run: str, kind: str) -> None:
        """Record the format of the run's newest report: "csv" or "xlsx"."""

    def mark_canaries_passed(self, run: str) -> None:
        """Record that the canary batch was valid, so that the rest may be sent."""

    def finish(self, run: str, counts: Mapping[str, int], stopped: str | None) -> None:
        """Record the end of a run.

        Args:
            run: The run's id.
            counts: Rows per outcome.
            stopped: Why it stopped early, or None if it reached its end.
        """

    def find(self, run: str) -> Run | None:
        """Return the facts of a run, or None if this ledger does not know it."""

    def newest(self, runs: Iterable[str]) -> str | None:
        """Return the run that started last among these ids, or None if none of them is known."""

    def newest_unfinished(self, scope: str) -> str | None:
        """Return the newest run of an enterprise that did not reach its end, or None."""

    def newest_of_file(self, scope: str, sha256: str) -> str | None:
        """Return the newest run of a file, or of the reports of its runs, or None."""

    def stop_reason(self, run: str) -> str | None:
        """Return why a run did not reach its end, or None if it did."""

    def history(self, limit: int | None, wanted: RunFilter = ALL_RUNS) -> list[PastRun]:
        """Return up to `limit` of the runs that are wanted, newest first, without purged ones; None for all of them."""

    def identities(self, scope: str, campaign: int) -> list[RecordedIdentity]:
        """Return how the runs of a campaign identified leads, as far as any of these is accepted or unknown."""

    def add_identity(self, run: str, scheme: IdentityScheme) -> None:
        """Record another way in which a run identifies leads."""

    def without_identity(self) -> list[Run]:
        """Return the runs of older versions, which did not record how they identify leads; without purged ones."""

    def unfinished(self, scope: str, campaign: int) -> list[Run]:
        """Return the runs of a campaign without an end: killed, or still running."""

    def lacking_attempts(self) -> list[str]:
        """Return the uploads that had more rows accepted or rejected than the ledger has sent rows of their family.

        Someone has deleted attempts, so that their leads are not recognized any longer.
        """

    def campaigns(self) -> set[tuple[str, int]]:
        """Return (enterprise, campaign) of all runs, purged ones included."""


class RowRecords(Protocol):
    """What is known of rows and leads."""

    def checked_meanwhile(self) -> AbstractContextManager[None]:
        """Return a context for many questions, whose answers count only if it ends without an error.

        Raises:
            LedgerError: At its end: the answers may be wrong. Outside of such a context each answer can be trusted.
        """

    def states(self, run: str, rows: Sequence[int]) -> dict[int, RowState]:
        """Return the state of rows of a run; rows without an attempt or a duplicate mark are left out."""

    def sent(self, run: str) -> list[int]:
        """Return the rows of a run that were sent and are not sent again by it, in order of sending."""

    def earlier_by_fingerprint(self, fingerprints: Sequence[bytes]) -> dict[bytes, EarlierAttempt]:
        """Return the accepted or unknown attempts at these leads, in any run."""

    def earlier_by_row(self, family: str, rows: Sequence[int]) -> dict[int, list[EarlierAttempt]]:
        """Return the accepted or unknown attempts at these rows, in any run of one upload.

        A row has several if it was sent more than once, perhaps with another lead each time: accepted ones come last,
        and newer ones after older ones.
        """

    def rows_by_fingerprint(self, family: str, fingerprints: Sequence[bytes]) -> dict[bytes, set[int]]:
        """Return the rows of one upload that were sent with these leads, in any of its runs, whatever the outcome."""

    async def mark_sent_meanwhile(
        self, run: str, mark: DuplicateMark, fingerprint: bytes | None
    ) -> EarlierAttempt | None:
        """Record a row that a run leaves out because another process has sent its lead while this run was sending.

        Returns:
            The attempt at the lead; the mark gets it. None if that was not accepted by now: then nothing is recorded.
        """

    def mark_duplicates(self, run: str, marks: Iterable[DuplicateMark]) -> None:
        """Record the rows that a run leaves out because their lead was sent before.

        Their state follows from the earlier attempt: they are unknown while its outcome is, and duplicates once it is
        accepted.
        """

    def marked_duplicates(self, run: str, rows: Sequence[int]) -> dict[int, EarlierAttempt | None]:
        """Return the attempts for which a run left out rows as duplicates, by row.

        None stands for an earlier row of the same file, and for an attempt that is not accepted or unknown any longer.
        """

    def unknown(self, run: str) -> dict[int, tuple[int, float]]:
        """Return the rows of a run with an unknown outcome: row -> (attempt, time of sending)."""

    def lead_ids(self, scope: str) -> set[int]:
        """Return the ids of all accepted leads of an enterprise."""

    def has_lead_id(self, scope: str, lead_id: int) -> bool:
        """Return whether a lead of an enterprise has this id, as far as it is committed."""

    def lead_ids_by_row(self, run: str) -> dict[int, int]:
        """Return the ids of a run's accepted leads, by row."""

    def slowest(self, run: str, limit: int = 5) -> list[tuple[int, float]]:
        """Return the rows of a run with the slowest responses, and how long each took, in seconds."""


class Decisions(Protocol):
    """What users decided about rows whose outcome was unknown."""

    def record(self, user: str, decisions: Iterable[tuple[int, RowState]]) -> None:
        """Record decisions about attempts, with the user's name and the time."""

    def revisable(self, family: str) -> list[RevisableDecision]:
        """Return the decisions that can still be changed, in any run of one upload."""

    def latest(self, family: str) -> dict[tuple[str, int], Decision]:
        """Return the latest decisions about rows of any run of one upload, by (run, row)."""


class Results(Protocol):
    """Validation results of accepted leads, by the enterprise and the lead's id."""

    def record(self, scope: str, lead_id: int, result: LeadResult, *, replaces: bool = False) -> None:
        """Record a validation result. A settled one is kept as it is, unless this one `replaces` it."""

    def find(self, scope: str, lead_ids: Sequence[int]) -> dict[int, LeadResult]:
        """Return the recorded results of these leads."""


class Retention(Protocol):
    """Purging old runs and forgetting individual leads.

    `dead_runs` are runs without an end that the caller knows to be dead: it holds their locks.
    """

    def unfinished_before(self, cutoff: float) -> list[str]:
        """Return the runs without an end whose last attempt was before the cutoff: killed, or still running."""

    def preview(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Return what `purge` would drop."""

    def unsent_runs(self, cutoff: float, dead_runs: Sequence[str]) -> list[UnsentRun]:
        """Return the runs that `purge` would drop although some of their rows were never sent."""

    def purge(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Drop the runs that ended before the cutoff, and overwrite what was dropped.

        Accepted and unknown leads are still recognized, unless `forget_leads` is set.
        """

    def forget(self, fingerprints: Sequence[bytes]) -> int:
        """Remove these fingerprints from all attempts; return how many attempts had one of them."""

    def compact(self) -> bool:
        """Return freed space to the disk; False if that is not possible now."""


class Ledger(Protocol):
    """One open ledger. Leave its context to close it."""

    @property
    def runs(self) -> RunRecords: ...

    @property
    def attempts(self) -> Attempts: ...

    @property
    def rows(self) -> RowRecords: ...

    @property
    def decisions(self) -> Decisions: ...

    @property
    def results(self) -> Results: ...

    @property
    def retention(self) -> Retention: ...

    @property
    def is_empty(self) -> bool:
        """Whether no run is recorded, so that no lead is recognized."""

    @property
    def keys(self) -> Sequence[int]:
        """The numbers of all keys that leads have fingerprints of.

        The first is `OWN_KEY`; the others are those of ledgers that were moved into this one.
        """

    def fingerprints(self, scope: str, campaign: int, key: int = OWN_KEY) -> Fingerprints:
        """Return the function that makes the fingerprints of leads of a campaign, with one of `keys`."""

    def lock(self, names: Iterable[str], what: str) -> AbstractContextManager[None]:
        """Hold a lock for each name until the context ends, or the process does.

        Args:
            names: See `lock_names`.
            what: The file or run that is locked, for the message.

        Raises:
            UsageError: Another process holds one of the locks.
        """

    def permits(self, account: Sequence[str], longest_request: float) -> Permits:
        """Open the permits of an account.

        Args:
            account: What identifies it: enterprise and credentials. Only a keyed hash is stored.
            longest_request: The seconds that a request can take at most. For so long the permit of a killed process
                counts before its window begins.
        """

    def take_warnings(self) -> list[str]:
        """Return what the user should know about the ledger's files, once."""

    def damage(self) -> list[str]:
        """Return the problems that the database's own quick check finds; empty if there are none."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
