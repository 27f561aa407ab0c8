"""The transform `name`: the first name, the last name, or the rest of a full name."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field, field_validator

from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.transforms.options import Options, Transform
from uploader.mapping.transforms.title import PARTICLES

PARTS = ("first", "last", "rest")

# Words are compared without case and full stops. Those that are also names (Don, Mag, Ma, Do) are left out.
_TITLE_WORDS = """
    mr mrs ms miss mx dr dra prof profa professor sir dame rev herr herrn frau fräulein hr ing dipling dring drmed mme
    mlle monsieur madame mademoiselle sr sra srta señor señora señorita dott dottssa sig sigra signor signora dhr mevr
    mw drs ir
"""
_SUFFIX_WORDS = """
    jr sr jnr snr junior senior ii iii iv 2nd 3rd 4th phd md mba msc bsc dds esq cpa cfa pmp llm llb jd rn obe mbe cbe
"""
# They belong to the name that follows them, as those that `title` knows.
_MORE_PARTICLES = """
    an ap auf aw ben dal dalla das degli dei dell dem het lo mac mc op 't st saint santa te de' d' l' abu abo bou
    بن ابن بنت ال أبو
"""
_TITLES, _SUFFIXES = frozenset(_TITLE_WORDS.split()), frozenset(_SUFFIX_WORDS.split())
_PARTICLES = PARTICLES | frozenset(_MORE_PARTICLES.split())
_BETWEEN = frozenset({"y", "e", "i"})  # join the two parts of a double last name, as in Ortega y Gasset
_BIRTH_NAME = frozenset({"née", "nee", "né", "geb", "geborene", "geborener", "born", "roz"})
_SEVERAL = re.compile(r"[&/;|]|\s(?:and|und|et|y su)\s", re.IGNORECASE)
_NO_NAME = re.compile(r"[@\d<>=_#*?!]")
_ORDINAL = re.compile(r"(?<!\S)(?:2nd|3rd|4th)(?!\S)", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|[\"“”„][^\"“”„]*[\"“”„]")
# In Russian lists the family name often stands first; a patronymic at the end shows that.
_PATRONYMIC = re.compile(r"[А-яЁёІіЇї]+(?:вич|вна|чна|ьич)", re.IGNORECASE)
_HINT = "Write first and last name in the cell, as in Ann Lee or Lee, Ann"


class FullName(NamedTuple):
    """A full name in parts. The rest are middle names, titles and suffixes; together they have every word of it."""

    first: str
    last: str
    rest: str


class NameOptions(Options):
    """`first`, `last`, or `rest` (middle names, titles) of a full name, as in `{name: first}`."""

    bare_option: ClassVar[str] = "part"

    part: Literal["first", "last", "rest"] = Field(description="first, last or rest")

    @field_validator("part", mode="before")
    @classmethod
    def _check_part(cls, part: object) -> object:
        if part not in PARTS:
            raise ValueError("write {name: first}, {name: last} or {name: rest}")
        return part

    def transform(self) -> Transform:
        """Return a transform from a full name to one of its parts."""
        part = self.part
        return lambda value: str(getattr(split_name(value), part))


@lru_cache(maxsize=4096)  # two or three fields are made from one column
def split_name(text: str) -> FullName:
    """Split a full name: `Ann Lee`, `Ludwig van Beethoven`, `Lee, Ann`, `Dr. Ann B. Lee, PhD`.

    The last word is the last name, with the particles before it; after a comma stands the first name. Names that are
    joined by hyphens are one.

    Raises:
        InvalidValue: It is a single word, or which of its words is the first name can't be known.
    """
    _refuse_unclear(text)
    asides = [aside.group() for aside in _ASIDE.finditer(text)]
    segments = [_words(segment) for segment in re.split("[,،]", _ASIDE.sub(" ", text))]
    suffixes: list[str] = []
    while len(segments) > 1 and all(_fold(word) in _SUFFIXES for word in segments[-1]):
        suffixes = [*segments.pop(), *suffixes]
    if len(segments) > 2:
        raise InvalidValue(f"{quote_value(text)} has several commas, so it can't be split into names", _HINT)
    first, last, rest = _split_turned(*segments) if len(segments) == 2 else _split_words(segments[0])
    if not all(any(map(str.isalpha, " ".join(words))) for words in (first, last)):
        raise InvalidValue(f"{quote_value(text)} is a single name: first or last name is missing", _HINT)
    return FullName(" ".join(first), " ".join(last), " ".join([*rest, *asides, *suffixes]))


def can_split(text: str) -> bool:
    """Whether a text is a full name that can be split."""
    try:
        split_name(text)
    except InvalidValue:
        return False
    return True


@cache
def _east_asian() -> re.Pattern[str]:
    """Return what matches a letter of names with the family name first, and often without a blank.

    It is compiled when it is first needed, as that takes milliseconds.
    """
    return re.compile("[\u2e80-\u30ff\u3100-\u318f\u31a0-\u31bf\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")


def _refuse_unclear(text: str) -> None:
    """Raises InvalidValue for a text in which it would be a guess which word is the first name."""
    if _east_asian().search(text):
        raise InvalidValue(
            f"{quote_value(text)} may begin with the family name",
            "Put first and last name into columns of their own",
        )
    if _SEVERAL.search(text):
        raise InvalidValue(
            f"{quote_value(text)} seems to name several people",
            "Write each person in a row of their own; in a report, keep one and upload the others in a new file",
        )
    if _NO_NAME.search(_ORDINAL.sub("", text)):
        raise InvalidValue(f"{quote_value(text)} is not a person's name", _HINT)


def _words(text: str) -> list[str]:
    """Return the words of a text; a hyphen between blanks joins two."""
    return re.sub(r"(?<=\w)\s*([-‐‑])\s+(?=\w)|(?<=\w)\s+([-‐‑])\s*(?=\w)", r"\1\2", text).split()


def _fold(word: str) -> str:
    """Return a word without case, full stops and hyphens: `Dipl.-Ing.` -> `dipling`."""
    return word.casefold().replace(".", "").replace("-", "").replace("’", "'")


def _split_turned(family: Sequence[str], given: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Split `Lee, Ann B.` and `Beethoven, Ludwig van`: what stands before the comma is the last name as a whole."""
    before, family, after = _strip(family)
    titles, given, more = _strip(given)
    end = len(given)
    while end > 1 and _is_particle(given[end - 1]):
        end -= 1
    return [*given[:1]], [*given[end:], *family], [*before, *titles, *given[1:end], *more, *after]


