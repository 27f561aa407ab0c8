"""A sheet of text cells that come back character for character."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from uploader.report.xlsx.limits import DoesNotFit

LINE = 15  # points: the height of one

# What XML can't hold, or would make something else of (CR), or what would be read as an escape.
_CONTROL = r"\x00-\x08\x0b-\x1f\ufffe\uffff"
_ESCAPED = re.compile(rf"[{_CONTROL}]|_(?=x[0-9a-fA-F]{{4}}[_{_CONTROL}])|[\ud800-\udfff]")


def xstring(text: str) -> str:
    """The text with `_xHHHH_` for what XML can't hold, and `_x005F_` for a `_` that would begin such an escape
    (ECMA-376, part 1, 22.9.2.19). Half of a surrogate pair, which no file of text can hold, becomes `?`."""
    return _ESCAPED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "?" if "\ud800" <= found[0] <= "\udfff" else f"_x{ord(found[0]):04X}_"


class TextSheet(Worksheet):  # type: ignore[misc]
    """A worksheet that mends two habits of its library, which would change cells (the tests see to both)."""

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        """The library's own takes `_x0041_x0042_` for one escape and not two."""
        return xstring(data) if isinstance(data, str) else data

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        """The library's own takes a cell `<r>…</r>` for XML, and puts it into the file as it is."""
        self._xml_inline_string(string, True, attributes)

    def write_text(self, row: int, column: int, text: str, look: Format) -> None:
        """Writes a text cell; `row` and `column` count from 0. Raises DoesNotFit when xlsx can't hold it."""
        failed = self.write_string(row, column, text, look)
        if failed == -1:
            raise _does_not_fit(f"row {row + 1} and column {column + 1} are more than xlsx holds")
        if failed:
            raise _does_not_fit(f"a cell of row {row + 1} has {len(text):,} characters, more than xlsx holds")


def _does_not_fit(why: str) -> DoesNotFit:
    return DoesNotFit(f"The report can't be an xlsx: {why}.", "Give --report a name that ends in .csv.")


def text_width(cell: str) -> int:
    """Of the longest line: characters, those of East Asia counted twice."""
    return max((sum(_columns(line)) for line in cell[:1000].splitlines()), default=0)


def _columns(line: str) -> Iterator[int]:
    return (2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
