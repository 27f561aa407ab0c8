"""Reads whole numbers in every form that a spreadsheet program gives them: `2.00`, `1,000`, `5.59E+04`, `###`."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from uploader.core.model import MAX_ROW, parse_whole_number

FIRST_ROW = 2  # row 1 is the header

_PLAIN = re.compile(r"\d+")
_DECIMALS = re.compile(r"(\d+)[.,]0*")
_GROUPED = re.compile(r"\d{1,3}(?:([., '])\d{3})+|\d{1,2}(?:,\d{2})+,\d{3}")  # also as in India: 1,00,000
_GROUPED_DECIMALS = re.compile(r"(\d{1,3}(?:,\d{3})+)\.0+|(\d{1,3}(?:[. ']\d{3})+),0+|(\d{1,3}(?:[ ']\d{3})+)\.0+")
_AMBIGUOUS = re.compile(r"(\d{1,3})([.,])000")  # 1,000 is a thousand, or one with three decimals
_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?(e\+?|E\+?)(\d{1,2})")

_LOCAL_SIGNS = str.maketrans({"٫": ".", "٬": ",", "’": "'"})


@dataclass
class NumberStyle:
    """How a column of whole numbers is written, gathered from all its cells.

    Attributes:
        has_plain: Some cells are digits only, so the column has no fixed number of decimals.
        decimal: The separators that certainly begin decimals.
        grouping: The separators that certainly group thousands.
        ambiguous: Up to two different cells such as `1,000`.
    """

    has_plain: bool = False
    decimal: set[str] = field(default_factory=set)
    grouping: set[str] = field(default_factory=set)
    ambiguous: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """Take a cell into account."""
        number = _bare(text)
        if _PLAIN.fullmatch(number):
            self.has_plain = True
        elif _AMBIGUOUS.fullmatch(number):
            if len(self.ambiguous) < 2:
                self.ambiguous.add(number)
        elif _DECIMALS.fullmatch(number):
            self.decimal.add(next(char for char in number if char in ".,"))
        elif grouped := _GROUPED.fullmatch(number):
            self.grouping.add(grouped[1] or ",")


def parse_number(text: str, style: NumberStyle, *, below: int = MAX_ROW) -> Sequence[int]:
    """Return the whole numbers that a cell can stand for.

    Args:
        text: The cell.
        style: How its column is written.
        below: Numbers from this on are not accepted.

    Returns:
        One number if the cell is clear, several if the program rounded it or its separator is ambiguous, and none if
        nothing is known (`###`, an empty cell, a word).
    """
    if text.isascii() and text.isdigit():
        return _accepted(text, below)
    number = _bare(text)
    if found := _AMBIGUOUS.fullmatch(number):
        return _ambiguous(int(found[1]), found[2], style)
    if found := _SCIENTIFIC.fullmatch(number):
        return _scientific(found[1], found[2] or "", int(found[4]), is_exact=found[3].startswith("e"), below=below)
    return _accepted(_whole_digits(number), below)


def _whole_digits(number: str) -> str:
    """Return the digits of a whole number without separators and decimals; empty if it is not one."""
    if found := _GROUPED_DECIMALS.fullmatch(number) or _DECIMALS.fullmatch(number):
        number = next(filter(None, found.groups()))
    return re.sub(r"\D", "", number) if _PLAIN.fullmatch(number) or _GROUPED.fullmatch(number) else ""


def _ambiguous(one: int, separator: str, style: NumberStyle) -> Sequence[int]:
    """Return what `1,000` and the like stand for."""
    is_grouping = separator in style.grouping or style.has_plain
    # No one keeps only rows 2,000 and 3,000 of a report: these are rows 2 and 3 with three decimals.
    is_decimal = separator in style.decimal or (len(style.ambiguous) > 1 and not is_grouping)
    if is_decimal != is_grouping:
        return (one,) if is_decimal else (one * 1000,)
    return tuple(value for value in (one, one * 1000) if value >= FIRST_ROW)


def _bare(text: str) -> str:
    """Return a cell without what a program may put around a number: blanks, apostrophes, `="…"`, a currency sign."""
    number = unicodedata.normalize("NFKC", text).translate(_LOCAL_SIGNS).strip(" '\"=")
    if not number.isascii():
        number = "".join(
            str(unicodedata.decimal(char, char)) for char in number if unicodedata.category(char) not in {"Sc", "Cf"}
        )
    return number.strip(" $")


def _accepted(digits: str, below: int) -> Sequence[int]:
    number = parse_whole_number(digits, below)
    return () if number is None else (number,)


def _scientific(first: str, decimals: str, exponent: int, *, is_exact: bool, below: int) -> Sequence[int]:
    """Return the numbers that are shown so. `1e+05` is R's way to write 100000; Excel's `1E+05` is rounded."""
    if len(decimals) >= exponent:
        return _accepted(first + decimals[:exponent], below) if not decimals[exponent:].strip("0") else ()
    unit = 10 ** (exponent - len(decimals))
    number = int(first + decimals) * unit
    if number >= below:
        return ()
    if is_exact:
        return (number,)
    return range(
        max(number - unit // 2, 0), min(number + unit // 2 + 1, below)
    )  # programs round a half up, down or to even
