"""Suggestions for misspelled names: "Did you mean …?". The only module that imports rapidfuzz."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

# Extensions of mapping files and of HTML reports.
YAML = frozenset({".yaml", ".yml"})
PAGES = frozenset({".html", ".htm"})

MIN_SIMILARITY = 70  # of 100
MIN_LENGTH = 4  # characters: shorter names occur in many longer ones by chance


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'email'?`, or an empty string if no known name is similar enough."""
    found = _nearest(name, known)
    return f"; did you mean {found!r}?" if found and found != name else ""


def nearest_file(path: Path, *, is_mapping: bool) -> str:
    """Return `; did you mean 'leads.csv'?` for a missing file, or an empty string.

    Args:
        path: The file that does not exist.
        is_mapping: Whether a mapping is wanted; otherwise spreadsheets are suggested. Only its folder is searched.
    """
    try:
        beside = [known for known in path.parent.iterdir() if _is_of_kind(known, is_mapping=is_mapping)]
    except OSError:
        return ""
    by_stem = {known.stem: known.name for known in sorted(beside, key=lambda known: known.suffix == path.suffix)}
    found = _nearest(path.stem, by_stem)
    return f"; did you mean {by_stem[found]!r}?" if found else ""


def similar_spellings(text: str, spellings: Sequence[str], *, cutoff: float = 0, limit: int = 1) -> list[str]:
    """Return the spellings that differ from a text in few letters, the nearest first.

    Args:
        text: The text to look for; neither side is normalized.
        spellings: The texts to choose from.
        cutoff: The lowest similarity that counts, 0 to 100.
        limit: The largest number of results.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only needed for suggestions

    found = process.extract(text, spellings, scorer=fuzz.ratio, score_cutoff=cutoff, limit=limit)
    return [spelling for spelling, _, _ in found]


def spelling_similarity(text: str, spellings: Sequence[str]) -> int:
    """Return how similar the nearest of the spellings is, 0 (or no spellings) to 100."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only needed for suggestions

    found = process.extractOne(text, spellings, scorer=fuzz.ratio)
    return int(found[1]) if found else 0


class SimilarText:
    """Finds the text that is most similar to another, among many that stay the same."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def nearest(self, text: str, cutoff: float) -> str | None:
        """Return the nearest text whose similarity (0 to 100) is at least `cutoff`, or None."""
        from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - only needed for suggestions

        wanted = utils.default_process(text)
        found = process.extractOne(wanted, self._normalized, scorer=fuzz.WRatio, processor=None, score_cutoff=cutoff)
        return self._texts[found[2]] if found else None

    @cached_property
    def _normalized(self) -> list[str]:
        from rapidfuzz import utils  # noqa: PLC0415 - only needed for suggestions

        return [utils.default_process(text) for text in self._texts]


def _is_of_kind(path: Path, *, is_mapping: bool) -> bool:
    suffix = path.suffix.lower()
    return suffix in YAML if is_mapping else suffix not in YAML | PAGES


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from rapidfuzz import process, utils  # noqa: PLC0415 - only needed for suggestions

    found = process.extractOne(
        name, list(known), scorer=_similarity, processor=utils.default_process, score_cutoff=MIN_SIMILARITY
    )
    return str(found[0]) if found else None


def _similarity(one: str, other: str, **_: object) -> float:
    """Return the similarity, 0 to 100. A short name within a long one counts only at its beginning."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only needed for suggestions

    short, long = sorted((one, other), key=len)
    if len(short) < MIN_LENGTH and not (long.startswith(short) and len(short) > 1):
        return fuzz.ratio(one, other)
    return fuzz.WRatio(one, other)
