"""Did you mean …? The nearest of the names that would have been right."""

from collections.abc import Iterable
from pathlib import Path

# What files are by the ends of their names.
YAML = frozenset({".yaml", ".yml"})
PAGES = frozenset({".html", ".htm"})

NEAR = 70  # of 100
SHORT = 4  # characters: fewer stand in many a longer name by chance


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'email'?`, or an empty string when nothing is near enough."""
    found = _nearest(name, known)
    return f"; did you mean {found!r}?" if found else ""


def nearest_file(path: Path, *, is_mapping: bool) -> str:
    """The same for a file that is not there, with those beside it that could be meant: mappings, or spreadsheets."""
    try:
        beside = [known for known in path.parent.iterdir() if _is_of_kind(known, is_mapping=is_mapping)]
    except OSError:
        return ""
    by_stem = {known.stem: known.name for known in sorted(beside, key=lambda known: known.suffix == path.suffix)}
    found = _nearest(path.stem, by_stem)
    return f"; did you mean {by_stem[found]!r}?" if found else ""


def _is_of_kind(path: Path, *, is_mapping: bool) -> bool:
    suffix = path.suffix.lower()
    return suffix in YAML if is_mapping else suffix not in YAML | PAGES


def _nearest(name: str, known: Iterable[str]) -> str | None:
    from rapidfuzz import process, utils  # noqa: PLC0415 - only when something is wrong

    found = process.extractOne(name, list(known), scorer=_likeness, processor=utils.default_process, score_cutoff=NEAR)
    return str(found[0]) if found else None


def _likeness(one: str, other: str, **_: object) -> float:
    """0 to 100. A short name that stands within a long one says something only at its beginning."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - see above

    short, long = sorted((one, other), key=len)
    if len(short) < SHORT and not (long.startswith(short) and len(short) > 1):
        return fuzz.ratio(one, other)
    return fuzz.WRatio(one, other)
