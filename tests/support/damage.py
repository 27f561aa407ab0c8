"""Texts that someone, or a disk, has damaged in a few places."""

from collections.abc import Sequence

from hypothesis import strategies as st

MAX_EDITS, LONGEST_CUT = 3, 8


def damaged(text: str, snippets: Sequence[str]) -> st.SearchStrategy[str]:
    """Return texts that differ in one to three places: characters are cut out there, or a snippet is added."""
    edits = st.tuples(st.integers(0, len(text)), st.integers(0, LONGEST_CUT), st.sampled_from(["", *snippets]))
    return st.lists(edits, min_size=1, max_size=MAX_EDITS).map(lambda made: _edited(text, made))


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for place, length, snippet in edits:
        text = text[:place] + snippet + text[place + length :]
    return text
