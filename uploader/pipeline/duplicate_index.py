"""Finds rows of one file that have the same lead, in memory that hardly grows with the file.

A hash table with a chain for each slot (Knuth, The Art of Computer Programming, 6.4): fingerprints are random bits, so
their first bytes choose the slot. Many fingerprints are kept in a temporary file: they identify no one, and hardly any
is read again.
"""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from uploader.core.errors import UploaderError

SIZE = 16  # bytes of a fingerprint
NO_LEAD = bytes(SIZE)  # in place of a row whose lead does not count
WORD = 4  # bytes that choose the slot
SLOTS = 1 << 21  # 8 MB, which fit into the processor's cache; more would save less than they cost
IN_MEMORY = 1 << 20  # bytes of fingerprints, of 65,536 rows, before there is a file


class DuplicateIndex:
    """Takes the rows of a file, in order, and returns those that repeat the lead of an earlier row. Use as a context.

    Inside, rows are numbered from 1, so that 0 means no row.
    """

    def __init__(self) -> None:
        self._newest = array("I", [0]) * SLOTS  # the newest row of each slot
        self._before = array("I")  # of each row, the one before it in its slot
        self._tags = bytearray()  # one more byte of each fingerprint: saves nearly all looks at others
        self._leads = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with this object

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # on a full disk, closing tries to write again
            self._leads.close()

    def add(self, leads: Sequence[bytes | None]) -> dict[int, int]:
        """Add the next rows.

        Args:
            leads: Their fingerprints (16 bytes); None where a row's lead does not count.

        Returns:
            The place of each row that repeats a lead -> the place of that lead's first row, both from 0.

        Raises:
            UploaderError: The temporary file can't be written or read.
        """
        repeats, newest, before = {}, self._newest, self._before  # a tenth of a check is this loop
        begin = len(before) + 1
        for row, (word, lead) in enumerate(zip(self._keep(leads), leads, strict=True), begin):
            if lead is None:
                continue
            slot = word % SLOTS
            if older := newest[slot]:
                if first := self._find(lead, older):
                    repeats[row - 1] = first - 1
                    continue
                before[row - 1] = older
            newest[slot] = row
        return repeats

    def _keep(self, leads: Sequence[bytes | None]) -> "array[int]":
        """Store the fingerprints; return their first words."""
        kept = b"".join([lead or NO_LEAD for lead in leads])
        self._before.frombytes(bytes(WORD * len(leads)))
        self._tags += kept[WORD::SIZE]
        with _disk_errors():
            self._leads.seek(0, 2)
            self._leads.write(kept)
        return array("I", kept)[:: SIZE // WORD]

    def _find(self, lead: bytes, row: int) -> int:
        """Return the row with this lead, going back from `row` through its slot; 0 if there is no such row."""
        while row and not (self._tags[row - 1] == lead[WORD] and self._lead(row) == lead):
            row = self._before[row - 1]
        return row

    def _lead(self, row: int) -> bytes:
        with _disk_errors():
            self._leads.seek(SIZE * (row - 1))
            return self._leads.read(SIZE)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UploaderError(
            f"The folder for temporary files can't be written: {error.strerror}.",
            "Free some space there, or set TMPDIR to another folder.",
        ) from None
