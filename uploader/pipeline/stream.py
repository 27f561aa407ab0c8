"""Sending while the file is still being read: each part of the file is planned when its turn comes."""

import itertools
from collections.abc import Iterator

from uploader.core.errors import NextStep, StoppedError, UploaderError
from uploader.core.model import Lead
from uploader.pipeline.plan import Plan, PlannedRows
from uploader.pipeline.planner import Planner

# The file is not what it was, so the run can't be resumed, and its report does not have all rows.
NO_NEXT_STEP = NextStep(command="")


class Stream:
    """A plan that grows while leads are sent. The first part is planned when the stream is made."""

    def __init__(self, planner: Planner) -> None:
        """Plan the first part of the file. Raises TableError."""
        self.plan = Plan()
        self._has_identity = planner.identity is not None and planner.identity.finds_duplicates
        self._parts = planner.plan_parts(self.plan)
        self._first = list(itertools.islice(self._parts, 1))

    def leads(self) -> Iterator[Lead | None]:
        """Yield the leads to send, in file order, and None after each part.

        Raises:
            StoppedError: The next rows can't be read or planned.
        """
        for part in itertools.chain(self._first, self._read()):
            yield from part.leads()
            yield None

    def plan_the_rest(self) -> None:
        """Plan the rows that no worker asked for, so that the report has them too. Raises StoppedError."""
        for _ in self._read():
            pass

    def _read(self) -> Iterator[PlannedRows]:
        try:
            for part in self._parts:  # noqa: UP028 - `yield from` would end them with the leads, when a run stops
                yield part
        except UploaderError as error:
            what = f"{error.message} The rows before it are in the report."
            raise StoppedError(what, self._hint(error), NO_NEXT_STEP) from None

    def _hint(self, error: UploaderError) -> str:
        if self._has_identity:
            return f"{error.hint} Then upload the file again: leads that were accepted are recognized."
        return (
            f"{error.hint} Then upload only the rows below those in the report: "
            "the mapping has no fields that identify a lead."
        )
