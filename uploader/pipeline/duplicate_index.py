"""The same lead twice in one file, found at once, in memory that hardly grows with the file.

A hash table with a chain for each slot (Knuth, The Art of Computer Programming, 6.4): fingerprints are random bits, so
that their first ones choose the slot. The fingerprints themselves stand in a temporary file once they are many: they
tell nobody who anybody is, and hardly one is looked at again.
"""

import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from uploader.core.errors import UploaderError

SIZE = 16  # bytes of a fingerprint
NOBODY = bytes(SIZE)  # in the place of a row whose lead does not count
WORD = 4  # bytes that choose the slot
SLOTS = 1 << 21  # 8 MB, which stay near the processor; more of them save less than they cost
IN_MEMORY = 1 << 20  # bytes of fingerprints, of 65,536 rows, before there is a file


class DuplicateIndex:
    """Takes the rows of a file, in order, and tells which of them repeat the lead of an earlier one. Use with `with`.

    Rows are numbered from 1 here, so that 0 is none.
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
        with suppress(OSError):  # what a full disk did not take it would try to write once more
            self._leads.close()

    def add(self, leads: Sequence[bytes | None]) -> dict[int, int]:
        """The fingerprints (16 bytes) of the next rows; None where a row's lead does not count.

        Place of a row -> place of the first row with the same lead, both from 0, for every row that is not the first.
        Raises UploaderError when the temporary file can't be written or read.
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
        """Puts the fingerprints away; their words."""
        kept = b"".join([lead or NOBODY for lead in leads])
        self._before.frombytes(bytes(WORD * len(leads)))
        self._tags += kept[WORD::SIZE]
        with _faults_told():
            self._leads.seek(0, 2)
            self._leads.write(kept)
            self._leads.flush()
        return array("I", kept)[:: SIZE // WORD]

    def _find(self, lead: bytes, row: int) -> int:
        """The row with this lead, from one row of its slot back to the oldest; 0 if there is none."""
        while row and not (self._tags[row - 1] == lead[WORD] and self._lead(row) == lead):
            row = self._before[row - 1]
        return row

    def _lead(self, row: int) -> bytes:
        with _faults_told():
            self._leads.seek(SIZE * (row - 1))
            return self._leads.read(SIZE)


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UploaderError(
            f"The leads that have come can't be kept in the folder for temporary files: {error.strerror}.",
            "Make room there, or name another folder in TMPDIR.",
        ) from None
