"""Foresees what the platform's automatic checks make invalid after it accepted a lead. Warnings only."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from uploader.mapping.transforms.invalid_value import quoted

FIRST_NAMES = frozenset({"firstname", "fname", "forename", "givenname"})
LAST_NAMES = frozenset({"lastname", "lname", "surname", "familyname"})
EMPTY_FIELDS = 3  # so many empty ones make a lead invalid

_TEST = re.compile(r"(?<![^\W\d_])test(?![^\W\d_])", re.IGNORECASE)
# Digits are left out: telephone numbers and postcodes repeat them in good faith; so does www.
_REPEATED = re.compile(r"(?!www\.)([^\d\s])\1\1", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøœıəɛɔ")
_USUAL = frozenset("\t\r\n®©°™№")


def quality(names: Sequence[str], columns: Sequence[Sequence[str]]) -> dict[int, list[str]]:
    """Warnings by row. `names` are the fields, `columns` each field's values of all rows, "" for one that is not sent.

    A column's texts are judged once each: most of them stand in many rows.
    """
    found: dict[int, list[str]] = {}
    for name, column in zip(names, columns, strict=True):
        odd = {value: warnings for value in set(column) if (warnings := _of_value(value))}
        for at, value in enumerate(column) if odd else ():
            found.setdefault(at, []).extend(f"{name}: {warning}" for warning in odd.get(value, ()))
    for at, warning in [*_of_names(names, columns), *_of_gaps(columns)]:
        found.setdefault(at, []).append(warning)
    return {at: warnings for at, warnings in found.items() if warnings}


def _of_value(value: str) -> list[str]:
    found = []
    if "test" in value.lower() and _TEST.search(value):
        found.append(f"{quoted(value)} has the word “test” in it")
    repeated = _REPEATED.search(value)
    if repeated:
        found.append(f"{quoted(value)} has “{repeated[0]}”, a character three times in a row")
    unusual = [] if value.isascii() and value.isprintable() else list(dict.fromkeys(filter(_is_unusual, value)))
    if unusual:
        found.append(f"{quoted(value)} has characters that are not standard: {' '.join(map(_shown, unusual))}")
    return found


def _of_names(names: Sequence[str], columns: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """(row, warning) about first and last names."""
    first, last = _first_of(FIRST_NAMES, names), _first_of(LAST_NAMES, names)
    for place in [place for place in (first, last) if place is not None]:
        for at, value in enumerate(columns[place]):
            if _lacks_vowels(value):
                yield at, f"{names[place]}: {quoted(value)} is a name without vowels"
    if first is None or last is None:
        return
    for at, (one, other) in enumerate(zip(columns[first], columns[last], strict=True)):
        if one and one.casefold() == other.casefold():
            yield at, f"{names[first]} and {names[last]} are the same: {quoted(one)}"


def _first_of(known: frozenset[str], names: Sequence[str]) -> int | None:
    """Where the field is that is called like one of these, however it is written."""
    return next((at for at, name in enumerate(names) if "".join(filter(str.isalnum, name)).casefold() in known), None)


def _of_gaps(columns: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """(row, warning) where too many mapped fields are empty."""
    gaps = Counter(at for column in columns if "" in column for at, value in enumerate(column) if not value)
    for at, empty in gaps.items():
        if empty >= EMPTY_FIELDS:
            yield at, f"{empty} mapped fields are empty; the platform may refuse a lead with {EMPTY_FIELDS} or more"


@lru_cache(maxsize=16_384)
def _lacks_vowels(name: str) -> bool:
    """Only of names in Latin letters; y counts as a vowel, accents do not matter."""
    letters = [char for char in unicodedata.normalize("NFKD", name.casefold()) if char.isalpha()]
    is_latin = bool(letters) and all(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return is_latin and _VOWELS.isdisjoint(letters)


def _is_unusual(char: str) -> bool:
    """Emoji and other symbols, control, private and unassigned characters."""
    return unicodedata.category(char) in {"So", "Cc", "Co", "Cn", "Cs"} and char not in _USUAL


def _shown(char: str) -> str:
    return char if char.isprintable() else f"U+{ord(char):04X}"
