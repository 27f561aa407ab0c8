"""Split a column's or field's name into words, without case, accents, numbering and additions by exports."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_NUMBERING = re.compile(r"^\s*(?:[qf]?\d{1,3}\s*[.):]|#?\d{1,3}\s*[-–]\s)\s*(?=\D)", re.IGNORECASE)
_REQUIRED_MARK = re.compile(
    r"[(\[]\s*(?:required|mandatory|optional|pflichtfeld|pflicht|obligatoire|facultatif|obligatorio|opcional|"
    r"obbligatorio|verplicht)\s*[)\]]",
    re.IGNORECASE,
)
_CUSTOM_FIELD = re.compile(r"__[cr]$", re.IGNORECASE)  # Salesforce marks custom fields
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])")
_ELISION = re.compile(r"\b[dl]['’](?=\w)|['’](?=s\b)", re.IGNORECASE)  # d'activité; assistant's
_WORD = re.compile(r"[^\W\d_]+|\d+")
# Umlauts are written as ae, oe, ue by some, and without the e by others.
_UMLAUT = re.compile(r"(?<=[aou])e")
NUMBERS = frozenset("0123456789")


@dataclass(frozen=True)
class NameTokens:
    """The words of a name, and its number: 2 for `Phone 2 - Value`, 1 by default."""

    words: tuple[str, ...]
    number: int = 1

    @property
    def key(self) -> str:
        """The same for `First Name`, `first_name`, `firstName` and `FIRSTNAME *`."""
        return "".join(self.words)


@cache
def tokenize(name: str) -> NameTokens:
    """`E-mail 2 - Value` -> (`e`, `mail`, `value`), 2. Numbers of two digits are words."""
    text = unicodedata.normalize("NFKC", name)
    text = _ELISION.sub("", _CUSTOM_FIELD.sub("", _REQUIRED_MARK.sub(" ", _NUMBERING.sub("", text))))
    words = [simplify(word) for word in _WORD.findall(_CAMEL.sub(" ", text))]
    numbers = [int(word) for word in words if word in NUMBERS]
    named = [word for word in words if word not in NUMBERS]
    significant = [word for word in named if word not in vocabulary("glue")]
    return NameTokens(tuple(significant or named), max(numbers[-1], 1) if numbers else 1)


def simplify(word: str) -> str:
    """`Straße` -> `strasse`, `Länder` and `Laender` -> `lander`."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return _UMLAUT.sub("", bare)


@cache
def vocabulary(kind: str) -> frozenset[str]:
    """Return the words of one kind in qualifiers.toml, simplified."""
    return frozenset(simplify(word) for word in str(read_toml("qualifiers.toml")[kind]).split())


@cache
def read_toml(name: str) -> dict[str, Any]:
    """Read a table of words from this folder."""
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
