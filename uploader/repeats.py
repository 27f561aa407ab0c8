"""The same lead twice in one file, found at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uploader.leadtable import LeadTable

# Leads that a dictionary holds; more of them go into a table of a fifth of its size, but numpy takes a while to load.
FEW = 30_000


class Repeats:
    """Takes the rows that would be sent, in order, and tells which of them repeat an earlier one."""

    def __init__(self) -> None:
        self._few: dict[bytes, int] = {}
        self._many: LeadTable | None = None

    def add(self, places: Sequence[int], fingerprints: Sequence[bytes]) -> dict[int, int]:
        """Rows by their places in the file, and the 16 bytes that tell each one's lead.

        Place of a row -> place of the first row with the same lead, for every row that is not the first.
        """
        if self._many is None and len(self._few) + len(places) > FEW:
            self._many = self._moved()
        if self._many is not None:
            return self._many.add(places, fingerprints)
        first = map(self._few.setdefault, fingerprints, places)
        return {place: earlier for place, earlier in zip(places, first, strict=True) if place != earlier}

    def _moved(self) -> "LeadTable":
        from uploader.leadtable import LeadTable  # noqa: PLC0415 - see FEW

        table = LeadTable()
        table.add([*self._few.values()], [*self._few])
        self._few.clear()
        return table
