"""Rate how plausible a reading of a text is, by the letters of its words.

charset-normalizer alone often reads Hélène in a list of names as Hélčne, as it is made for running text.
"""

import csv
import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

# How common a language is among those of its encoding, and its letters' shares of a text.
Language = tuple[float, Mapping[str, float]]

# How often spreadsheet programs write them: Excel's "CSV" on Windows systems of these regions, and on older Macs.
# Shares are estimates; only their order of magnitude matters.
ENCODINGS: Mapping[str, float] = {
    "cp1252": 0.80,
    "cp1250": 0.05,
    "cp1251": 0.04,
    "cp1254": 0.02,
    "mac_roman": 0.02,
    "cp932": 0.02,  # Shift JIS as Windows writes it
    "gb18030": 0.02,
    "cp1253": 0.01,
    "big5": 0.01,
    "cp949": 0.01,  # EUC-KR as Windows writes it
    "cp850": 0.01,  # Excel's "CSV (MS-DOS)"
    "cp1256": 0.005,
    "cp1255": 0.005,
    "cp874": 0.002,
    "cp1257": 0.005,
}

# Chances of a character among all of a text, where no language of the table gives one.
FOREIGN_LETTER = 2e-5
PUNCTUATION = 1e-3
ODD = 1e-8  # a symbol within a word, a capital after a small letter, two scripts in one word
OF_SCRIPT = {
    "ARABIC": 1 / 40,
    "HEBREW": 1 / 30,
    "THAI": 1 / 70,
    "HIRAGANA": 1 / 150,
    "KATAKANA": 1 / 150,
    "HANGUL": 1 / 1500,
}
COMMON_HAN, RARE_HAN = 1 / 4000, 1 / 1e6

_WORD = re.compile(r"[^\W\d_]+(?:[^\s,;|\t\"\x00-\x7f][^\W\d_]*)*|[^\x00-\x7f]+")
_MARKS = frozenset("’‘“”„–—…€£«»·®™°´•¿¡ªº§№„、。・（）「」，：\u00a0")

# The lead bytes of the characters in everyday use: JIS X 0208 level 1, GB 2312 level 1, Big5 level 1.
_EVERYDAY = {"cp932": (0x88, 0x98), "gb18030": (0xB0, 0xD8), "big5": (0xA4, 0xC7), "cp949": (0xB0, 0xFE)}


def likelihood(text: str, encoding: str) -> float:
    """The logarithm of how likely it is that this was meant: of the encoding, times that of each distinct word with
    other than ASCII letters in it, in the language of the encoding that fits the word best."""
    words = {word for word in _WORD.findall(text) if not word.isascii()}
    return math.log(ENCODINGS[encoding]) + sum(_of_word(word, encoding) for word in words)


def find_difference(text: str, other: str) -> tuple[str, str]:
    """The first word that two readings of the same bytes have differently, for a person to judge."""
    pairs = zip(re.split(r"[,;|\t\r\n\"]+", text), re.split(r"[,;|\t\r\n\"]+", other), strict=False)
    return next(((one.strip(), two.strip()) for one, two in pairs if one != two), ("", ""))


def _of_word(word: str, encoding: str) -> float:
    chars = [char for char in word if not char.isascii()]
    in_language = [
        math.log(weight) + sum(math.log(_chance(char, shares, encoding)) for char in chars)
        for weight, shares in _languages()[encoding]
    ]
    return max(in_language) + _strangeness(word) * math.log(ODD)


def _chance(char: str, shares: Mapping[str, float], encoding: str) -> float:
    """Of one character that is not ASCII, in a language."""
    if known := shares.get(char.lower()):
        return known
    if char in _MARKS:
        return PUNCTUATION
    if not char.isalpha():
        return ODD
    script = unicodedata.name(char, "").split()[0]
    if script == "CJK":
        return COMMON_HAN if _is_everyday(char, encoding) else RARE_HAN
    if script == "HANGUL" and not _is_everyday(char, encoding):
        return RARE_HAN
    return OF_SCRIPT.get(script, FOREIGN_LETTER)


def _is_everyday(char: str, encoding: str) -> bool:
    low, high = _EVERYDAY.get(encoding, (0, 0))
    lead, *trail = char.encode(encoding)
    return low <= lead < high and (encoding != "cp949" or trail[0] > 0xA0)


def _strangeness(word: str) -> float:
    """How much in a word is unlike words: symbols between letters, capitals after small letters, mixed scripts."""
    letters = "".join(filter(str.isalpha, word))
    pairs = list(itertools.pairwise(letters))
    capitals = sum(before.islower() and after.isupper() for before, after in pairs)
    within = sum(not char.isalpha() and char not in "’‘·´" for char in word[1:-1])
    turned = any(not before.isascii() and before.islower() and after.isupper() for before, after in pairs)
    alone = 0.25 if len(word) == 1 and letters else 0  # some languages have such words
    return (capitals > 1 or turned) + within + (len(set(_scripts(letters))) > 1) + alone


def _scripts(letters: str) -> Iterator[str]:
    """The scripts of letters; those that Japanese mixes count as one."""
    for char in letters:
        script = unicodedata.name(char, "?").split()[0]
        yield "CJK" if script in {"HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"} else script


@functools.cache
def _languages() -> Mapping[str, list[Language]]:
    """The languages of each encoding, from letter_frequencies.csv.

    It holds per cents: those of Wikipedia's "Letter frequency" where it has the language, else estimates.
    """
    found: dict[str, list[Language]] = {}
    for row in csv.DictReader(Path(__file__).with_name("letter_frequencies.csv").read_text("utf-8").splitlines()):
        parts = row["letters"].split()
        shares = {letter: float(share) / 100 for letter, share in zip(parts[::2], parts[1::2], strict=True)}
        found.setdefault(row["encoding"], []).append((float(row["weight"]), shares))
    return {encoding: found.get(encoding, [(1.0, {})]) for encoding in ENCODINGS}
