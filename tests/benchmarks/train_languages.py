"""Rebuild uploader/spreadsheet/trigrams.txt, the letter statistics by which text encodings are detected.

`python -m tests.benchmarks.train_languages [WORDS_TO_LEAVE_OUT.csv [TARGET]]`. Needs Faker and Babel, whose lists of
names, cities, jobs, countries, months and currencies are counted; only the counts are kept. Words of the benchmark can
be left out, to measure what the detection makes of words that it has never seen.
"""

import functools
import importlib
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from uploader.spreadsheet.language_models import BY_CHARACTER, LANGUAGES, STEPS, TRIGRAMS, normalize

WORDS = Path(__file__).with_name("encoding_data") / "training_words.txt"

# The locales of Faker for each language, and of Babel.
LOCALES: Mapping[str, tuple[str, str]] = {
    "en": ("en_GB en_US en_IE", "en"),
    "de": ("de_DE de_AT de_CH de", "de"),
    "fr": ("fr_FR fr_CH fr_BE fr_CA", "fr"),
    "es": ("es_ES es_MX es_CO es_AR es", "es"),
    "pt": ("pt_PT pt_BR", "pt"),
    "it": ("it_IT", "it"),
    "nl": ("nl_NL nl_BE", "nl"),
    "da": ("da_DK", "da"),
    "nb": ("no_NO", "nb"),
    "sv": ("sv_SE", "sv"),
    "fi": ("fi_FI", "fi"),
    "is": ("is_IS", "is"),
    "ga": ("ga_IE", "ga"),
    "ca": ("es_CA", "ca"),
    "eu": ("", "eu"),
    "gl": ("", "gl"),
    "sq": ("", "sq"),
    "et": ("et_EE", "et"),
    "lt": ("lt_LT", "lt"),
    "lv": ("lv_LV", "lv"),
    "pl": ("pl_PL", "pl"),
    "cs": ("cs_CZ", "cs"),
    "sk": ("sk_SK", "sk"),
    "hu": ("hu_HU", "hu"),
    "ro": ("ro_RO", "ro"),
    "sl": ("sl_SI", "sl"),
    "hr": ("hr_HR bs_BA", "hr"),
    "tr": ("tr_TR", "tr"),
    "el": ("el_GR", "el"),
    "ru": ("ru_RU", "ru"),
    "uk": ("uk_UA", "uk"),
    "be": ("", "be"),
    "bg": ("bg_BG", "bg"),
    "sr": ("", "sr"),
    "mk": ("mk_MK", "mk"),
    "ar": ("ar_SA ar_AA ar_PS ar_DZ", "ar"),
    "fa": ("fa_IR", "fa"),
    "he": ("he_IL", "he"),
    "th": ("th_TH th", "th"),
    "vi": ("vi_VN", "vi"),
    "ja": ("ja_JP", "ja"),
    "zh": ("zh_CN", "zh_Hans"),
    "zt": ("zh_TW", "zh_Hant"),
    "ko": ("ko_KR", "ko"),
}
PROVIDERS = ("person", "address", "company", "job")

# How often a word counts by its source. Names and headers are what lists of leads have.
NAME, GENERAL, HEADER = 4, 1, 16

# Croatian letters in Serbian Cyrillic: many names are the same.
_TO_CYRILLIC = [
    *(("lj", "љ"), ("nj", "њ"), ("dž", "џ"), ("đ", "ђ"), ("č", "ч"), ("ć", "ћ"), ("š", "ш"), ("ž", "ж")),
    *zip("abcdefghijklmnoprstuvz", "абцдефгхијклмнопрстувз", strict=True),
]
_SPLIT = re.compile(r"[^\w’·]+|[\d_]+")
# A range of letters that belong to one writing system; words of others are left out.
_SCRIPTS = {
    "el": "\u0370-\u03ff",
    **dict.fromkeys(("ru", "uk", "be", "bg", "sr", "mk"), "\u0400-\u04ff’"),
    **dict.fromkeys(("ar", "fa"), "\u0600-\u06ff"),
    "he": "\u0590-\u05ff",
    "th": "\u0e00-\u0e7f",
    "ja": "\u3005-\u30ff\u4e00-\u9fff",
    **dict.fromkeys(("zh", "zt"), "\u4e00-\u9fff"),
    "ko": "\uac00-\ud7a3",
}
_LATIN = "a-z\u00df-\u024f\u1ea0-\u1eff’·"


