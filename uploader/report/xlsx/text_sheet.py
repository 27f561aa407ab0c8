"""A sheet of text cells that are read back character for character."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from uploader.report.columns import XLSX_CELL, XlsxLimitError

LINE_HEIGHT = 15  # points

# What XML cannot hold, or would change (CR), or what would be read as an escape.
_CONTROL = r"\x00-\x08\x0b-\x1f\ufffe\uffff"
_ESCAPED = re.compile(rf"[{_CONTROL}]|_(?=x[0-9a-fA-F]{{4}}[_{_CONTROL}])|[\ud800-\udfff]")


def xstring(text: str) -> str:
    """Escape a text for a cell: `_xHHHH_` for what XML cannot hold, `_x005F_` for a `_` that would begin an escape.

    An unpaired surrogate becomes `?`. Source: ECMA-376, part 1, 22.9.2.19.
    """
    return _ESCAPED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    return "?" if "\ud800" <= found[0] <= "\udfff" else f"_x{ord(found[0]):04X}_"


class TextSheet(Worksheet):  # type: ignore[misc]
    """A worksheet without two habits of its library that change cells (the tests cover both)."""

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        """Escape correctly: the library takes `_x0041_x0042_` for one escape instead of two."""
        return xstring(data) if isinstance(data, str) else data

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        """Write plain text: the library takes a cell `<r>…</r>` for XML and writes it unescaped."""
        self._xml_inline_string(string, True, attributes)

    def write_text(self, row: int, column: int, text: str, cell_format: Format) -> None:
        """Write a text cell; `row` and `column` count from 0. Raises XlsxLimitError if xlsx cannot hold it."""
        failed = self.write_string(row, column, text, cell_format)
        if failed == -1:
            raise _limit_error(f"row {row + 1}, column {column + 1} is beyond what a sheet can hold")
        if failed or _is_too_long(text):
            raise _limit_error(f"a cell of row {row + 1} has {len(text):,} characters, more than a cell can hold")


def _is_too_long(text: str) -> bool:
    """Return whether a cell cannot hold the text. Before XlsxWriter 3.3.1, emoji count as one character there."""
    return len(text) > XLSX_CELL // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > XLSX_CELL


def _limit_error(why: str) -> XlsxLimitError:
    return XlsxLimitError(f"The report cannot be an xlsx: {why}.", "Give --report a name that ends in .csv.")


def text_width(cell: str) -> int:
    """Return the characters of the longest line; East Asian ones count twice."""
    return max((sum(_widths(line)) for line in cell[:1000].splitlines()), default=0)


def _widths(line: str) -> Iterator[int]:
    return (2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
