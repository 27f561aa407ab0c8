"""Validation lists: the only values that the platform accepts for a field, compared letter by letter."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uploader.core.did_you_mean import SimilarText, spelling_similarity
from uploader.mapping.invalid_value import InvalidValue, quote_value, values_fix
from uploader.mapping.list_file import read_list
from uploader.mapping.transforms.country import Country, find_country, is_typo_of

NEAR, TYPO = 75, 85  # of 100: how similar an entry must be to be suggested, and to be offered as a fix to paste

MAX_SUGGESTIONS = 500  # values: each search in a long list takes milliseconds, and people read the first few


@dataclass(frozen=True)
class AllowedList:
    """A list of allowed values. It is a check: calling it with any other value raises InvalidValue.

    Attributes:
        entries: The allowed values, without repetitions.
        source: What messages call the list.
    """

    entries: tuple[str, ...]
    source: str

    @classmethod
    def from_file(cls, path: Path) -> "AllowedList":
        """Read the list from a file; see `read_list`, also for what it raises."""
        return cls(read_list(path), path.name)

    @classmethod
    def from_values(cls, values: Iterable[str]) -> "AllowedList":
        """Make the list from values in the mapping itself."""
        stripped = (value.strip() for value in values)
        return cls(tuple(dict.fromkeys(filter(None, stripped))), "the mapping's list")

    def __call__(self, value: str) -> None:
        """Raise InvalidValue unless the value is exactly an entry; suggest the nearest one."""
        if value in self._exact:
            return
        near = self.nearest(value)
        is_searched = value in self._suggestions or len(self._suggestions) >= MAX_SUGGESTIONS
        effort = is_searched / MAX_SUGGESTIONS
        if near is None:
            message = f"{quote_value(value)} is not in {self.source}"
            raise InvalidValue(message, "Use a value from the list", effort=effort)
        raise InvalidValue(
            f"{quote_value(value)} is not in {self.source}; did you mean {near}?",
            "Correct the cell, or map it under `values`",
            values_fix(value, near) if self._is_safe_fix(value, near) else "",
            effort,
        )

    def canonical(self, value: str) -> str | None:
        """Return the entry that differs in case and blanks at most, or None if there is none or more than one."""
        if value in self._exact:
            return value
        found = self._by_fold.get(_fold(value), ())
        return found[0] if len(found) == 1 else None

    def nearest(self, value: str) -> str | None:
        """Return the most likely entry: the same country, the same initials, else the most similar; None if none is."""
        country = find_country(value)
        if country in self._by_country:
            return self._by_country[country]
        initials = self._by_initials.get(_letters(value), ())
        if len(initials) == 1:
            return initials[0]
        if value in self._suggestions or len(self._suggestions) >= MAX_SUGGESTIONS:
            return self._suggestions.get(value)
        found = self._similar.nearest(value, NEAR)
        is_other_country = bool(country and found and find_country(found))
        return self._suggestions.setdefault(value, None if is_other_country else found)

    def _is_safe_fix(self, value: str, near: str) -> bool:
        """Whether the entry surely means the same, not another country or another, similar thing."""
        if wanted := find_country(near):
            return find_country(value) == wanted or is_typo_of(value, wanted)
        is_abbreviation = near in self._by_initials.get(_letters(value), ())
        return is_abbreviation or spelling_similarity(_fold(value), [_fold(near)]) >= TYPO

    @functools.cached_property
    def _suggestions(self) -> dict[str, str | None]:
        """Values searched for so far, with the entry that was found."""
        return {}

    @functools.cached_property
    def _similar(self) -> SimilarText:
        return SimilarText(self.entries)

    @functools.cached_property
    def _by_initials(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for entry in self.entries:
            if initials := _initials(entry):
                found.setdefault(initials, []).append(entry)
        return found

    @functools.cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(self.entries)

    @functools.cached_property
    def _by_fold(self) -> Mapping[str, list[str]]:
        folds: dict[str, list[str]] = {}
        for entry in self.entries:
            folds.setdefault(_fold(entry), []).append(entry)
        return folds

    @functools.cached_property
    def _by_country(self) -> Mapping[Country | None, str]:
        return {country: entry for entry in reversed(self.entries) if (country := find_country(entry))}


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).casefold()


def _initials(entry: str) -> str:
    """`Chief Executive Officer` -> `ceo`; of a single word, nothing."""
    words = entry.split()
    return "".join(word[0] for word in words).casefold() if len(words) > 1 else ""