def main(left_out: str = "", target: str = str(TRIGRAMS)) -> None:
    """Write how unlikely each letter is after the two before it, in steps of 1 / STEPS of a natural logarithm."""
    unseen = set(_split_words(Path(left_out).read_text("utf-8"))) if left_out else set()
    lines = []
    for language in LANGUAGES:
        words = {word: n for word, n in _weighted_words(language.code).items() if word not in unseen}
        levels: dict[tuple[int, int], list[str]] = {}
        for ngram, chance in sorted(_chances(words, language.code).items()):
            levels.setdefault((len(ngram), round(-STEPS * math.log(chance))), []).append(ngram)
        lines += [f"{language.code}\t{size}\t{level}\t{''.join(levels[size, level])}" for size, level in sorted(levels)]
        print(language.code, len(words), sum(map(len, levels.values())), file=sys.stderr)
    Path(target).write_text("\n".join(lines) + "\n", "utf-8")


def _chances(words: Mapping[str, int], code: str) -> dict[str, float]:
    """Return the chance of the last character of each trigram, bigram and single character, given those before it.

    Rare examples are smoothed with the next shorter ones (Witten and Bell). Writing systems with thousands of
    characters are counted one by one.
    """
    if code in BY_CHARACTER:
        counts = _count(words, 1)
        return {char: count / counts.total() for char, count in counts.items()}
    chances: dict[str, float] = {"": 1e-4}
    for size in (1, 2, 3):
        counts = _count(words, size)
        totals: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        for ngram, count in counts.items():
            totals[ngram[:-1]] += count
            kinds[ngram[:-1]] += NAME
        for ngram, count in counts.items():
            context = ngram[:-1]
            shorter = kinds[context] * chances[ngram[1:]]
            chances[ngram] = (count + shorter) / (totals[context] + kinds[context])
    del chances[""]
    rare = NAME if code == "en" else 2
    return {ngram: chance for ngram, chance in chances.items() if len(ngram) < 3 or counts[ngram] >= rare}


def _count(words: Mapping[str, int], size: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, weight in words.items():
        padded = word if size == 1 else f"{' ' * (size - 1)}{word} "
        for at in range(len(padded) - size + 1):
            counts[padded[at : at + size]] += weight
        if size == 1:
            counts[" "] += weight
    return counts


def _weighted_words(code: str) -> Counter[str]:
    found: Counter[str] = Counter()
    allowed = re.compile(f"[{_SCRIPTS.get(code, _LATIN)}]+")
    language = next(each for each in LANGUAGES if each.code == code)
    for text, weight in (
        (" ".join(_faker_texts(LOCALES[code][0].split())), NAME),
        (" ".join(_babel_texts(LOCALES[code][1])), GENERAL),
        (" ".join(_places().get(LOCALES[code][1], ())), GENERAL * 2),
        (" ".join((*language.headers, *language.countries)), HEADER),
        (_extra_words().get(code, ""), HEADER),
    ):
        for word in set(_split_words(text)):
            if allowed.fullmatch(word):
                found[word] += weight
    if code == "sr":
        for word, weight in _weighted_words("hr").items():
            if re.fullmatch("[a-zčćšžđ]+", word):
                found[_in_cyrillic(word)] += max(1, weight // 2)
    return found


def _in_cyrillic(word: str) -> str:
    for latin, cyrillic in _TO_CYRILLIC:
        word = word.replace(latin, cyrillic)
    return word


def _split_words(text: str) -> Iterator[str]:
    return (word.strip("’·") for word in _SPLIT.split(normalize(text)) if word.strip("’·"))


def _extra_words() -> dict[str, str]:
    lines = [line.partition(": ") for line in WORDS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {code: words for code, _, words in lines}


def _faker_texts(locales: Iterable[str]) -> Iterator[str]:
    """Yield all texts in the lists of Faker's providers, without templates."""
    for locale in locales:
        for provider in PROVIDERS:
            try:
                module = importlib.import_module(f"faker.providers.{provider}.{locale}")
            except ModuleNotFoundError:
                continue
            for name, value in vars(module.Provider).items():
                if not name.endswith("formats") and "romanized" not in name and "word_list" not in name:
                    yield from _texts(value)


@functools.cache
def _places() -> Mapping[str, set[str]]:
    """Return the names of places in the geocoding data of phonenumbers, by locale."""
    from phonenumbers.geodata import GEOCODE_DATA

    found: dict[str, set[str]] = {}
    for names in GEOCODE_DATA.values():
        for locale, name in names.items():
            found.setdefault(locale, set()).add(name)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if "{" not in value:
            yield value
    elif isinstance(value, Mapping):
        yield from (text for key in value for text in _texts(key))
    elif isinstance(value, Iterable):
        yield from (text for each in value for text in _texts(each))


def _babel_texts(locale: str) -> Iterator[str]:
    from babel import Locale

    data = Locale.parse(locale)
    yield from data.territories.values()
    yield from data.languages.values()
    yield from data.currencies.values()
    yield from (text for width in data.months["format"].values() for text in width.values())
    yield from (text for width in data.days["format"].values() for text in width.values())
    yield from (zone["city"] for zone in data.time_zones.values() if isinstance(zone.get("city"), str))


if __name__ == "__main__":
    main(*sys.argv[1:])
