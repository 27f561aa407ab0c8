"""The transform `country`, and the table of countries with their ISO 3166-1 codes and usual names."""

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uploader.core.did_you_mean import similar_spellings
from uploader.mapping.list_file import read_rows
from uploader.mapping.transforms.invalid_value import InvalidValue, quote_value, values_fix
from uploader.mapping.transforms.options import Options, Transform


@dataclass(frozen=True, slots=True)
class Country:
    """A country or territory. `other_names` are in English, German, French, Spanish and its own language."""

    alpha2: str
    alpha3: str
    name: str
    other_names: tuple[str, ...]


class CountryOptions(Options):
    """`to`: what to send, the name that forms commonly use or an ISO code."""

    to: Literal["name", "alpha2", "alpha3"] = "name"

    def transform(self) -> Transform:
        """Return a transform from any spelling of a country to its name or code."""
        to = self.to

        def country(value: str) -> str:
            found = find_country(value)
            if found is None:
                raise _unknown_country(value)
            return str(getattr(found, to))

        return country


# "Not available" is not Namibia, unless it is written as its code.
_NOT_AVAILABLE = re.compile(r"#?\s*n\s*[./\\]\s*a\s*\.?", re.IGNORECASE)
_LIST_SEPARATOR = re.compile(r"[/\\|,;+]")


def find_country(text: str) -> Country | None:
    """Return the country with this code or name, or None. Case, accents and punctuation make no difference.

    `NA` is Namibia.
    """
    return None if _NOT_AVAILABLE.fullmatch(text.strip()) else _by_spelling().get(_fold(text))


def nearest_countries(text: str, limit: int = 3) -> list[Country]:
    """Return the countries whose name contains the text (`Korea`) or is spelled almost like it, the nearest first."""
    folded = _fold(text)
    spellings = [spelling for spelling in _by_spelling() if len(spelling) > 3]
    near = [spelling for spelling in spellings if folded and f" {folded} " in f" {spelling} "]
    near += similar_spellings(folded, spellings, cutoff=80, limit=9)
    return list(dict.fromkeys(_by_spelling()[spelling] for spelling in near))[:limit]


@functools.cache
def countries() -> Sequence[Country]:
    """Return the 249 countries of ISO 3166-1, and Kosovo as XK, the code that phone and postal systems use for it."""
    rows = read_rows(Path(__file__).with_name("countries.csv"), ";")[1:]
    return tuple(Country(a2, a3, name, tuple(filter(None, others.split("|")))) for a2, a3, name, others in rows)


@functools.cache
def _by_spelling() -> dict[str, Country]:
    return {
        _fold(spelling): country
        for country in countries()
        for spelling in (*country.other_names, country.name, country.alpha3, country.alpha2)
    }


def _fold(text: str) -> str:
    """`The U.S. of A.` -> `us of a`, `St. Lucia` -> `saint lucia`, `Côte d’Ivoire` -> `cote divoire`."""
    apart = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(char for char in apart if not unicodedata.combining(char) and char not in ".'’‘`´")
    words = re.findall(r"\w+", plain)
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if all(len(word) == 1 for word in words) and not _LIST_SEPARATOR.search(text):
        return "".join(words)  # U. S. A., but not I/O
    return " ".join("saint" if word == "st" else word for word in words)


def _unknown_country(value: str) -> InvalidValue:
    near = nearest_countries(value)
    guess = f"; did you mean {' or '.join(country.name for country in near)}?" if near else ""
    return InvalidValue(
        f"unknown country {quote_value(value)}{guess}",
        "Write its English name or ISO code, or map it under `values`",
        values_fix(value, near[0].name) if len(near) == 1 else "",
    )