def _split_words(words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Split `Ann B. Lee`: the last word is the last name, with the particles before it."""
    birth = next((at for at, word in enumerate(words) if at > 1 and _fold(word) in _BIRTH_NAME), len(words))
    titles, names, suffixes = _strip(words[:birth])
    if len(names) < 2 or (names[0].islower() and _is_particle(names[0])):  # `van Gogh` has no first name
        return [], names, []
    if len(names) == 3 and _PATRONYMIC.fullmatch(names[2]) and not _PATRONYMIC.fullmatch(names[1]):
        return [names[1]], [names[0]], [*titles, names[2], *suffixes]
    begin = len(names) - 1
    while begin > 1 and _is_particle(names[begin - 1]):
        begin -= 1
    if begin > 2 and _joins_names(names[begin - 1], names):
        begin -= 2
    return names[:1], names[begin:], [*titles, *names[1:begin], *suffixes, *words[birth:]]


def _strip(words: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the titles before a name, the name, and the suffixes behind it."""
    names = list(words)
    titles: list[str] = []
    suffixes: list[str] = []
    while names and _fold(names[0]) in _TITLES:
        titles.append(names.pop(0))
    while len(names) > 1 and _fold(names[-1]) in _SUFFIXES:
        suffixes.insert(0, names.pop())
    return titles, names, suffixes


def _is_particle(word: str) -> bool:
    return _fold(word) in _PARTICLES


def _joins_names(word: str, names: Sequence[str]) -> bool:
    """Whether a word is the `y` of a double last name; a capital, or a letter among small ones, is an initial."""
    if word in {"Y", "y"} and "".join(names).isupper() == word.isupper():
        return True
    return word in _BETWEEN and not "".join(names).islower()
