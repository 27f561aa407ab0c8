"""The same lead twice in one file, found at once, in memory that a million rows hardly show in: 32 bytes for each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Of a fingerprint 12 bytes are kept: of a million leads two are taken for one by chance in one of 10^17 files.
PRINT = np.dtype([("key", np.uint64), ("more", np.uint32), ("rest", np.uint32)])
SLOT = np.dtype([("key", np.uint64), ("more", np.uint32), ("place", np.uint32)])  # place + 1; 0 where it is free

BEGIN = 4096  # slots, a power of two; doubled whenever half of them are taken
BATCH = 65_536  # are moved at once when they are doubled


class Repeats:
    """Takes the rows that would be sent, in order, and tells which of them repeat an earlier one.

    A hash table with linear probing; numpy looks a few hundred rows up at once.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(BEGIN, SLOT)
        self._taken = 0

    def add(self, places: Sequence[int], fingerprints: Sequence[bytes]) -> dict[int, int]:
        """Rows by their places in the file, and the 16 bytes that tell each one's lead.

        Place of a row -> place of the first row with the same lead, for every row that is not the first.
        """
        read = np.frombuffer(b"".join(fingerprints), PRINT)
        rows = np.empty(len(read), SLOT)
        rows["key"], rows["more"], rows["place"] = read["key"], read["more"], np.asarray(places, np.uint32) + 1
        while 2 * (self._taken + len(rows)) > len(self._slots):
            self._double()
        first = self._put(rows)
        repeats = np.flatnonzero(first != rows["place"]).tolist()
        self._taken += len(rows) - len(repeats)
        return {places[at]: int(first[at]) - 1 for at in repeats}

    def _put(self, rows: NDArray[np.void]) -> NDArray[np.uint32]:
        """Gives each row the first free slot, unless its lead has one; the place (+ 1) that stands in it."""
        slots, first, left = self._slots, np.zeros(len(rows), np.uint32), np.arange(len(rows))
        at = (rows["key"] & np.uint64(len(slots) - 1)).astype(np.intp)
        while len(left):
            free = slots["place"][at] == 0
            # Of several that want one slot the earliest is to get it: of assignments to one index the last one stays.
            slots[at[free][::-1]] = rows[left[free]][::-1]
            held, mine = slots[at], rows[left]
            same = (held["key"] == mine["key"]) & (held["more"] == mine["more"])
            first[left[same]] = held["place"][same]
            left, at = left[~same], (at[~same] + 1) & (len(slots) - 1)
        return first

    def _double(self) -> None:
        before, self._slots = self._slots, np.zeros(2 * len(self._slots), SLOT)
        for begin in range(0, len(before), BATCH):
            rows = before[begin : begin + BATCH]
            self._put(rows[rows["place"] != 0])
