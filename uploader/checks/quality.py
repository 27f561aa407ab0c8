"""Foresees what the platform's automatic checks make invalid after it accepted a lead. Warnings only."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from uploader.transforms.unfit import quoted

FIRST_NAMES = frozenset({"firstname", "fname", "forename", "givenname"})
LAST_NAMES = frozenset({"lastname", "lname", "surname", "familyname"})
EMPTY_FIELDS = 3  # so many empty ones make a lead invalid

_TEST = re.compile(r"(?<![^\W\d_])test(?![^\W\d_])", re.IGNORECASE)
# Digits are left out: telephone numbers and postcodes repeat them in good faith; so does www.
_REPEATED = re.compile(r"(?!www\.)([^\d\s])\1\1", re.IGNORECASE)
_VOWELS = frozenset("aeiouyæøœıəɛɔ")
_USUAL = frozenset("\t\r\n®©°™№")


def quality(fields: Sequence[tuple[str, str]], empty: int) -> list[str]:
    """Warnings for one lead: `fields` are its (field, value) pairs, `empty` counts mapped fields without a value."""
    warnings = [f"{name}: {warning}" for name, value in fields for warning in _known(value)]
    warnings += _of_names(fields)
    if empty >= EMPTY_FIELDS:
        warnings.append(f"{empty} mapped fields are empty; the platform may refuse a lead with {EMPTY_FIELDS} or more")
    return warnings


@lru_cache(maxsize=16_384)  # most cells of a spreadsheet stand in many rows
def _known(value: str) -> tuple[str, ...]:
    return tuple(_of_value(value))


def _of_value(value: str) -> Iterator[str]:
    if _TEST.search(value):
        yield f"{quoted(value)} has the word “test” in it"
    repeated = _REPEATED.search(value)
    if repeated:
        yield f"{quoted(value)} has “{repeated[0]}”, a character three times in a row"
    unusual = [] if value.isascii() and value.isprintable() else list(dict.fromkeys(filter(_is_unusual, value)))
    if unusual:
        yield f"{quoted(value)} has characters that are not standard: {' '.join(map(_shown, unusual))}"


def _of_names(fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    first = next(((name, value) for name, value in fields if _key(name) in FIRST_NAMES), None)
    last = next(((name, value) for name, value in fields if _key(name) in LAST_NAMES), None)
    for name, value in filter(None, (first, last)):
        if _lacks_vowels(value):
            yield f"{name}: {quoted(value)} is a name without vowels"
    if first and last and first[1].casefold() == last[1].casefold():
        yield f"{first[0]} and {last[0]} are the same: {quoted(first[1])}"


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name)).casefold()


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
