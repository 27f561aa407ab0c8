"""What a ledger does for each lead that is sent; the other part of the protocol is in `protocol`."""

from typing import Protocol, Self

from uploader.core.model import RowState
from uploader.core.rate_limit import PermitStore
from uploader.ledger.records import RepeatedId


class Attempts(Protocol):
    """Sending: the calls made for each lead. They share commits, so each costs a fraction of one."""

    @property
    def longest_delay(self) -> float:
        """The seconds after the call of `intend` within which the lead must begin to leave.

        Later, others may have the run's lock, and may have sent the lead: the process can have been suspended.
        """

    async def intend(
        self,
        run: str,
        row: int,
        fingerprint: bytes | None,
        family: str | None = None,
        resend_unknown_until: int = 0,
        ignored_until: int = 0,
    ) -> int | None:
        """Commit that a row is about to be sent. Send only after this has returned an id.

        Args:
            run: The run's id.
            row: The row's number in the spreadsheet.
            fingerprint: The keyed hash of the lead (16 bytes), or None if duplicates are not looked for.
            family: The upload that the run belongs to. If given, the same transaction checks once more that no other
                process has sent the lead. An attempt at the same row of the same family is the row itself.
            resend_unknown_until: Attempts up to this id whose outcome is unknown do not count as sent.
            ignored_until: Attempts up to this id do not count at all: an earlier sandbox received them, or the plan has
                considered them.

        Returns:
            The attempt's id, or None if another process has sent the lead meanwhile: do not send it.

        Raises:
            LedgerError: The attempt was not recorded: do not send it.
        """

    def answer(self, attempt: int, state: RowState, repeated: RepeatedId | None = None) -> RowState:
        """Record the outcome of an attempt. It is committed soon, together with others.

        An unknown outcome also replaces an earlier one: the response turned out not to be this lead's.

        Args:
            attempt: The attempt.
            state: Its outcome.
            repeated: What to record instead if another lead has the lead id.

        Returns:
            What is recorded, as far as is known now: a ledger far away may find a repeated id only with the commit.
        """

    def flush(self) -> None:
        """Commit all outcomes that still wait. If that fails, their rows stay unknown."""

    def newest(self) -> int:
        """Return the id of the newest attempt; 0 if there is none."""


class Permits(PermitStore, Protocol):
    """The permits of one account, shared by all its processes and kept across restarts."""

    def paused(self) -> float:
        """Return the seconds until any permit is granted again; 0 if traffic is not paused."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...
