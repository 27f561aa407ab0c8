"""Number formats of cells (ECMA-376, part 1, 18.8.31): which show dates, and which show digits that a value lacks.

Only formats whose display is part of the value are applied: those that pad with zeros (`00000`), that put fixed text
before or between the digits (`"ID"0000`, `000-00`), that show words or nothing in place of a number (`"Yes";;"No"`,
`0;-0;`), or that show a date or a time. For money, percentages, thousands and rounding the number itself is the value:
`€ 1,250.00` is 1250.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import cached_property, lru_cache

# Formats that a workbook names by number only: those in 18.8.30, and the East Asian dates of the same place.
BUILT_IN: Mapping[int, str] = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 55), 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, *range(32, 36), 45, 47, 55, 56), "hh:mm:ss"),
    22: "yyyy-mm-dd hh:mm",
    46: "[h]:mm:ss",
}

_TOKEN = re.compile(
    r"""\[(?P<bracket>[^\]]*)\]
    | "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | (?P<space>[_*].)
    | (?P<general>general)
    | (?P<half>am/pm|a/p)
    | (?P<exponent>e[+-])
    | (?P<end>;)
    | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile("h+|m+|s+", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_LONGEST = 255  # characters; longer formats are damaged

_THOUSANDS = re.compile(r"#{1,3}(?:[\s'.]###)+")

# Text that says what a number measures. It is not part of the value.
_UNITS = frozenset("%‰")


Token = tuple[str, str]  # the kind, and its text
Condition = Callable[[Decimal], bool]


class Shows(Enum):
    """What a cell with a number format shows."""

    NUMBER = auto()
    DATE = auto()
    TIME = auto()
    DURATION = auto()


@dataclass(frozen=True)
class Pattern:
    """One section of a format: digit places (`0`, `#`, `?`) and fixed text, as (text, is_place) pairs; () if empty."""

    parts: tuple[tuple[str, bool], ...]
    decimals: str = ""
    condition: Condition | None = None
    has_thousands: bool = False

    @cached_property
    def is_value(self) -> bool:
        """Whether the display is the value: digits that are padded, text before or between them, or words alone."""
        places = [at for at, (_, is_place) in enumerate(self.parts) if is_place]
        fixed = "".join(text for text, is_place in self.parts if not is_place)
        if any(unicodedata.category(one) == "Sc" or one in _UNITS for one in fixed):
            return False
        if not places:
            return is_worded(fixed)
        if self.has_thousands:
            return False
        before = "".join(text for text, _ in self.parts[: places[0]])
        between = "".join("#" if is_place else text for text, is_place in self.parts[places[0] : places[-1] + 1])
        if any(self.parts[at][0] == "0" for at in places[:-1]):
            return True
        if between.strip("#") and not _THOUSANDS.fullmatch(between):
            return True
        return any(one.isalnum() or one == "+" for one in before)

    @cached_property
    def is_blank_at_zero(self) -> bool:
        """Whether nothing is displayed in place of 0: no digit that always is, and no text."""
        return not any(text.strip() and not (is_place and text in "#?") for text, is_place in self.parts) and (
            "0" not in self.decimals
        )

    def show(self, value: Decimal) -> str | None:
        """Return a number of at least 0 as it is displayed; None if the display would round it."""
        if not any(is_place for _, is_place in self.parts):
            return "".join(text for text, _ in self.parts).strip()
        places = len(self.decimals)
        shown = f"{value:.{places}f}"
        if Decimal(shown) != value:
            return None
        whole, _, fraction = shown.partition(".")
        for place in reversed(self.decimals):
            if place == "0" or fraction[-1:] != "0":
                break
            fraction = fraction[:-1]
        return self._fill(whole.lstrip("0"), f".{fraction}" if fraction else "")

    def _fill(self, digits: str, fraction: str) -> str:
        """Put digits into the places from the right; those left over go before the first place."""
        shown: list[str] = []
        first = next(at for at, (_, is_place) in enumerate(self.parts) if is_place)
        last = max(at for at, (_, is_place) in enumerate(self.parts) if is_place)
        for at in range(len(self.parts) - 1, -1, -1):
            text, is_place = self.parts[at]
            if at == last:
                shown.append(fraction)
            if not is_place:
                shown.append(text)
                continue
            taken = digits if at == first else digits[-1:]
            digits = digits[: len(digits) - len(taken)]
            shown.append(taken or {"0": "0", "?": " "}.get(text, ""))
        return "".join(reversed(shown)).strip()


@dataclass(frozen=True)
class NumberFormat:
    """A number format: what it shows, and its sections if it pads numbers, adds text to them or hides zeros.

    Where conditions choose between dates and numbers, each of `choices` is a condition and the format for it.
    """

    shows: Shows = Shows.NUMBER
    sections: tuple[Pattern | None, ...] = ()
    choices: tuple[tuple[Condition | None, "NumberFormat"], ...] = ()

    def choose(self, value: float) -> "NumberFormat":
        """Return the format for a number."""
        if not self.choices:
            return self
        number = Decimal(f"{value:.15g}")
        return next((form for condition, form in self.choices if condition is None or condition(number)), PLAIN)

    @property
    def is_plain(self) -> bool:
        """Whether the text of a number with this format is that of the number alone."""
        return self.shows is Shows.NUMBER and not self.sections and not self.choices

    def show(self, value: float) -> str | None:
        """Return a number as it is displayed; None if its plain text is to be used."""
        if self._zeros and 0 <= value < 1e15 and (whole := int(value)) == value:
            return f"{whole:0{self._zeros}d}"  # as the rest finds out in ten times the time
        number = Decimal(f"{value:.15g}")
        if abs(number) >= Decimal(10) ** 15 or (chosen := self._section(number)) is None:
            return None
        pattern, is_signed = chosen
        if pattern and number == 0 and pattern.is_blank_at_zero and self._shows_something:
            return ""
        if pattern is None or not pattern.is_value or (text := pattern.show(abs(number))) is None:
            return None
        return f"-{text}" if number < 0 and is_signed else text

    @cached_property
    def _zeros(self) -> int:
        """How many zeros a format like `00000` has that is made of nothing else; 0 for other formats."""
        first = self.sections[0] if len(self.sections) == 1 else None
        is_zeros = first is not None and first == Pattern((("0", True),) * len(first.parts))
        return len(first.parts) if first and is_zeros and first.is_value else 0

    @property
    def _shows_something(self) -> bool:
        """Whether any number is displayed: a format that displays none (`;;;`) hides values from view only."""
        return any(section is None or section.parts for section in self.sections)

    def _section(self, number: Decimal) -> tuple[Pattern | None, bool] | None:
        """Return the section for a number, and whether a minus sign goes before it."""
        sections = self.sections
        if any(section and section.condition for section in sections):
            for section in sections:
                if section and (section.condition is None or section.condition(number)):
                    return section, True
            return None
        if number < 0 and len(sections) > 1:
            return sections[1], False
        if number == 0 and len(sections) > 2:
            return sections[2], False
        return sections[0], True


PLAIN = NumberFormat()


@lru_cache(maxsize=4096)
def parse_number_format(code: str) -> NumberFormat:
    """Return what a format code means. A code that can't be understood counts as a plain number's."""
    sections = _split(code[:_LONGEST])
    if 1 < len(sections) <= 3 and ("other", "@") in sections[-1]:
        sections.pop()  # the one for texts, which is the last one before there are four
    sections = sections[:3]
    conditions = [_condition(tokens) for tokens in sections]
    kinds = {_what_is_shown(tokens) for tokens in sections}
    if any(conditions) and kinds != {Shows.NUMBER}:
        return NumberFormat(choices=tuple(zip(conditions, [_format([tokens]) for tokens in sections], strict=True)))
    return _format(sections)


def _format(sections: Sequence[list[Token]]) -> NumberFormat:
    shows = _what_is_shown(sections[0])
    if shows is not Shows.NUMBER:
        return NumberFormat(shows)
    patterns = tuple(_pattern(tokens) for tokens in sections)
    if any(one and (one.is_value or one.is_blank_at_zero) for one in patterns):
        return NumberFormat(sections=patterns)
    return PLAIN


def _split(code: str) -> list[list[Token]]:
    """Return the tokens of each section."""
    sections: list[list[Token]] = [[]]
    for found in _TOKEN.finditer(code):
        kind = found.lastgroup or "other"
        if kind == "end":
            sections.append([])
        else:
            sections[-1].append((kind, found[kind]))
    return sections


def _what_is_shown(tokens: list[Token]) -> Shows:
    """Return what a section shows, by its letters: those of dates, of times, or none."""
    if any(kind in {"general", "exponent"} for kind, _ in tokens):
        return Shows.NUMBER
    letters = {text.lower() for kind, text in tokens if kind == "other"}
    if any(kind == "bracket" and _ELAPSED.fullmatch(text) for kind, text in tokens):
        return Shows.DURATION
    has_time = bool(letters & set("hs")) or any(kind == "half" for kind, _ in tokens)
    if letters & set("ydge") or ("m" in letters and not has_time):
        return Shows.DATE
    return Shows.TIME if has_time else Shows.NUMBER


def _pattern(tokens: list[Token]) -> Pattern | None:
    """Return a section's places and fixed text; None if it has anything else, such as an exponent."""
    parts: list[tuple[str, bool]] = []
    decimals: str | None = None
    has_thousands = False
    condition = _condition(tokens)
    for kind, text in tokens:
        if kind == "bracket":
            if text.startswith("$") and text[1:].partition("-")[0]:
                return None  # a currency
        elif kind in {"quoted", "escaped"}:
            parts.append((text, False))
        elif kind == "other" and text in "0#?":
            if decimals is None:
                parts.append((text, True))
            else:
                decimals += text
        elif kind == "other" and text == "." and decimals is None and parts and parts[-1][1]:
            decimals = ""
        elif kind == "other" and text == "," and parts and parts[-1][1]:
            has_thousands = True
        elif kind == "other" and text in "-+() :!'~{}<>=^&":
            parts.append((text, False))
        elif kind != "space":
            return None
    is_color = bool(tokens) and not (parts or condition or any(kind == "quoted" for kind, _ in tokens))
    return None if is_color else Pattern(tuple(parts), decimals or "", condition, has_thousands)


def _condition(tokens: list[Token]) -> Condition | None:
    found = [one for kind, text in tokens if kind == "bracket" and (one := _parse_condition(text))]
    return found[-1] if found else None


def is_worded(display: str) -> bool:
    """Return whether a display without digits of the number is words, and not the dash of an amount of 0 (`- kr`)."""
    text = display.strip()
    return any(map(str.isalnum, text)) and text.strip("-") == text


def _parse_condition(text: str) -> Condition | None:
    """Return the condition of a section, such as `<=99999`; None for a color or a language."""
    found = _CONDITION.fullmatch(text.strip())
    if not found:
        return None
    limit = Decimal(found[2])
    tests: Mapping[str, Condition] = {
        "<=": limit.__ge__,
        ">=": limit.__le__,
        "<>": limit.__ne__,
        "<": limit.__gt__,
        ">": limit.__lt__,
        "=": limit.__eq__,
    }
    return tests[found[1]]
