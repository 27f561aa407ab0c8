"""Did you mean …? The nearest of the names that would have been right."""

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'email'?`, or an empty string when nothing is near enough."""
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - only when something is wrong

    found = process.extractOne(name, list(known), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=70)
    return f"; did you mean {found[0]!r}?" if found else ""
