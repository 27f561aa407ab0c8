"""Validation lists: the only values that the platform takes for a field, compared letter by letter."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uploader.mapping.transforms.country import Country, find_country
from uploader.mapping.transforms.invalid_value import InvalidValue, quoted, values_fix
from uploader.mapping.validators.list_file import read_list

NEAR = 75  # of 100, how alike two texts must be to speak of one when the other is not in the list

LOOKED_FOR = 500  # values: people look at the first few, and each takes milliseconds in a long list


@dataclass(frozen=True)
class AllowedList:
    """The entries of one list; `source` is what messages call it. Called with a value it is a check."""

    entries: tuple[str, ...]
    source: str

    @classmethod
    def from_file(cls, path: Path) -> "AllowedList":
        """A CSV file as `read_list` reads it. Raises OSError, or ValueError that says what is wrong with it."""
        return cls(read_list(path), path.name)

    @classmethod
    def of(cls, values: Iterable[str]) -> "AllowedList":
        """A list that stands in the mapping itself."""
        stripped = (value.strip() for value in values)
        return cls(tuple(dict.fromkeys(filter(None, stripped))), "the mapping's list")

    def __call__(self, value: str) -> None:
        """Raises Unfit unless the value is an entry exactly; offers the nearest one."""
        if value in self._exact:
            return
        near = self.nearest(value)
        if near is None:
            raise InvalidValue(f"{quoted(value)} is not in {self.source}", "Write an entry of the list in the cell")
        raise InvalidValue(
            f"{quoted(value)} is not in {self.source}; nearest: {near}",
            "Correct the cell, or map it under `values`",
            values_fix(value, near),
        )

    def canonical(self, value: str) -> str | None:
        """The entry that differs from the value in case and blanks at most; None if there is none, or no single one."""
        if value in self._exact:
            return value
        found = self._by_fold.get(_fold(value), ())
        return found[0] if len(found) == 1 else None

    def nearest(self, value: str) -> str | None:
        """The entry that is most likely meant: the same country, the same initials, else the most alike."""
        from rapidfuzz import fuzz, process, utils  # noqa: PLC0415 - only when something is wrong

        country = find_country(value)
        if country in self._by_country:
            return self._by_country[country]
        initials = self._by_initials.get(_letters(value), ())
        if len(initials) == 1:
            return initials[0]
        if value in self._alike or len(self._alike) >= LOOKED_FOR:
            return self._alike.get(value)
        found = process.extractOne(
            utils.default_process(value), self._processed, scorer=fuzz.WRatio, processor=None, score_cutoff=NEAR
        )
        return self._alike.setdefault(value, self.entries[found[2]] if found else None)

    @functools.cached_property
    def _alike(self) -> dict[str, str | None]:
        """What was looked for, and found."""
        return {}

    @functools.cached_property
    def _processed(self) -> list[str]:
        from rapidfuzz import utils  # noqa: PLC0415 - only when something is wrong

        return [utils.default_process(entry) for entry in self.entries]

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
