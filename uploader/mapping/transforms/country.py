"""The transform `country`, and the table of countries with their ISO 3166-1 codes and usual names."""

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uploader.core.did_you_mean import similar_spellings, spelling_similarity
from uploader.mapping.invalid_value import InvalidValue, quote_value, values_fix
from uploader.mapping.list_file import read_rows
from uploader.mapping.transforms.options import Options, Transform

# How similar a spelling must be, 0 to 100: to be suggested; to be suggested besides a name that is part of the text;
# to be a typo, with each word as similar as SIMILAR_WORD; and how much less similar all other countries must be then.
SIMILAR, VERY_SIMILAR, TYPO, SIMILAR_WORD, MARGIN = 80, 90, 85, 75, 8
LONGEST_KEPT = 100  # characters; the countries of longer texts are not kept in memory
MAX_SUGGESTIONS = 500  # distinct texts; each search takes a millisecond, and people read the first few
_EFFORT = 1 / MAX_SUGGESTIONS
HINT = "Write its English name or ISO code, or map it under `values`"
MIN_TYPO_LENGTH = 5  # letters; shorter words are abbreviations


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory. `other_names` are in English, German, French, Spanish and its own language."""

    alpha2: str
    alpha3: str
    numeric: str
    name: str
    other_names: tuple[str, ...]


class CountryOptions(Options):
    """`to`: what to send, the name that forms commonly use or an ISO code."""

    to: Literal["name", "alpha2", "alpha3"] = "name"

    def transform(self) -> Transform:
        """Return a transform from any spelling of a country to its name or code."""
        to = self.to
        unknown: set[str] = set()

        def country(value: str) -> str:
            if found := find_country(value):
                return str(getattr(found, to))
            if value in unknown or len(unknown) < MAX_SUGGESTIONS:
                unknown.add(value)
                raise _unknown_country(value)
            raise InvalidValue(f"unknown country {quote_value(value)}", HINT, effort=_EFFORT)

        return country


# "Not available" is not Namibia, unless it is written as its code.
_NOT_AVAILABLE = re.compile(r"#?\s*n\s*[./\\]\s*a\s*\.?", re.IGNORECASE)
_LIST_SEPARATOR = re.compile(r"[/\\|,;+]")
_PARTS = re.compile(r"[()\[\]/–—]|(?<=[^\W\d_]{2})-|\s-\s")
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")  # ISO 3166-2
_NUMBER = re.compile(r"(\d+)(?:[.,]0+)?", re.ASCII)
_ABBREVIATIONS = {"st": "saint", "rep": "republic", "dem": "democratic", "n": "north", "s": "south"}


def find_country(text: str) -> Country | None:
    """Return the country with this code or name, or None. Case, accents and punctuation make no difference.

    `NA` is Namibia, `EL` is Greece, `276` is Germany, and `Germany (DE)` is Germany too.
    """
    return _find_country(text) if len(text) <= LONGEST_KEPT else _find_country.__wrapped__(text)


@functools.lru_cache(maxsize=20_000)  # each phone number asks for the country of its row
def _find_country(text: str) -> Country | None:
    text = text.strip()
    if _NOT_AVAILABLE.fullmatch(text):
        return None
    if number := _NUMBER.fullmatch(text):
        return _by_number().get(number[1])
    return _by_spelling().get(_fold(text)) or _find_by_parts(text)


def nearest_countries(text: str, limit: int = 3) -> list[Country]:
    """Return the countries with a name that contains the text, is contained in it, or is spelled almost like it."""
    folded = _fold(text)
    if len(folded) < 4:
        return []
    spellings = [spelling for spelling in _by_spelling() if len(spelling) > 3]
    near = [one for one in spellings if f" {folded} " in f" {one} " or f" {one} " in f" {folded} "]
    near += similar_spellings(folded, spellings, cutoff=VERY_SIMILAR if near else SIMILAR, limit=9)
    return list(dict.fromkeys(_by_spelling()[spelling] for spelling in near))[:limit]


@functools.cache
def countries() -> Sequence[Country]:
    """Return the 249 countries of ISO 3166-1, and Kosovo as XK, the code that phone and postal systems use for it."""
    rows = read_rows(Path(__file__).with_name("countries.csv"), ";")[1:]
    return tuple(Country(a2, a3, no, name, tuple(filter(None, more.split("|")))) for a2, a3, no, name, more in rows)


@functools.cache
def _by_spelling() -> dict[str, Country]:
    return {
        _fold(spelling): country
        for country in countries()
        for spelling in (*country.other_names, country.name, country.alpha3, country.alpha2)
    }


@functools.cache
def _by_number() -> dict[str, Country]:
    return {country.numeric: country for country in countries() if country.numeric}


def _find_by_parts(text: str) -> Country | None:
    """`Germany (DE)`, `DE - Germany`, `GB-ENG`: the country if all parts that are known mean the same one."""
    parts = [part for part in _PARTS.split(text) if part.strip()]
    found = [_by_spelling().get(_fold(part)) for part in parts]
    if len(parts) > 1 and all(found) and len(set(found)) == 1:
        return found[0]
    subdivision = _SUBDIVISION.fullmatch(text)
    return found[0] if subdivision and len(parts) == 2 and not found[1] else None


def _fold(text: str) -> str:
    """`The U.S. of A.` -> `us of a`, `St. Lucia` -> `saint lucia`, `Côte d’Ivoire` -> `cote divoire`."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(char for char in apart if not unicodedata.combining(char) and char not in ".'’‘`´")
    words = re.findall(r"\w+", plain)
    for at in (0, -1):
        if len(words) > 1 and words[at] == "the":
            del words[at]
    if all(len(word) == 1 for word in words) and not _LIST_SEPARATOR.search(text):
        return "".join(words)  # U. S. A., but not I/O
    return " ".join(_ABBREVIATIONS.get(word, word) for word in words)


