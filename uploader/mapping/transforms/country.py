"""Countries by their ISO 3166-1 codes and by what people call them."""

import csv
import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted, values_fix
from uploader.mapping.transforms.options import Options, Transform


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory; `other_names` are in English, German, French, Spanish and its own language."""

    alpha2: str
    alpha3: str
    name: str
    other_names: tuple[str, ...]


class CountryOptions(Options):
    """What to write: the name that forms commonly use, or an ISO code."""

    to: Literal["name", "alpha2", "alpha3"] = "name"

    def transform(self) -> Transform:
        """Any spelling of a country -> its name or code."""
        to = self.to

        def country(value: str) -> str:
            found = find_country(value)
            if found is None:
                raise _unknown(value)
            return str(getattr(found, to))

        return country


# "Not available" is no code of Namibia, unless it is written as one.
_NONE = re.compile(r"#?\s*n\s*[./\\]\s*a\s*\.?", re.IGNORECASE)
_LISTED = re.compile(r"[/\\|,;+]")


def find_country(text: str) -> Country | None:
    """The country of a code or name, without regard to case, accents and punctuation. `NA` is Namibia."""
    return None if _NONE.fullmatch(text.strip()) else _by_spelling().get(_fold(text))


def nearest_countries(text: str, limit: int = 3) -> list[Country]:
    """The countries with a name that holds the text's words (`Korea`) or is most like it; empty when none is near."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only when something is wrong

    folded = _fold(text)
    spellings = [spelling for spelling in _by_spelling() if len(spelling) > 3]
    near = [spelling for spelling in spellings if folded and f" {folded} " in f" {spelling} "]
    near += [name for name, _, _ in process.extract(folded, spellings, scorer=fuzz.ratio, score_cutoff=80, limit=9)]
    return list(dict.fromkeys(_by_spelling()[spelling] for spelling in near))[:limit]


@functools.cache
def countries() -> Sequence[Country]:
    """ISO 3166-1's 249, and Kosovo under XK, the code that phone and postal systems use for it."""
    text = Path(__file__).with_name("countries.csv").read_text("utf-8")
    rows = csv.reader(text.splitlines()[1:], delimiter=";")
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
    if all(len(word) == 1 for word in words) and not _LISTED.search(text):
        return "".join(words)  # U. S. A., but not I/O
    return " ".join("saint" if word == "st" else word for word in words)


def _unknown(value: str) -> InvalidValue:
    near = nearest_countries(value)
    nearest = f"; nearest: {', '.join(country.name for country in near)}" if near else ""
    return InvalidValue(
        f"{quoted(value)} is not a country known here{nearest}",
        "Write its English name or ISO code, or map it under `values`",
        values_fix(value, near[0].name) if len(near) == 1 else "",
    )
