"""Texts of `where` that no row has, although some row has nearly the same: `Yes` in the mapping, TRUE in the sheet."""

from collections.abc import Iterator

from uploader.core.did_you_mean import spelling_similarity
from uploader.mapping.row_filter import ColumnCondition, RowFilter, comparable, texts_of
from uploader.mapping.transforms.text import NO, YES
from uploader.spreadsheet import Chunk

MAX_DISTINCT = 50  # cells of a column; with more, it does not sort rows into groups
NEAR = 85  # of 100: how similar a misspelled text is


class SeenCells:
    """The distinct cells of the columns that `where` names, as far as they are few.

    Args:
        row_filter: The conditions.
    """

    def __init__(self, row_filter: RowFilter) -> None:
        self._seen: list[tuple[ColumnCondition, dict[str, str]]] = [(one, {}) for one in row_filter.conditions]

    def add(self, chunk: Chunk) -> None:
        """Take in the cells of some rows."""
        for one, seen in self._seen:
            for cell in set(chunk.columns[one.position]) if len(seen) <= MAX_DISTINCT else ():
                seen.setdefault(comparable(cell), cell.strip())
                if len(seen) > MAX_DISTINCT:
                    break

    def doubts(self) -> Iterator[str]:
        """Yield a sentence for each text that no cell has, if a cell has nearly the same."""
        for one, seen in self._seen:
            texts = texts_of(one.condition) if len(seen) <= MAX_DISTINCT else []
            named = set(map(comparable, texts))
            others = {key: cell for key, cell in seen.items() if key not in named}
            for text in texts:
                if comparable(text) not in seen and (near := _nearest(comparable(text), others)):
                    yield f"where: no row has {text!r} in column {one.column!r}, but some have {near!r}."


def _nearest(text: str, cells: dict[str, str]) -> str:
    """Return the cell that means or nearly spells the same, or an empty string."""
    for words in (YES, NO):
        if text in words and (same := next((cell for key, cell in cells.items() if key in words), "")):
            return same
    return next((cell for key, cell in cells.items() if spelling_similarity(text, [key]) >= NEAR), "")
