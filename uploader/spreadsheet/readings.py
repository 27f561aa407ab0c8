"""Readings of the bytes of a text file in different encodings, and which of them can be text at all."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from uploader.spreadsheet.language_models import normalize

# A run of letters and of characters that are not ASCII, with at least one of the latter.
# Written as what it is not, which compiles in a thirtieth of the time.
_TOKEN = re.compile(r"[^\x00-&(-@\[-_{-\x7f]*[^\x00-\x7f][^\x00-&(-@\[-_{-\x7f]*")
_SPACES = re.compile("[\u2000-\u200b\u202f\u3000]+")

_QUOTED = re.compile(r"(?<!\w)([“„”«»‹›‘])([^“”„‘«»‹›,;|\t\r\n]{1,200})([“”’»«›‹])(?!\w)")
_QUOTE_PAIRS = frozenset({"“”", "„“", "„”", "””", "«»", "»«", "‹›", "›‹", "‘’"})
_HALF_WIDTH = re.compile("[\uff65-\uffdc]+")

# Distinct tokens of a reading that are examined: more would only take time.
MAX_TOKENS = 300

# Symbols of everyday text; those that may stand before a word, and after one.
_COMMON = frozenset("“”„‘’‚–—…«»‹›•·®©™°ºª´¿¡§№€£²³½¼¾×¥¢µ±")
_BEFORE = frozenset("“„‘’«‹•№¿¡–—°µ")
_AFTER = frozenset("“”’»›…®©™°ºª²³")
_QUOTES = frozenset("“”„«»‹›‘")
_APOSTROPHES = frozenset("'`’´ʼ")

# Costs as natural logarithms of a chance.
COMMON_SYMBOL, RARE_SYMBOL, WIDE_SYMBOL, FLAW = 6.5, 12.0, 5.0, 15.0
ODD_CASE, SMALL_INITIAL, HALF_WIDTH_WORD, CUT_OFF, DEGREE = 6.0, 2.0, 4.0, 9.0, 4.5


@dataclass(frozen=True)
class Token:
    """A run of letters and symbols with at least one character that is not ASCII.

    Attributes:
        words: Its words in lower case.
        cost: What its symbols and the case of its letters cost.
        has_flaw: Whether it has symbols within a word, control characters, or letters of several alphabets.
    """

    words: tuple[str, ...]
    cost: float
    has_flaw: bool


def examine_tokens(text: str, limit: int = MAX_TOKENS) -> list[Token]:
    """Return the first distinct tokens of a text."""
    found: set[str] = set()
    for match in _TOKEN.finditer(_QUOTED.sub(_without_quotes, text)):
        found.add(match[0])
        if len(found) == limit:
            break
    return [_examine(token) for token in sorted(found)]


def _without_quotes(match: re.Match[str]) -> str:
    return f" {match[2]} " if match[1] + match[3] in _QUOTE_PAIRS else match[0]


@functools.lru_cache(maxsize=20_000)
def _examine(token: str) -> Token:
    token = unicodedata.normalize("NFC", _SPACES.sub(" ", token))
    cost, has_flaw = 0.0, False
    if _HALF_WIDTH.search(token):  # a word is written in it from end to end, or not at all
        cost, has_flaw = HALF_WIDTH_WORD, bool(_HALF_WIDTH.sub("", token).strip("･ﾞﾟｰ"))
    if any("\uff01" <= char <= "\uffdc" for char in token):
        token = unicodedata.normalize("NFKC", token)
    for at, char in enumerate(token):
        if not _is_letter(char, token, at):
            symbol_cost, is_flaw = _rate_symbol(char, token[:at], token[at + 1 :])
            cost += symbol_cost
            has_flaw |= is_flaw
    runs = list(_letter_runs(token))
    has_flaw |= any(_mixes_scripts(run) for run in runs)
    cost += sum(_case_cost(run) for run in runs)
    words = tuple(normalize(run).strip("’·") for run in runs)
    return Token(tuple(filter(None, words)), cost + FLAW * has_flaw, has_flaw)


def _letter_runs(token: str) -> Iterator[str]:
    run = ""
    for at, char in enumerate(token):
        if _is_letter(char, token, at):
            run += char
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _is_letter(char: str, token: str, at: int) -> bool:
    if char.isascii():
        return True
    if char in _APOSTROPHES or char == "·":
        return 0 < at < len(token) - 1
    return _kind(char) == "letter"


@functools.lru_cache(maxsize=10_000)
def _kind(char: str) -> str:
    """Return "letter", "wide" for the punctuation of East Asia, "symbol", or "impossible"."""
    category = unicodedata.category(char)
    if char in "ªºµ":
        return "symbol"
    if category in {"Lu", "Ll", "Lt", "Lo", "Mn", "Mc"} or char in "々〆ーๆـ‌ゞゝヽヾ":
        return "letter"
    if "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef" or char == "・":
        return "wide"
    if category in {"Cc", "Co", "Cn", "Cs"} or "\u2500" <= char <= "\u259f":
        return "impossible"
    return "symbol"


def _rate_symbol(char: str, before: str, after: str) -> tuple[float, bool]:
    """Return the cost of a symbol, and whether its place is a flaw."""
    if (kind := _kind(char)) in {"wide", "impossible"}:
        return (WIDE_SYMBOL, False) if kind == "wide" else (RARE_SYMBOL, True)
    if char in _QUOTES:  # its other half is missing
        return RARE_SYMBOL, bool(before or after)
    follows = bool(before) and (before[-1].isalpha() or before[-1] in _APOSTROPHES)
    leads = bool(after) and (after[0].isalpha() or after[0] in _APOSTROPHES)
    if char == "\u00a0":
        return (COMMON_SYMBOL if follows else 2.0), False
    cost = _symbol_cost(char, bool(before))
    if char in "µ°":  # of units, as in 5 µm and 20 °C
        return cost, (follows and char == "µ") or len(after) > 2
    if follows and leads:
        return cost, char != "\u00ad" and not (char in "–—" and after[0].isupper() and not before[-1].isupper())
    return cost, (follows and char not in _AFTER) or (leads and char not in _BEFORE)


def _symbol_cost(char: str, has_before: bool) -> float:
    if char == "…" and has_before:
        return CUT_OFF
    if char == "°":
        return DEGREE
    return COMMON_SYMBOL if char in _COMMON else RARE_SYMBOL


def _mixes_scripts(run: str) -> bool:
    """Return whether a word has letters of several alphabets. East Asian words may begin or end with Latin letters."""
    scripts = [script for script in map(_script, run) if script]
    kinds = set(scripts)
    if len(kinds) < 2 or kinds <= {"CJK", "HANGUL"}:
        return False
    changes = sum(("LATIN" in pair) and pair[0] != pair[1] for pair in itertools.pairwise(scripts))
    return changes > 1 or not kinds <= {"CJK", "HANGUL", "LATIN"}


@functools.lru_cache(maxsize=10_000)
def _script(char: str) -> str:
    """Return the alphabet of a letter; those that Japanese mixes are one."""
    if char in _APOSTROPHES or char in "·ー々〆‌ـ":
        return ""
    script = unicodedata.name(char, "?").split()[0].split("-")[0]
    if script in {"COMBINING", "MODIFIER"}:
        return ""
    return "CJK" if script in {"HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH"} else script


def _case_cost(run: str) -> float:
    """Return what capitals cost in places where words have none, and small letters at the beginning."""
    letters = [char for char in run if char.lower() != char.upper()]
    cost = SMALL_INITIAL if letters and letters[0].islower() and not letters[0].isascii() else 0.0
    changes = sum(one.isupper() != two.isupper() for one, two in itertools.pairwise(letters[1:]))
    if len(letters) > 1 and letters[0].islower() and letters[1].isupper():
        changes += 2
    if any(char.isupper() and not char.isascii() for char in letters[1:]) or any(
        one.islower() and two.isupper() and not one.isascii() for one, two in itertools.pairwise(letters)
    ):
        return cost + ODD_CASE * changes
    return cost + ODD_CASE / 2 * bool(changes)
