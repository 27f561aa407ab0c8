"""Find a spreadsheet's columns by the names that a mapping gives them."""

import re
import unicodedata
from collections.abc import Sequence

# Blanks of every kind, and invisible characters (Unicode's format characters: zero-width, soft hyphen, …).
_BLANK = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")


def fold(name: str) -> str:
    """Return a name without case, blanks and invisible characters, and with full-width letters as plain ones."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", name)).casefold()


def matching_columns(name: str, columns: Sequence[str]) -> list[int]:
    """Return the positions of all columns with this name: exact matches, or else matches after `fold`."""
    exact = [place for place, column in enumerate(columns) if column == name]
    folded = fold(name)
    return exact or [place for place, column in enumerate(columns) if folded and fold(column) == folded]


def find_column(name: str, columns: Sequence[str]) -> int | None:
    """Return the position of the first column with this name, or None."""
    return next(iter(matching_columns(name, columns)), None)


def column_index(letters: str) -> int:
    """Return a column's position from its letters: A -> 0, Z -> 25, AA -> 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def column_letters(place: int) -> str:
    """Return a column's letters from its position: 0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    while place >= 0:
        letters = chr(ord("A") + place % 26) + letters
        place = place // 26 - 1
    return letters
