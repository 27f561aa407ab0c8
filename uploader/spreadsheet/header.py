"""Which row is the header: title lines and empty rows may stand above it."""

from collections.abc import Collection, Sequence

from uploader.spreadsheet.column_names import find_column

# The header is looked for in so many rows from the top.
ROWS = 20

# A header has at least this share of the fullest row's cells: some columns have no name.
FULL = 0.6


def header_row(rows: Sequence[Sequence[str]], wanted: Collection[str]) -> int | None:
    """The position of the first row that holds every wanted name, else of the one that holds most of them.

    Without any wanted name in sight it is the first row that is about as full as the fullest: a title line above a
    table is one cell. None if all are blank.
    """
    best, most = None, 0
    for place, row in enumerate(rows[:ROWS]):
        held = sum(find_column(name, row) is not None for name in wanted)
        if wanted and held == len(wanted):
            return place
        if held > most:
            best, most = place, held
    if best is not None:
        return best
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:ROWS]]
    return next((place for place, count in enumerate(filled) if count and count >= FULL * max(filled)), None)


def held(row: Sequence[str], wanted: Collection[str]) -> bool:
    """Whether a row holds every wanted name."""
    return all(find_column(name, row) is not None for name in wanted)
