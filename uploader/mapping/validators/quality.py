"""Predict what the platform's automatic checks find invalid after it accepted a lead. Warnings only."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from uploader.mapping.invalid_value import quote_value

FIRST_NAMES = frozenset({"firstname", "fname", "forename", "givenname"})
LAST_NAMES = frozenset({"lastname", "lname", "surname", "familyname"})
EMPTY_FIELDS = 3  # from this many on, empty fields make a lead invalid

_TEST = re.compile(r"(?<![^\W\d_])test(?![^\W\d_])", re.IGNORECASE)
# Not digits: phone numbers and postcodes may repeat them. Nor www.
_REPEATED = re.compile(r"(?!www\.)([^\d\s])\1\1", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøœıəɛɔ")
_USUAL = frozenset("\t\r\n®©°™№")


def quality_warnings(names: Sequence[str], columns: Sequence[Sequence[str]]) -> dict[int, list[str]]:
    """Collect warnings about mapped rows. Each distinct text of a column is checked once.

    Args:
        names: The form fields.
        columns: For each field its values of all rows, "" for values that are not sent.

    Returns:
        The warnings of each row that has any, by its position.
    """
    found: dict[int, list[str]] = {}
    for name, column in zip(names, columns, strict=True):
        odd = {value: warnings for value in set(column) if (warnings := _value_warnings(value))}
        for at, value in enumerate(column) if odd else ():
            found.setdefault(at, []).extend(f"{name}: {warning}" for warning in odd.get(value, ()))
    for at, warning in [*_name_warnings(names, columns), *_empty_field_warnings(columns)]:
        found.setdefault(at, []).append(warning)
    return {at: warnings for at, warnings in found.items() if warnings}


def _value_warnings(value: str) -> list[str]:
    found = []
    if "test" in value.lower() and _TEST.search(value):
        found.append(f"{quote_value(value)} has the word “test”")
    repeated = _REPEATED.search(value)
    if repeated:
        found.append(f"{quote_value(value)} has “{repeated[0]}”, the same character three times in a row")
    unusual = [] if value.isascii() and value.isprintable() else list(dict.fromkeys(filter(_is_unusual, value)))
    if unusual:
        found.append(f"{quote_value(value)} has unusual characters: {' '.join(map(_shown, unusual))}")
    return found


def _name_warnings(names: Sequence[str], columns: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Yield (position, warning) about first and last names."""
    first, last = _first_of(FIRST_NAMES, names), _first_of(LAST_NAMES, names)
    for place in [place for place in (first, last) if place is not None]:
        for at, value in enumerate(columns[place]):
            if _lacks_vowels(value):
                yield at, f"{names[place]}: {quote_value(value)} has no vowels"
    if first is None or last is None:
        return
    for at, (one, other) in enumerate(zip(columns[first], columns[last], strict=True)):
        if one and one.casefold() == other.casefold():
            yield at, f"{names[first]} and {names[last]} are the same: {quote_value(one)}"


def _first_of(known: frozenset[str], names: Sequence[str]) -> int | None:
    """Return the position of the first field with one of these names, in any spelling."""
    return next((at for at, name in enumerate(names) if "".join(filter(str.isalnum, name)).casefold() in known), None)


def _empty_field_warnings(columns: Sequence[Sequence[str]]) -> Iterator[tuple[int, str]]:
    """Yield (position, warning) where too many mapped fields are empty."""
    gaps = Counter(at for column in columns if "" in column for at, value in enumerate(column) if not value)
    for at, empty in gaps.items():
        if empty >= EMPTY_FIELDS:
            yield at, f"{empty} mapped fields are empty; the platform may refuse leads with {EMPTY_FIELDS} or more"


@lru_cache(maxsize=16_384)
def _lacks_vowels(name: str) -> bool:
    """Whether a name in Latin letters has no vowels; y is one, accents make no difference."""
    letters = [char for char in unicodedata.normalize("NFKD", name.casefold()) if char.isalpha()]
    is_latin = bool(letters) and all(unicodedata.name(char, "").startswith("LATIN") for char in letters)
    return is_latin and _VOWELS.isdisjoint(letters)


def _is_unusual(char: str) -> bool:
    """Whether it is an emoji or another symbol, a control, private or unassigned character."""
    return unicodedata.category(char) in {"So", "Cc", "Co", "Cn", "Cs"} and char not in _USUAL


def _shown(char: str) -> str:
    return char if char.isprintable() else f"U+{ord(char):04X}"
