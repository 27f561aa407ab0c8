"""Letters that look like Latin ones: `аnn@example.com` with a Cyrillic а is another address than it seems."""

import unicodedata

from uploader.core.identity import canonical_email, decode_domain
from uploader.mapping.invalid_value import quote_value

# A selection of Unicode's confusable characters (UTS 39): those that print like an ASCII letter in usual fonts.
_TABLE = (
    ("аеорсухіјѕһԁԛԝӏвкмнтё", "aeopcyxijshdqwlbkmhte"),
    ("АВЕКМНОРСТУХІЈЅҺԚԜӀ", "abekmhopctyxijshqwl"),
    ("αορνικυχτεηγωϳ", "aopvikuxtenywj"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"),
    ("օսհոցզ", "ouhngq"),
    ("ıİɑɡɩ", "iiagi"),
)
LOOKALIKES = {other: letter for others, letters in _TABLE for other, letter in zip(others, letters, strict=True)}
_TO_LATIN = str.maketrans(LOOKALIKES)


def lookalike_warning(address: str) -> str:
    """Return a warning about letters of another alphabet that look like Latin ones, or an empty string.

    Addresses that are written in another alphabet as a whole are fine.
    """
    local, _, domain = address.rpartition("@")
    domain = decode_domain(domain)
    has_latin_ending = domain.rpartition(".")[2].isascii()
    for part in [local, *domain.split(".")]:
        if char := _find_lookalike(part, has_latin_ending=has_latin_ending):
            alphabet = unicodedata.name(char).split()[0].title()
            kind = "a special letter" if alphabet == "Latin" else f"{alphabet}"
            comparison = f"{char!r} ({kind}), which looks like {LOOKALIKES[char]!r}"
            return f"{quote_value(address)} has {comparison}; check the address"
    return ""


def latin_lookalike(address: str) -> str:
    """Return the canonical form of the address that this one looks like, in Latin letters."""
    local, _, domain = unicodedata.normalize("NFKC", address).rpartition("@")
    return canonical_email(f"{local}@{decode_domain(domain)}".translate(_TO_LATIN))


def _find_lookalike(part: str, *, has_latin_ending: bool) -> str:
    """Return the first such letter, if the part also has Latin letters or consists of nothing else."""
    found = [char for char in part if char in LOOKALIKES]
    letters = [char for char in part if char.isalpha()]
    has_latin = any(char.isascii() for char in letters)
    return found[0] if found and (has_latin or (has_latin_ending and len(found) == len(letters))) else ""
