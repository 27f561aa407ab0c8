"""How likely a word is in a language, by its letters.

languages.csv has the languages with their encodings, domains, calling codes, countries and words for headers;
trigrams.txt has how often three letters follow each other in each (tests/benchmarks/train_languages.py).
"""

import csv
import functools
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TRIGRAMS = Path(__file__).with_name("trigrams.txt")

# Languages whose writing systems have thousands of characters: these are counted one by one.
BY_CHARACTER = frozenset({"ja", "zh", "zt", "ko"})

# The trigrams' logarithms are whole numbers of this fraction.
STEPS = 4

# Chance of a letter after any two others, where a language has no example.
UNSEEN = 1e-5

# Letters that some encodings lack, and what is written instead; all kinds of apostrophes are one.
_ALIKE = str.maketrans({**dict.fromkeys("'`´ʼ", "’"), **dict(zip("șțȘȚیکى", "şţŞŢيكي", strict=True)), "ŀ": "l·"})


@dataclass(frozen=True)
class Language:
    """A language, and what shows that a list of leads is in it.

    Attributes:
        code: ISO 639-1, but `zt` for traditional Chinese.
        share: How common it is in lists of leads: only the order of magnitude matters.
        fit: The mean logarithm of the chance of a letter in words that the statistics have never seen.
        encodings: Names of groups of encodings, or of one.
        domains: Top-level domains of its countries.
        calling: Calling codes of its countries.
        countries: Names of its countries in English, in the language, and as ISO codes.
        headers: Usual column names.
    """

    code: str
    share: float
    fit: float
    encodings: tuple[str, ...]
    domains: tuple[str, ...]
    calling: tuple[str, ...]
    countries: tuple[str, ...]
    headers: tuple[str, ...]


def _read_languages() -> list[Language]:
    rows = csv.DictReader(Path(__file__).with_name("languages.csv").read_text("utf-8").splitlines())
    return [
        Language(
            row["language"],
            float(row["share"]),
            float(row["fit"]),
            tuple(row["encodings"].split()),
            tuple(row["domains"].split()),
            tuple(row["calling"].split()),
            tuple(row["countries"].split("|")),
            tuple(row["headers"].split("|")),
        )
        for row in rows
    ]


LANGUAGES = _read_languages()


def normalize(text: str) -> str:
    """Return a text in lower case, with letters and accents joined and variants of letters as one."""
    return unicodedata.normalize("NFC", text).translate(_ALIKE).lower().replace("i̇", "i")


def log_probability(word: str, code: str) -> float:
    """Return the natural logarithm of the chance that a word of a language is this one.

    Args:
        word: Letters only, from `normalize`.
        code: The language.
    """
    return _log_probability(word, code)


@functools.lru_cache(maxsize=100_000)
def _log_probability(word: str, code: str) -> float:
    table = _model(code)
    if code in BY_CHARACTER:
        return sum(table[char] if char in table else _unseen_character(char, code) for char in word) + table[" "]
    padded = f"  {word} "
    total = 0.0
    for at in range(2, len(padded)):
        trigram = padded[at - 2 : at + 1]
        if (known := table.get(trigram)) is not None:
            total += known
        elif (known := table.get(trigram[1:])) is not None:
            total += known - 1.0
        else:
            total += table.get(trigram[2], math.log(UNSEEN)) - 2.5
    return total


def _unseen_character(char: str, code: str) -> float:
    if char.isascii():
        return -6.0
    first, last, encoding = _EVERYDAY[code]
    try:
        lead, *trail = char.encode(encoding)
    except UnicodeEncodeError:
        return -15.0
    if len(trail) != 1:
        return -12.0
    return -10.5 if first <= lead <= last and (code != "ko" or trail[0] > 0xA0) else -14.0


# First bytes of the characters in everyday use: JIS X 0208 level 1, GB 2312 level 1, Big5 level 1, KS X 1001.
_EVERYDAY = {
    "ja": (0x81, 0x97, "cp932"),
    "zh": (0xB0, 0xD7, "gbk"),
    "zt": (0xA4, 0xC6, "big5"),
    "ko": (0xB0, 0xC8, "cp949"),
}


@functools.cache
def _lines() -> Mapping[str, list[list[str]]]:
    """Return the parts of the lines of trigrams.txt by language."""
    found: dict[str, list[list[str]]] = {}
    for line in TRIGRAMS.read_text("utf-8").split("\n")[:-1]:
        parts = line.split("\t")
        found.setdefault(parts[0], []).append(parts)
    return found


@functools.cache
def _model(code: str) -> Mapping[str, float]:
    """Return the logarithm of the chance of each n-gram's last character."""
    table: dict[str, float] = {}
    for _, size, level, ngrams in _lines()[code]:
        length = int(size)
        keys = [ngrams[at : at + length] for at in range(0, len(ngrams), length)]
        table.update(dict.fromkeys(keys, -int(level) / STEPS))
    return table
