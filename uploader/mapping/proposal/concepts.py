"""What a column or a form field is about, as far as its name tells."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from uploader.mapping.proposal.name_tokens import read_toml, split, vocabulary

PLACES = ("work", "home", "other", "company")
_OPT_OUT = re.compile(
    r"opt(ed)?out|unsub|donot|dontc|suppress|blacklist|abgemeld|widerspruch|widerruf|desabon|desinscri"
)
_PARTS = re.compile(r"\s*(?:[/|]|\bor\b|\boder\b|\bou\b)\s*")
_PARTS_OF_ADDRESSES = {"address_2", "city", "postcode", "state", "country", "post_box"}


@dataclass(frozen=True)
class Meaning:
    """`concept` is a section of aliases.toml, or "" where the name says nothing; `place` is one of PLACES, or "".

    `weak`: the name can also mean something else. `foreign`: it is about someone or something else altogether.
    """

    concept: str = ""
    place: str = ""
    number: int = 1
    weak: bool = False
    foreign: bool = False


@cache
def meaning(name: str) -> Meaning:
    """The meaning of a name by itself: `Company Phone 2` is a telephone, of a company, the second."""
    words = split(name)
    found = _known(words.words) or _refused(words.key) or _in_parts(name) or _qualified(words.words)
    found = replace(found or _negated(words.words) or _sentence(words.words) or Meaning(), number=words.number)
    if found.concept == "address" and words.number > 1:
        return replace(found, concept="address_2", number=words.number - 1)
    return found


@cache
def cells_of(concept: str) -> str:
    """What the cells of a concept look like, as aliases.toml says; "" where nothing is known."""
    return str(read_toml("aliases.toml").get(concept, {}).get("cells", ""))


@cache
def keys_of(concept: str) -> tuple[str, ...]:
    """All keys of a concept."""
    return tuple(key for key, found in _aliases().items() if found.concept == concept)


@cache
def _aliases() -> dict[str, Meaning]:
    """Key -> meaning. A name that surely means one thing keeps it, whatever it may mean besides."""
    table: dict[str, Meaning] = {}
    for weak in (False, True):
        for concept, section in read_toml("aliases.toml").items():
            for kind, names in section.items():
                if kind != "cells" and weak == (kind == "likely"):
                    for name in names:
                        table.setdefault(split(name).key, Meaning(concept, weak=weak))
    return table


def _known(words: Sequence[str]) -> Meaning | None:
    return _aliases().get("".join(words))


def _refused(key: str) -> Meaning | None:
    return Meaning("opt_out", weak=True) if _OPT_OUT.search(key) else None


def _in_parts(name: str) -> Meaning | None:
    """`Postcode / ZIP`: where all parts mean the same."""
    found = [_known(split(part).words) for part in _PARTS.split(name)]
    first = found[0]
    if len(found) < 2 or first is None or any(one is None or one.concept != first.concept for one in found):
        return None
    return first


def _qualified(words: Sequence[str]) -> Meaning | None:
    """A known name with words around it that tell whose it is: the longest such."""
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            rest = [*words[:start], *words[start + length :]]
            found = _known(words[start : start + length])
            if found and all(_is_qualifier(word, found.concept) for word in rest):
                place = next((place for place in PLACES for word in rest if word in vocabulary(place)), "")
                return replace(found, place=place)
    if any(word in vocabulary("foreign") for word in words) or (words and words[-1] in vocabulary("about")):
        return Meaning(foreign=True)
    return None


def _is_qualifier(word: str, concept: str) -> bool:
    if word in {"address", "adresse"}:
        return concept in _PARTS_OF_ADDRESSES
    return any(word in vocabulary(kind) for kind in ("plain", *PLACES))


def _negated(words: Sequence[str]) -> Meaning | None:
    """`No newsletter, please` must not be taken for a consent."""
    return Meaning("opt_out", weak=True) if any(word in vocabulary("negative") for word in words) else None


def _sentence(words: Sequence[str]) -> Meaning | None:
    """`I agree to the terms and conditions` is about the terms."""
    if len(words) < 3 or not any(word in vocabulary("consent") for word in words):
        return None
    return Meaning("terms" if any(word in vocabulary("terms") for word in words) else "opt_in", weak=True)
