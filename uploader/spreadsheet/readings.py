"""Readings of the bytes of a text file in different encodings, and which of them can be text at all."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from uploader.spreadsheet.language_models import normalize

# A run of letters and of characters that are not ASCII, with at least one of the latter.
_TOKEN = re.compile(r"[A-Za-z'`\x80-\U0010ffff]*[\x80-\U0010ffff][A-Za-z'`\x80-\U0010ffff]*")
_SPACES = re.compile("[\u2000-\u200b\u202f\u3000]+")

_HALF_WIDTH = re.compile("[\uff65-\uffdc]+")

# Distinct tokens of a reading that are examined: more would only take time.
MAX_TOKENS = 300

# Symbols of everyday text; those that may stand before a word, and after one.
_COMMON = frozenset("“”„‘’‚–—…«»‹›•·®©™°ºª´¿¡§№€£²³½¼¾×")
_BEFORE = frozenset("“„‘«‹•№¿¡–—")
_AFTER = frozenset("“”’»›…®©™°ºª²³")
_QUOTES = {"“": "”„", "”": "“„”", "„": "“”", "«": "»", "»": "«", "‹": "›", "›": "‹"}
_APOSTROPHES = frozenset("'`’´ʼ")

# Costs as natural logarithms of a chance.
COMMON_SYMBOL, RARE_SYMBOL, WIDE_SYMBOL, FLAW, ODD_CASE, HALF_WIDTH_WORD = 6.5, 12.0, 5.0, 15.0, 8.0, 4.0


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


def examine_tokens(text: str) -> dict[str, Token]:
    """Return the distinct tokens of a text, up to `MAX_TOKENS`."""
    found: dict[str, Token] = {}
    for match in _TOKEN.finditer(_SPACES.sub(" ", text)):
        if match[0] not in found:
            found[match[0]] = _examine(match[0])
            if len(found) == MAX_TOKENS:
                break
    return found


@functools.lru_cache(maxsize=20_000)
def _examine(token: str) -> Token:
    token = unicodedata.normalize("NFC", token)
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
    kind = _kind(char)
    if kind == "wide":
        return WIDE_SYMBOL, False
    if kind == "impossible":
        return RARE_SYMBOL, True
    cost = COMMON_SYMBOL if char in _COMMON else RARE_SYMBOL
    if char in _QUOTES and not _is_paired(char, before, after):
        return RARE_SYMBOL, bool(before or after)
    if char == "…" and before:
        cost = RARE_SYMBOL
    follows = bool(before) and (before[-1].isalpha() or before[-1] in _APOSTROPHES)
    leads = bool(after) and (after[0].isalpha() or after[0] in _APOSTROPHES)
    if char == "\u00a0":
        return (COMMON_SYMBOL if follows else 2.0), False
    if follows and leads:
        if char == "\u00ad":
            return RARE_SYMBOL, False
        return cost, not (char in "–—" and after[0].isupper() and not before[-1].isupper())
    return cost, (follows and char not in _AFTER) or (leads and char not in _BEFORE)


def _is_paired(char: str, before: str, after: str) -> bool:
    """Return whether a quote has its other half; only runs of words without spaces can be examined."""
    return any(one in before or one in after for one in _QUOTES[char])


def _mixes_scripts(run: str) -> bool:
    scripts = {_script(char) for char in run} - {""}
    return len(scripts) > 1 and not scripts <= {"CJK", "LATIN"} and not scripts <= {"CJK", "HANGUL"}


@functools.lru_cache(maxsize=10_000)
def _script(char: str) -> str:
    """Return the alphabet of a letter; those that Japanese mixes are one."""
    if char in _APOSTROPHES or char in "·ー々〆‌ـ" or unicodedata.combining(char):
        return ""
    script = unicodedata.name(char, "?").split()[0].split("-")[0]
    return "CJK" if script in {"HIRAGANA", "KATAKANA", "HALFWIDTH", "FULLWIDTH"} else script


def _case_cost(run: str) -> float:
    """Return what capitals cost in places where words have none."""
    letters = [char for char in run if char.lower() != char.upper()]
    if len(letters) < 2 or all(char.islower() for char in letters[1:]) or all(not char.islower() for char in letters):
        return 0.0
    if any(char.isupper() and not char.isascii() for char in letters[1:]):
        return ODD_CASE
    pairs = list(itertools.pairwise(letters))
    if any(one.islower() and two.isupper() and not one.isascii() for one, two in pairs):
        return ODD_CASE
    return ODD_CASE / 2
