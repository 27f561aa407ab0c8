"""Suggestions for misspelled names: "Did you mean …?"."""

from collections.abc import Iterable
from pathlib import Path

# Kinds of files by extension.
YAML = frozenset({".yaml", ".yml"})
PAGES = frozenset({".html", ".htm"})

MIN_SIMILARITY = 70  # of 100
MIN_LENGTH = 4  # characters; shorter names occur in longer ones by chance


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'email'?`, or an empty string if no known name is similar enough."""
    found = _nearest(name, known)
    return f"; did you mean {found!r}?" if found else ""


def nearest_file(path: Path, *, is_mapping: bool) -> str:
    """Return a suggestion for a missing file from the files next to it: mappings, or spreadsheets."""
    try:
        siblings = [known for known in path.parent.iterdir() if _is_of_kind(known, is_mapping=is_mapping)]
    except OSError:
        return ""
    by_stem = {known.stem: known.name for known in sorted(siblings, key=lambda known: known.suffix == path.suffix)}
    found = _nearest(path.stem, by_stem)
    return f"; did you mean {by_stem[found]!r}?" if found else ""


def _is_of_kind(path: Path, *, is_mapping: bool) -> bool:
    suffix = path.suffix.lower()
    return suffix in YAML if is_mapping else suffix not in YAML | PAGES


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from rapidfuzz import process, utils  # noqa: PLC0415 - loaded only if a name is wrong

    found = process.extractOne(
        name, list(known), scorer=_similarity, processor=utils.default_process, score_cutoff=MIN_SIMILARITY
    )
    return str(found[0]) if found else None


def _similarity(one: str, other: str, **_: object) -> float:
    """Return 0 to 100. A short name inside a long one only counts at its beginning."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - see above

    short, long = sorted((one, other), key=len)
    if len(short) < MIN_LENGTH and not (long.startswith(short) and len(short) > 1):
        return fuzz.ratio(one, other)
    return fuzz.WRatio(one, other)
