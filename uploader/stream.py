"""Sending while the file is still being read: rows are looked at a part at a time, each when its turn comes."""

import itertools
from collections.abc import Callable, Iterable, Iterator

from uploader.errors import StoppedError, TableError
from uploader.model import Lead
from uploader.survey import Decided, Survey, Surveyor

# Takes (row, reason, hint) of rows that are found to be duplicates.
Mark = Callable[[Iterable[tuple[int, str, str]]], None]


class Stream:
    """A survey that grows with the sending. The first part is looked at when it is made. Raises TableError."""

    def __init__(self, surveyor: Surveyor, mark: Mark) -> None:
        self.survey = Survey()
        self._mark = mark
        self._tells_leads = bool(surveyor.identity)
        self._parts = surveyor.decided(self.survey)
        self._first = list(itertools.islice(self._parts, 1))

    def leads(self) -> Iterator[Lead]:
        """The leads to send, in order. Raises StoppedError where the file can't be read any further."""
        for part in itertools.chain(self._first, self._read()):
            self._note_duplicates(part)
            yield from part.leads()

    def look_at_the_rest(self) -> None:
        """The rows that no worker asked for any more: the report has them too. Raises StoppedError."""
        for part in self._read():
            self._note_duplicates(part)

    def _note_duplicates(self, part: Decided) -> None:
        if rows := part.duplicates():
            self._mark(self.survey.duplicate_marks(rows))

    def _read(self) -> Iterator[Decided]:
        try:
            yield from self._parts
        except TableError as error:
            raise StoppedError(f"{error.message} What stands before it was sent.", self._then(error)) from None

    def _then(self, error: TableError) -> str:
        if self._tells_leads:
            return f"{error.hint} Then upload the file again: leads that were accepted are recognised."
        return f"{error.hint} Then upload only the rows below those of the report: nothing here tells leads apart."
