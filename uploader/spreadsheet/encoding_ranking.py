"""Rank the encodings that can read a text file by how likely their readings are."""

import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from uploader.spreadsheet.language_models import LANGUAGES, Language, log_probability
from uploader.spreadsheet.readings import MAX_TOKENS, examine_tokens

# Encodings by the languages that use them, and how common each is among files of these languages that are not
# Unicode: what Excel writes on Windows first, then MS-DOS, Macs, and other systems. Shares are estimates; only their
# order of magnitude matters.
GROUPS: Mapping[str, Mapping[str, float]] = {
    "western": {
        "cp1252": 0.86, "iso8859_15": 0.01, "cp850": 0.03, "cp437": 0.01, "mac_roman": 0.03, "cp865": 0.002,
        "cp858": 0.002, "cp860": 0.001, "cp861": 0.001, "cp863": 0.001, "mac_iceland": 0.001, "hp_roman8": 0.0002,
        "iso8859_10": 0.0002,
    },
    "central": {
        "cp1250": 0.7, "iso8859_2": 0.1, "cp852": 0.1, "mac_latin2": 0.05, "mac_croatian": 0.003, "mac_romanian": 0.003,
    },
    "baltic": {"cp1257": 0.8, "iso8859_13": 0.2, "cp775": 0.01, "iso8859_4": 0.003, "iso8859_10": 0.002},
    "turkish": {"cp1254": 0.8, "cp857": 0.1, "mac_turkish": 0.05, "iso8859_3": 0.001},
    "greek": {"cp1253": 0.8, "iso8859_7": 0.15, "mac_greek": 0.05, "cp737": 0.05, "cp869": 0.01},
    "cyrillic": {"cp1251": 0.8, "iso8859_5": 0.05, "mac_cyrillic": 0.02, "cp855": 0.01},
    "koi8_r": {"koi8_r": 0.1},
    "koi8_u": {"koi8_u": 0.1},
    "cp866": {"cp866": 0.1},
    "arabic": {"cp1256": 0.9, "iso8859_6": 0.1, "cp720": 0.01},
    "hebrew": {"cp1255": 0.9, "iso8859_8": 0.1, "cp862": 0.05},
    "thai": {"cp874": 1.0},
    "vietnamese": {"cp1258": 1.0},
    "japanese": {"cp932": 0.85, "euc_jp": 0.15, "iso2022_jp": 0.05, "iso2022_jp_ext": 0.01},
    "simplified": {"gb18030": 1.0, "hz": 0.01},
    "traditional": {"big5": 0.8, "cp950": 0.1, "big5hkscs": 0.1},
    "korean": {"cp949": 1.0, "iso2022_kr": 0.01},
}  # fmt: skip

# What Excel writes in Western Europe and America, by far the most common.
WESTERN = "cp1252"

# Encodings that write everything in ASCII, with escape sequences. All others are distinguished by bytes that are not.
ESCAPED = ("iso2022_jp", "iso2022_jp_ext", "iso2022_kr", "hz")
ENCODINGS = tuple(dict.fromkeys(name for group in GROUPS.values() for name in group if name not in ESCAPED))

# How common UTF-8 is against all others, for files with so few letters that these may be UTF-8 by accident.
UTF_8_SHARE = 20.0

# Chance that a word is of another language than most of its file.
FOREIGN_WORD = 0.1

# A reading is no text if more than this share of its words have flaws, or if its letters are less likely than the
# language's usual ones by more than a tolerance (natural logarithm), which is larger for few words.
MAX_FLAWS = 0.02
TOLERANCE, WESTERN_TOLERANCE, WORD_TOLERANCE, WESTERN_WORD_TOLERANCE = 0.5, 1.0, 1.8, 3.0


# Words by which encodings are dropped that are this much less likely than the best, as a natural logarithm.
FEW_TOKENS, HOPELESS = 40, 60.0


@dataclass(frozen=True)
class Reading:
    """The text of a file in one encoding.

    Attributes:
        encoding: A codec of Python.
        text: The sample of the file.
        score: Natural logarithm of how likely it is, up to a constant.
        language: The language that fits best.
        words: How many distinct words with other letters than ASCII have been examined.
        has_flaws: Whether it can't be text: symbols within words, control characters.
        is_plausible: Whether its words resemble those of the language.
    """

    encoding: str
    text: str
    score: float
    language: str
    words: int
    has_flaws: bool
    is_plausible: bool


