"""Ctrl-C while a function runs: the run is stopped in order, then the caller's program is interrupted."""

from typing import TYPE_CHECKING, Any

from uploader.core.interrupts import INTERRUPTED

if TYPE_CHECKING:
    from uploader.python.result import Result


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed. Everything that was sent is in the ledger, and its report is written.

    It is a KeyboardInterrupt, so that a loop over several files ends as well.

    Attributes:
        exit_code: 130, as in a terminal.
        result: The `Result` of the run, with exit code 130; None if there is none, which the message explains.
    """

    exit_code = INTERRUPTED

    def __init__(self, result: Any = None, *, may_have_sent: bool = False) -> None:
        self.result: Result | None = result
        path = getattr(result, "report", None)
        report = f" Report: {path}." if path else ""
        run, stopped = getattr(result, "run", None), getattr(result, "stopped", None)
        call = f"uploader.resume({run!r}, consent=True)"
        if path and stopped and stopped.next_step.command == "retry":  # the rows can't be read again, as of a DataFrame
            call = f"uploader.retry({str(path)!r}, consent=True)"
        then = f" To continue, call {call}." if run else ""
        nothing = " Leads may have been sent: see `uploader runs`." if may_have_sent else " Nothing was sent."
        super().__init__(f"Interrupted.{report}{then}" if result else f"Interrupted.{nothing}")
