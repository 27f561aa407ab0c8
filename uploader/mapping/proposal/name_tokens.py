"""A name as words: without case, accents, numbering and what forms and exports hang on to it."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_NUMBERING = re.compile(r"^\s*(?:[qf]?\d{1,3}\s*[.):]|#?\d{1,3}\s*[-–]\s)\s*(?=\D)", re.IGNORECASE)
_DEMAND = re.compile(
    r"[(\[]\s*(?:required|mandatory|optional|pflichtfeld|pflicht|obligatoire|facultatif|obligatorio|opcional|"
    r"obbligatorio|verplicht)\s*[)\]]",
    re.IGNORECASE,
)
_CUSTOM = re.compile(r"__[cr]$", re.IGNORECASE)  # Salesforce marks custom fields
_CAMEL = re.compile(r"(?<=[^\W\d_A-ZÀ-Þ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][^\W\d_A-ZÀ-Þ])")
_ELISION = re.compile(r"\b[dl]['’](?=\w)|['’](?=s\b)", re.IGNORECASE)  # d'activité; assistant's
_WORD = re.compile(r"[^\W\d_]+|\d+")
# Umlauts are written out by some, and left out by others.
_UMLAUT = re.compile(r"(?<=[aou])e")
NUMBERS = frozenset("0123456789")


@dataclass(frozen=True)
class Words:
    """The words of a name, and the number in it (`Phone 2 - Value`: 2), which is 1 where there is none."""

    words: tuple[str, ...]
    number: int = 1

    @property
    def key(self) -> str:
        """The same for `First Name`, `first_name`, `firstName` and `FIRSTNAME *`."""
        return "".join(self.words)


@cache
def split(name: str) -> Words:
    """`E-mail 2 - Value` -> (`e`, `mail`, `value`), 2. Numbers from 10 on are words."""
    text = unicodedata.normalize("NFKC", name)
    text = _ELISION.sub("", _CUSTOM.sub("", _DEMAND.sub(" ", _NUMBERING.sub("", text))))
    words = [plain(word) for word in _WORD.findall(_CAMEL.sub(" ", text))]
    numbers = [int(word) for word in words if word in NUMBERS]
    named = [word for word in words if word not in NUMBERS]
    telling = [word for word in named if word not in vocabulary("glue")]
    return Words(tuple(telling or named), max(numbers[-1], 1) if numbers else 1)


def plain(word: str) -> str:
    """`Straße` -> `strasse`, `Länder` and `Laender` -> `lander`."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return _UMLAUT.sub("", bare)


@cache
def vocabulary(kind: str) -> frozenset[str]:
    """The words of one kind in qualifiers.toml, plain."""
    return frozenset(plain(word) for word in str(read_toml("qualifiers.toml")[kind]).split())


@cache
def read_toml(name: str) -> dict[str, Any]:
    """A table of words that lies in this folder."""
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
