"""Find the header row, which may have titles and blank rows above it."""

from collections.abc import Collection, Sequence

from uploader.core.errors import TableError
from uploader.spreadsheet.column_names import find_column

# The header is looked for in this many rows from the top.
HEADER_SEARCH_ROWS = 20

# Rows from the top in which a header that is too low is looked for, only to say so.
LOW_SEARCH_ROWS = 200

# A header has at least this share of the fullest row's cells: some columns have no name.
MIN_HEADER_SHARE = 0.6


def find_header(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int | None:
    """Find the header among the first rows of a sheet.

    Args:
        rows: The rows from the top; only the first `HEADER_SEARCH_ROWS` count.
        wanted: Column names that the mapping uses; may be empty.

    Returns:
        The position of the first row that has every wanted name, else of the row that has most of them. If none has
        any: the first row that is about as full as the fullest, as a title above a table is one cell. None if all
        rows are blank.
    """
    best, most = None, 0
    for place, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        matches = sum(find_column(name, row) is not None for name in wanted)
        if wanted and matches == len(wanted):
            return place
        if matches > most:
            best, most = place, matches
    if best is not None:
        return best
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADER_SEARCH_ROWS]]
    return next(
        (place for place, count in enumerate(filled) if count and count >= MIN_HEADER_SHARE * max(filled)), None
    )


def check_not_low(name: str, rows: Sequence[tuple[int, Sequence[str]]], wanted: Collection[str]) -> None:
    """Refuse a list whose header is below the rows in which a mapping's columns are looked for.

    Args:
        name: How messages name the file or the sheet.
        rows: Row numbers from 1 and cells, in order, of some rows more than `HEADER_SEARCH_ROWS`.
        wanted: Column names that the mapping uses; without any, the list may begin in any row.

    Raises:
        TableError: Only a row below has every wanted name, or all rows above are blank.
    """
    if not wanted:
        return
    filled = [(number, row) for number, row in rows if any(map(str.strip, row))]
    if not filled:
        return
    number, _ = next((each for each in filled if has_columns(each[1], wanted)), filled[0])
    if number > HEADER_SEARCH_ROWS:
        raise TableError(
            f"{name}: the header is row {number:,}, but must be one of the first {HEADER_SEARCH_ROWS} rows.",
            "Delete rows above it.",
        )


def note_header(number: int) -> str:
    """Return a note about a header that is not the first row."""
    if number <= HEADER_SEARCH_ROWS:
        return f"the header is row {number}"
    return f"the header is row {number}; before an upload, delete rows above it: it must be one of the first 20"


def has_columns(row: Sequence[str], wanted: Collection[str]) -> bool:
    """Return whether a row has every wanted name."""
    return all(find_column(name, row) is not None for name in wanted)
