"""Ctrl-C while a function runs: the run is stopped in order, then the caller's program is interrupted."""

from typing import Any


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed. Everything that was sent is in the ledger, and the report is written.

    It is a KeyboardInterrupt, so that a loop over several files ends as well.

    Attributes:
        result: The `Result` of the run, with exit code 130; None if nothing was sent.
    """

    def __init__(self, result: Any = None) -> None:
        self.result = result
        report = f" Report: {result.report}." if getattr(result, "report", None) else ""
        run = getattr(result, "run", None)
        then = f" To continue, call uploader.resume({run!r}, consent=True)." if run else ""
        super().__init__(f"Interrupted.{report}{then}" if result else "Interrupted. Nothing was sent.")
