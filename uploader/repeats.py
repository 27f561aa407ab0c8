"""The same lead twice in one file, found in memory that a million rows hardly show in: 24 bytes for each."""

from array import array
from collections.abc import Iterable

import numpy as np


class Repeats:
    """Takes the rows that would be sent, in order, and tells which of them repeat an earlier one."""

    def __init__(self) -> None:
        self._prints = bytearray()
        self._places = array("L")

    def add(self, places: Iterable[int], fingerprints: Iterable[bytes]) -> None:
        """Rows by their places in the file, and the 16 bytes that tell each one's lead."""
        self._places.extend(places)
        self._prints += b"".join(fingerprints)

    def found(self) -> dict[int, int]:
        """Place of a row -> place of the first row with the same lead, for every row that is not the first."""
        halves = np.frombuffer(bytes(self._prints), dtype=np.uint64)[::2]
        values, counts = np.unique(halves, return_counts=True)
        suspects = np.flatnonzero(np.isin(halves, values[counts > 1])).tolist()
        first: dict[bytes, int] = {}
        repeats = {}
        for index in suspects:
            place = self._places[index]
            earlier = first.setdefault(bytes(self._prints[16 * index : 16 * index + 16]), place)
            if earlier != place:
                repeats[place] = earlier
        return repeats
