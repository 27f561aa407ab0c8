"""Row numbers as a user writes and reads them: `3,7-9`."""

from collections.abc import Iterator, Sequence

from uploader.core.errors import UsageError
from uploader.core.model import MAX_ROW, parse_whole_number

# More rows than any spreadsheet has, so that a typing error does not fill the memory.
LONGEST_RANGE = 1_100_000


def parse_row_numbers(text: str) -> set[int]:
    """Return the rows of a list of numbers and ranges: {3, 7, 8, 9} for `3,7-9`. Raises UsageError."""
    rows: set[int] = set()
    for item in text.split(","):
        begin, dash, end = item.partition("-")
        first, last = parse_whole_number(begin, MAX_ROW), parse_whole_number(end if dash else begin, MAX_ROW)
        if first is None or last is None or last - first > LONGEST_RANGE:
            shown = item.strip()[:100]
            raise UsageError(f"--rows {text[:100]}: {shown!r} is not a row number.", "Write rows as 3,7-9.")
        rows |= set(range(first, last + 1))
    return rows


def row_ranges(rows: Sequence[int]) -> str:
    """Return sorted row numbers in their shortest form: `3,7-9` for [3, 7, 8, 9]."""
    return ",".join(_ranges(rows))


def _ranges(rows: Sequence[int]) -> Iterator[str]:
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end] != rows[end - 1] + 1:
            yield str(rows[start]) if end - start == 1 else f"{rows[start]}-{rows[end - 1]}"
            start = end