def _unknown_country(value: str) -> InvalidValue:
    if _NUMBER.fullmatch(value.strip()):
        return InvalidValue(
            f"unknown country {quote_value(value)}; numeric codes have three digits",
            "Write its English name",
            effort=_EFFORT,
        )
    guess, fix = _suggestion(value)
    return InvalidValue(f"unknown country {quote_value(value)}{guess}", HINT, fix, _EFFORT)


@functools.lru_cache(maxsize=MAX_SUGGESTIONS)  # the page's grid asks for each cell that it shows
def _suggestion(value: str) -> tuple[str, str]:
    """Return what is to be added to the message about an unknown country, and the fix if there is a clear one."""
    near = nearest_countries(value)
    guess = f"; did you mean {' or '.join(country.name for country in near)}?" if near else ""
    is_clear = len(near) == 1 and is_typo_of(value, near[0])
    return guess, values_fix(value, near[0].name) if is_clear else ""


def _has_similar_words(one: str, other: str) -> bool:
    words, others = one.split(), other.split()
    pairs = zip(words, others, strict=False)
    return len(words) == len(others) and all(spelling_similarity(a, [b]) >= SIMILAR_WORD for a, b in pairs)


def is_typo_of(text: str, country: Country) -> bool:
    """Whether the text can only be a misspelled name of the country: no abbreviation, no part, no other country."""
    if any(word.strip(".") in _ABBREVIATIONS for word in text.casefold().split()):
        return False  # "S udan" can be South Sudan, and Sudan with a blank
    folded = _fold(text)
    own = [one for one, known in _by_spelling().items() if known == country and len(one) > 3]
    others = [one for one, known in _by_spelling().items() if known != country and len(one) > 3]
    own = [one for one in own if one[0] == folded[0] and _has_similar_words(one, folded)]
    similarity = spelling_similarity(folded, own)
    is_only_one = spelling_similarity(folded, others) <= similarity - MARGIN
    return len(folded) >= MIN_TYPO_LENGTH and similarity >= TYPO and is_only_one
