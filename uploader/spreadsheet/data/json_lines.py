"""Read JSON Lines: one object in each line, whose keys are the columns."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from uploader.core.errors import TableError
from uploader.spreadsheet.data.values import value_text

LONGEST_LINE = 10_000_000  # characters
MOST_COLUMNS = 16_384  # as in a sheet

_HINT = "Each line must be one JSON object, as DataFrame.to_json(orient='records', lines=True) writes them."


class _RepeatedKeyError(Exception):
    """An object has a key twice: which of the two values counts would be a guess."""


def begins_with_object(path: Path) -> bool:
    """Return whether the first line of a file that is not blank is a JSON object."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            while (line := file.readline(LONGEST_LINE)).isspace():
                pass
        return isinstance(json.loads(line), dict)
    except (OSError, ValueError, RecursionError):
        return False


class JsonLines:
    """A JSON Lines file.

    Args:
        path: The file, in UTF-8.

    Attributes:
        columns: All keys, in the order in which they first appear. A row without one of them has an empty cell.

    Raises:
        TableError: A line is not an object.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        keys: dict[str, None] = {}
        for record in self._records():
            keys.update(dict.fromkeys(record))
            if len(keys) > MOST_COLUMNS:
                raise TableError(f"{path.name} has more than {MOST_COLUMNS:,} different keys.", _HINT)
        self.columns = tuple(keys)

    def blocks(self, size: int) -> Iterator[list[list[str]]]:
        """Yield all rows, up to `size` at a time; a blank line is a blank row. Raises TableError."""
        rows = ([value_text(record.get(name)) for name in self.columns] for record in self._records())
        while block := list(itertools.islice(rows, size)):
            yield block

    def _records(self) -> Iterator[dict[str, Any]]:
        """Yield the object of each line; an empty one for a blank line."""
        number = 0
        try:
            with self._path.open(encoding="utf-8-sig") as file:
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    yield self._record(line, number)
        except UnicodeDecodeError:
            raise TableError(
                f"{self._path.name}, line {number + 1}: it is not UTF-8 text.", "Save the file as UTF-8."
            ) from None
        except OSError as error:
            raise TableError(f"{self._path.name} can't be read: {error.strerror}.", "Try again.") from None

    def _record(self, line: str, number: int) -> dict[str, Any]:
        if not line.strip():
            return {}
        if len(line) >= LONGEST_LINE:
            raise self._not_an_object(number, "the line is too long")
        try:
            record = json.loads(line, object_pairs_hook=_unique_keys)
        except json.JSONDecodeError as error:
            raise self._not_an_object(number, f"{error.msg}, column {error.colno}") from None
        except _RepeatedKeyError as error:
            raise self._not_an_object(number, f"it has {error} twice") from None
        except (ValueError, RecursionError):
            raise self._not_an_object(number, "a number or the nesting is too long") from None
        if not isinstance(record, dict):
            raise self._not_an_object(number, "it is not an object")
        return record

    def _not_an_object(self, number: int, why: str) -> TableError:
        return TableError(f"{self._path.name}, line {number}: {why}.", _HINT)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises _RepeatedKeyError."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _RepeatedKeyError(repr(next(name for name in names if names.count(name) > 1)))
    return record
