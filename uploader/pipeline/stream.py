"""Sending while the file is still being read: rows are looked at a part at a time, each when its turn comes."""

import itertools
from collections.abc import Iterator

from uploader.core.errors import NextStep, StoppedError, UploaderError
from uploader.core.model import Lead
from uploader.pipeline.plan import Plan, PlannedRows, Planner

# The file is not what it was, so the run can't be gone on with; and its report does not have all rows.
DUPLICATE_HINT = NextStep(command="")


class Stream:
    """A survey that grows with the sending. The first part is looked at when it is made. Raises TableError."""

    def __init__(self, surveyor: Planner) -> None:
        self.survey = Plan()
        self._tells_leads = bool(surveyor.identity)
        self._parts = surveyor.decided(self.survey)
        self._first = list(itertools.islice(self._parts, 1))

    def leads(self) -> Iterator[Lead | None]:
        """The leads to send, in order, and None after each part of the file.

        Raises StoppedError where rows can't be read or looked at any further.
        """
        for part in itertools.chain(self._first, self._read()):
            yield from part.leads()
            yield None

    def look_at_the_rest(self) -> None:
        """The rows that no worker asked for any more: the report has them too. Raises StoppedError."""
        for _ in self._read():
            pass

    def _read(self) -> Iterator[PlannedRows]:
        try:
            for part in self._parts:  # noqa: UP028 - `yield from` would end them with the leads, when a run stops
                yield part
        except UploaderError as error:
            what = f"{error.message} The rows before it are in the report."
            raise StoppedError(what, self._then(error), DUPLICATE_HINT) from None

    def _then(self, error: UploaderError) -> str:
        if self._tells_leads:
            return f"{error.hint} Then upload the file again: leads that were accepted are recognised."
        return f"{error.hint} Then upload only the rows below those of the report: nothing here tells leads apart."
