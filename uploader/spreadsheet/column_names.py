"""Column names: which of the file's names is meant by one in a mapping."""

import re
import unicodedata
from collections.abc import Sequence

# Blanks of every kind, and characters that no one sees (Unicode's format characters: zero-width, soft hyphen, …).
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")


def fold(name: str) -> str:
    """A name without regard to case, blanks and invisible characters; full-width letters are as plain ones."""
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", name)).casefold()


def matching_columns(name: str, columns: Sequence[str]) -> list[int]:
    """The positions of all columns of this name: those exactly so, else those alike once folded."""
    exact = [place for place, column in enumerate(columns) if column == name]
    folded = fold(name)
    return exact or [place for place, column in enumerate(columns) if folded and fold(column) == folded]


def find_column(name: str, columns: Sequence[str]) -> int | None:
    """The position of the first column of this name, or None."""
    return next(iter(matching_columns(name, columns)), None)


def column_index(letters: str) -> int:
    """A -> 0, Z -> 25, AA -> 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
