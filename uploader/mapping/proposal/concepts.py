"""What a column or form field means, by its name alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from uploader.mapping.proposal.name_tokens import read_toml, tokenize, vocabulary

PLACES = ("work", "home", "other", "company")
_OPT_OUT = re.compile(
    r"opt(ed)?out|unsub|donot|dontc|suppress|blacklist|abgemeld|widerspruch|widerruf|desabon|desinscri"
)
_PARTS = re.compile(r"\s*(?:[/|]|\bor\b|\boder\b|\bou\b)\s*")
_PARTS_OF_ADDRESSES = {"address_2", "city", "postcode", "state", "country", "post_box"}


@dataclass(frozen=True)
class NameMeaning:
    """The meaning of a column's or field's name.

    Attributes:
        concept: A section of aliases.toml, or "" if the name is unknown.
        place: One of `PLACES`, or "".
        number: Which of several it is: 2 for `Phone 2`.
        ambiguous: Whether the name can also mean something else.
        foreign: Whether it is about someone or something else altogether.
    """

    concept: str = ""
    place: str = ""
    number: int = 1
    ambiguous: bool = False
    foreign: bool = False


@cache
def meaning_of(name: str) -> NameMeaning:
    """Return the meaning of a name by itself: `Company Phone 2` is the second phone of a company."""
    tokens = tokenize(name)
    found = _known(tokens.words) or _opt_out(tokens.key) or _in_parts(name) or _qualified(tokens.words)
    found = found or _negated(tokens.words) or _sentence(tokens.words) or NameMeaning()
    found = replace(found, number=tokens.number)
    if found.concept == "address" and tokens.number > 1:
        return replace(found, concept="address_2", number=tokens.number - 1)
    return found


@cache
def cell_kind_of(concept: str) -> str:
    """Return what the cells of a concept look like according to aliases.toml, or ""."""
    return str(read_toml("aliases.toml").get(concept, {}).get("cells", ""))


@cache
def keys_of(concept: str) -> tuple[str, ...]:
    """Return all known names of a concept, as keys."""
    return tuple(key for key, found in _aliases().items() if found.concept == concept)


@cache
def _aliases() -> dict[str, NameMeaning]:
    """Return the meaning by key. A name with one certain meaning keeps it, whatever else it could mean."""
    table: dict[str, NameMeaning] = {}
    for ambiguous in (False, True):
        for concept, section in read_toml("aliases.toml").items():
            for kind, names in section.items():
                if kind != "cells" and ambiguous == (kind == "likely"):
                    for name in names:
                        table.setdefault(tokenize(name).key, NameMeaning(concept, ambiguous=ambiguous))
    return table


def _known(words: Sequence[str]) -> NameMeaning | None:
    return _aliases().get("".join(words))


def _opt_out(key: str) -> NameMeaning | None:
    return NameMeaning("opt_out", ambiguous=True) if _OPT_OUT.search(key) else None


def _in_parts(name: str) -> NameMeaning | None:
    """`Postcode / ZIP`: known if all parts mean the same."""
    found = [_known(tokenize(part).words) for part in _PARTS.split(name)]
    first = found[0]
    if len(found) < 2 or first is None or any(one is None or one.concept != first.concept for one in found):
        return None
    return first


def _qualified(words: Sequence[str]) -> NameMeaning | None:
    """Find the longest known name with words around it that say whose it is: `Work Phone`."""
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            rest = [*words[:start], *words[start + length :]]
            found = _known(words[start : start + length])
            if found and all(_is_qualifier(word, found.concept) for word in rest):
                place = next((place for place in PLACES for word in rest if word in vocabulary(place)), "")
                return replace(found, place=place)
    if any(word in vocabulary("foreign") for word in words) or (words and words[-1] in vocabulary("about")):
        return NameMeaning(foreign=True)
    return None


def _is_qualifier(word: str, concept: str) -> bool:
    if word in {"address", "adresse"}:
        return concept in _PARTS_OF_ADDRESSES
    return any(word in vocabulary(kind) for kind in ("plain", *PLACES))


def _negated(words: Sequence[str]) -> NameMeaning | None:
    """`No newsletter, please` must not be taken for consent."""
    return NameMeaning("opt_out", ambiguous=True) if any(word in vocabulary("negative") for word in words) else None


def _sentence(words: Sequence[str]) -> NameMeaning | None:
    """`I agree to the terms and conditions` is about the terms, other sentences are consent."""
    if len(words) < 3 or not any(word in vocabulary("consent") for word in words):
        return None
    return NameMeaning("terms" if any(word in vocabulary("terms") for word in words) else "opt_in", ambiguous=True)
