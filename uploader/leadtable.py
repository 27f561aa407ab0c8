"""Which row had a lead first, of as many as there are, in memory that a million hardly show in: 24 bytes for each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Of a fingerprint its first 8 bytes are kept: of a million leads two are taken for one in one of 40 million files.
PRINT = np.dtype([("key", np.uint64), ("rest", np.uint64)])

BEGIN = 131_072  # slots, a power of two; doubled whenever half of them are taken
BATCH = 65_536  # are moved at once when they are doubled

Keys = NDArray[np.uint64]
Places = NDArray[np.uint32]  # place + 1; 0 where a slot is free


class LeadTable:
    """A hash table with linear probing; numpy looks a few hundred rows up at once."""

    def __init__(self) -> None:
        self._keys: Keys = np.zeros(BEGIN, np.uint64)
        self._places: Places = np.zeros(BEGIN, np.uint32)
        self._taken = 0

    def add(self, places: Sequence[int], fingerprints: Sequence[bytes]) -> dict[int, int]:
        """Rows by their places in the file, in order, and the 16 bytes that tell each one's lead.

        Place of a row -> place of the first row with the same lead, for every row that is not the first.
        """
        keys = np.frombuffer(b"".join(fingerprints), PRINT)["key"]
        mine = np.asarray(places, np.uint32) + np.uint32(1)
        while 2 * (self._taken + len(keys)) > len(self._keys):
            self._double()
        first = self._put(keys, mine)
        repeats = np.flatnonzero(first != mine).tolist()
        self._taken += len(keys) - len(repeats)
        return {places[at]: int(first[at]) - 1 for at in repeats}

    def _put(self, keys: Keys, places: Places) -> Places:
        """Gives each row the first free slot, unless its lead has one; the place (+ 1) that stands in it."""
        first, left = np.zeros(len(keys), np.uint32), np.arange(len(keys))
        at = (keys & np.uint64(len(self._keys) - 1)).astype(np.intp)
        while len(left):
            free = self._places[at] == 0
            # Of several that want one slot the earliest is to get it: of assignments to one index the last one stays.
            slots, rows = at[free][::-1], left[free][::-1]
            self._keys[slots], self._places[slots] = keys[rows], places[rows]
            same = self._keys[at] == keys[left]
            first[left[same]] = self._places[at[same]]
            left, at = left[~same], (at[~same] + 1) & (len(self._keys) - 1)
        return first

    def _double(self) -> None:
        keys, places = self._keys, self._places
        self._keys, self._places = np.zeros(2 * len(keys), np.uint64), np.zeros(2 * len(places), np.uint32)
        for begin in range(0, len(keys), BATCH):
            taken = slice(begin, begin + BATCH)
            held = places[taken] != 0
            self._put(keys[taken][held], places[taken][held])
