"""The same lead twice in one file, found at once, in memory that does not grow with the file.

A bit for each lead says whether it may have come before; where it says so, which is seldom wrong, the lead itself is
looked for. The leads stand on shelves, and what is full of a shelf is put away into a temporary file: fingerprints and
places, nothing that tells who anybody is.
"""

import struct
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Self

from uploader.errors import UploaderError

# Of a fingerprint's 16 bytes: where its bit is, and its shelf.
PARTS = struct.Struct("<IHxx8x")
BYTES = 1 << 23  # eight bits in each: of a million leads one in 67 is looked for in vain
BIT = tuple(1 << number for number in range(8))
SHELVES = 1024

RECORD = struct.Struct("<16sI")  # a fingerprint and its place
pack = RECORD.pack
FULL = 64 * RECORD.size  # bytes of a shelf that are put away at once


class Repeats:
    """Takes the rows that would be sent, in order, and tells which of them repeat an earlier one. Use with `with`."""

    def __init__(self) -> None:
        self._seen = bytearray(BYTES)
        self._shelves = [bytearray() for _ in range(SHELVES)]
        self._put_away: list[list[int]] = [[] for _ in range(SHELVES)]  # where each shelf's pieces begin in the file
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, places: Sequence[int], fingerprints: Sequence[bytes]) -> dict[int, int]:
        """Rows by their places in the file, and the 16 bytes that tell each one's lead.

        Place of a row -> place of the first row with the same lead, for every row that is not the first.
        Raises UploaderError when there is no room for the temporary file.
        """
        repeats, seen, shelves = {}, self._seen, self._shelves  # a tenth of a check is this loop
        parts = PARTS.iter_unpack(b"".join(fingerprints))
        for place, lead, (slot, number) in zip(places, fingerprints, parts, strict=True):
            byte, bit, shelf = slot % BYTES, BIT[slot >> 29], number % SHELVES
            held = seen[byte]
            if held & bit and (first := self._find(lead, shelf)) is not None:
                repeats[place] = first
                continue
            seen[byte] = held | bit
            newest = shelves[shelf]
            newest += pack(lead, place)
            if len(newest) >= FULL:
                self._store(shelf)
        return repeats

    def _find(self, lead: bytes, shelf: int) -> int | None:
        """The place of the first row with this lead."""
        for records in self._records(shelf):
            at = records.find(lead)
            while at >= 0 and at % RECORD.size:  # across two records
                at = records.find(lead, at + 1)
            if at >= 0:
                return int(RECORD.unpack_from(records, at)[1])
        return None

    def _records(self, shelf: int) -> Iterator[bytes | bytearray]:
        yield self._shelves[shelf]
        for begin in self._put_away[shelf]:
            yield self._read(begin)

    def _read(self, begin: int) -> bytes:
        assert self._file
        self._file.seek(begin)
        return self._file.read(FULL)

    def _store(self, shelf: int) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed with this object
            self._put_away[shelf].append(self._file.seek(0, 2))
            self._file.write(self._shelves[shelf])
        except OSError as error:
            raise UploaderError(
                f"The leads that have come can't be kept in the folder for temporary files: {error.strerror}.",
                "Make room there, or name another folder in TMPDIR.",
            ) from None
        self._shelves[shelf].clear()
