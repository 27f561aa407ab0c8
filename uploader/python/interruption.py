"""Ctrl-C while a function runs: the run is stopped in order, then the caller's program is interrupted."""

from typing import Any


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed. Everything that was sent is in the ledger, and its report is written.

    It is a KeyboardInterrupt, so that a loop over several files ends as well.

    Attributes:
        result: The `Result` of the run, with exit code 130; None if there is none, which the message explains.
    """

    def __init__(self, result: Any = None, *, may_have_sent: bool = False) -> None:
        self.result = result
        report = f" Report: {result.report}." if getattr(result, "report", None) else ""
        run = getattr(result, "run", None)
        then = f" To continue, call uploader.resume({run!r}, consent=True)." if run else ""
        nothing = " Leads may have been sent: see `uploader runs`." if may_have_sent else " Nothing was sent."
        super().__init__(f"Interrupted.{report}{then}" if result else f"Interrupted.{nothing}")
