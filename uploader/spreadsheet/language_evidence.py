"""What shows the language of a list of leads apart from its letters: headers, countries, domains, telephone numbers."""

import functools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from uploader.spreadsheet.language_models import LANGUAGES, Language, log_probability, normalize

# Words, and rows with other signs, that are examined: more would only take time.
MAX_WORDS, MAX_SIGNS = 80, 100

# The most that one kind of sign counts, as a natural logarithm.
MOST_BY_WORDS, LEAST_BY_WORDS, MOST_BY_SIGNS, MOST_BY_NAMES = 8.0, -10.0, 4.0, 12.0

_WORD = re.compile(r"(?<![^\x00-\x7f])[A-Za-z]{3,}(?![^\x00-\x7f])")
_DOMAIN = re.compile(r"@[\w.-]+\.([a-z]{2,4})\b", re.ASCII | re.IGNORECASE)
_CALLING = re.compile(r"(?<![\w.])(?:\+|00)\(?([1-9]\d{5,})", re.ASCII)
_CELL = re.compile(r"[^,;\t|\"\r\n]+")
_ADDRESS = re.compile(r"([\w.+-]+)@[\w.-]+", re.ASCII)
_NAME = re.compile(r"[^\W\d_]{3,}")

# Letters without accents that NFKD does not take apart, as addresses write them.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "ı": "i", "æ": "ae", "þ": "th", "ð": "d", "œ": "oe", "å": "a"}
)


def language_evidence(text: str, languages: Iterable[Language]) -> dict[str, float]:
    """Return how much the plain letters and digits of a file speak for each language, as natural logarithms.

    Args:
        text: Some lines of the file, the header first. Only ASCII is used, so any encoding will do.
        languages: The languages that are possible.
    """
    header = text.split("\n", 1)[0]
    cells = {cell.strip() for cell in _CELL.findall(header)}
    words = list(dict.fromkeys(map(normalize, _WORD.findall(text))))[:MAX_WORDS]
    signs: Sequence[Callable[[Language], float]] = (
        lambda language: sum(1.5 for name in language.headers if name in cells) if language.code != "en" else 0.0,
        _count_signs([cell.strip() for cell in _CELL.findall(text)], lambda language: language.countries),
        _count_signs(list(map(str.lower, _DOMAIN.findall(text))), lambda language: language.domains),
        _count_signs(_calling_codes(text), lambda language: language.calling),
    )
    return {
        language.code: _words_evidence(words, language.code)
        + sum(min(MOST_BY_SIGNS, count(language)) for count in signs)
        for language in languages
    }


def _words_evidence(words: Sequence[str], code: str) -> float:
    """Return how much words without accents speak for a language against English, which may be in any file."""
    if code == "en":
        return 0.0
    ratios = (log_probability(word, code) - log_probability(word, "en") for word in words)
    total = sum(math.log(0.85 + 0.15 * math.exp(min(ratio, 6.0))) for ratio in ratios)
    return max(LEAST_BY_WORDS, min(MOST_BY_WORDS, total))


def _count_signs(found: list[str], known: Callable[[Language], Sequence[str]]) -> Callable[[Language], float]:
    counts = Counter(found)
    return lambda language: float(sum(counts[sign] for sign in known(language)))


def _calling_codes(text: str) -> list[str]:
    known = {code for language in LANGUAGES for code in language.calling}
    numbers = _CALLING.findall(text)[:MAX_SIGNS]
    return [next((number[:size] for size in (3, 2, 1) if number[:size] in known), "") for number in numbers]


def names_in_addresses(text: str) -> float:
    """Return how much the e-mail addresses of a reading confirm the names beside them, as a natural logarithm.

    A row with the name Łukasz and an address such as lukasz@example.com shows that its letters are right.
    """
    total = 0.0
    for line in text.splitlines()[:MAX_SIGNS]:
        if line.isascii() or not (found := _ADDRESS.search(line)):
            continue
        address = found[1].lower()
        names = [name for name in _NAME.findall(line) if not name.isascii()]
        total += 3.0 * any(_is_in_address(name.lower(), address) for name in names)
    return min(MOST_BY_NAMES, total)


def _is_in_address(name: str, address: str) -> bool:
    return any(plain in address for plain in _plain_forms(name))


@functools.lru_cache(maxsize=5000)
def _plain_forms(name: str) -> tuple[str, ...]:
    """Return how addresses write a name without accents: Jörg is jorg or joerg."""
    forms = {name, re.sub("([äöü])", r"\1e", name), name.replace("å", "aa")}
    return tuple(plain for plain in map(_without_accents, forms) if plain.isascii())


def _without_accents(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def system_evidence(system: str, encodings: Mapping[str, object] | Sequence[str]) -> dict[str, float]:
    """Return how much the system's own code page speaks for an encoding, as a natural logarithm.

    Args:
        system: What Python calls the encoding of the system's locale, such as "cp1250".
        encodings: The encodings that are possible.
    """
    return {system.lower(): 2.0} if system.lower() in encodings else {}