def shortlist(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts, by encoding, without those that a few words show to be wrong.

    Symbols and capitals within words come first: they need no letter statistics.
    """
    costs = {
        encoding: sum(token.cost for token in examine_tokens(text, FEW_TOKENS)) for encoding, text in texts.items()
    }
    least = min(costs.values(), default=0.0)
    possible = {encoding: texts[encoding] for encoding, cost in costs.items() if cost - least < HOPELESS}
    scores = {encoding: rate(encoding, text, {}, limit=FEW_TOKENS).score for encoding, text in possible.items()}
    best = max(scores.values(), default=0.0)
    return {encoding: texts[encoding] for encoding, score in scores.items() if best - score < HOPELESS}


def languages_of(encodings: Iterable[str]) -> list[Language]:
    """Return the languages that use some of these encodings."""
    return list(dict.fromkeys(language for encoding in encodings for language, _ in _languages(encoding)))


def rank(
    texts: Mapping[str, str], languages: Mapping[str, float], encodings: Mapping[str, float] | None = None
) -> list[Reading]:
    """Return the readings with distinct texts that have no flaws, the likeliest first.

    Encodings that give the same text are no doubt: the reading has the name of one of them.

    Args:
        texts: The sample of the file by encoding.
        languages: What else shows the language, as a logarithm by language.
        encodings: What else shows the encoding, as a logarithm by encoding.
    """
    best: dict[str, Reading] = {}
    for encoding, text in texts.items():
        reading = rate(encoding, text, languages, (encodings or {}).get(encoding, 0.0))
        if text in best:
            first, second = sorted([reading, best[text]], key=lambda each: each.score)
            name = WESTERN if WESTERN in {first.encoding, second.encoding} else second.encoding
            reading = replace(second, encoding=name)
        best[text] = reading
    return sorted([each for each in best.values() if not each.has_flaws], key=lambda each: each.score, reverse=True)


def rate(
    encoding: str, text: str, languages: Mapping[str, float], bonus: float = 0.0, limit: int = MAX_TOKENS
) -> Reading:
    """Return a reading with its score.

    Args:
        encoding: A codec of Python.
        text: The sample of the file.
        languages: What else shows the language, as a logarithm by language.
        bonus: What else shows the encoding, as a logarithm.
        limit: How many distinct words are examined.
    """
    found = examine_tokens(text, limit)
    used = _languages(encoding)
    words = [word for token in found for word in token.words]
    foreign = {word: _foreign_chance(word, used) for word in set(words)}
    cost = sum(token.cost for token in found)
    scores = {
        language.code: math.log(language.share * weight)
        + languages.get(language.code, 0.0)
        + sum(_word_chance(word, language.code, foreign) for word in words)
        for language, weight in used
    }
    tolerance, for_one = (
        (WESTERN_TOLERANCE, WESTERN_WORD_TOLERANCE) if encoding == WESTERN else (TOLERANCE, WORD_TOLERANCE)
    )
    code = max(scores, key=lambda each: scores[each])
    has_flaws = sum(token.has_flaw for token in found) > MAX_FLAWS * len(found)
    is_plausible = _is_plausible(words, code, foreign, tolerance + for_one / math.sqrt(max(1, len(words))))
    return Reading(encoding, text, scores[code] - cost + bonus, code, len(found), has_flaws, is_plausible)


def _is_plausible(words: list[str], code: str, foreign: Mapping[str, float], tolerance: float) -> bool:
    if not words:
        return True
    usual = next(language.fit for language in LANGUAGES if language.code == code)
    fit = sum(_word_chance(word, code, foreign) for word in words) / sum(len(word) + 1 for word in words)
    return fit >= usual - tolerance


def _word_chance(word: str, code: str, foreign: Mapping[str, float]) -> float:
    """Return the logarithm of the chance of a word in a file of a language that has some foreign words too."""
    own, other = log_probability(word, code) + math.log(1 - FOREIGN_WORD), foreign[word]
    high, low = max(own, other), min(own, other)
    return high + math.log1p(math.exp(low - high))


def _foreign_chance(word: str, used: tuple[tuple[Language, float], ...]) -> float:
    total = sum(language.share for language, _ in used)
    chances = [log_probability(word, language.code) + math.log(language.share / total) for language, _ in used]
    return max(chances) + math.log(FOREIGN_WORD)


@functools.cache
def _languages(encoding: str) -> tuple[tuple[Language, float], ...]:
    """Return the languages that use an encoding, each with the share of its files that are in it."""
    if encoding == "utf-8":
        return tuple((language, UTF_8_SHARE) for language in LANGUAGES)
    shares = [(each, sum(GROUPS[group].get(encoding, 0.0) for group in each.encodings)) for each in LANGUAGES]
    return tuple((language, share) for language, share in shares if share)
