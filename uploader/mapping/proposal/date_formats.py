"""How dates are written in a column: the formats that all of its cells fit, as far as the cells tell."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from uploader.mapping.proposal.cell_patterns import is_date

_SHAPES = (
    (r"\d{4}([-/.])\d{1,2}\1\d{1,2}", ("%Y{0}%m{0}%d",)),
    (r"\d{1,2}([/-])\d{1,2}\1\d{4}", ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y")),
    (r"\d{1,2}(/)\d{1,2}\1\d\d", ("%d{0}%m{0}%y", "%m{0}%d{0}%y")),
    (r"\d{1,2}(-)\d{1,2}\1\d\d", ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d")),
    (r"\d{1,2}(\.)\d{1,2}\1\d{4}", ("%d{0}%m{0}%Y",)),  # with full stops the day comes first, wherever they are used
    (r"\d{1,2}(\.)\d{1,2}\1\d\d", ("%d{0}%m{0}%y",)),
    (r"\d{1,2}([ -])[a-z]{3,9}\1\d{4}", ("%d{0}%b{0}%Y", "%d{0}%B{0}%Y")),
    (r"[a-z]{3,9}( )\d{1,2}, \d{4}", ("%b{0}%d, %Y", "%B{0}%d, %Y")),
    (r"[a-z]{3,9}( )\d{1,2} \d{4}", ("%b{0}%d %Y", "%B{0}%d %Y")),
)
_TIME = re.compile(r"(T|,? )(\d{1,2}:\d\d)(:\d\d)?(\.\d+)?( ?[AP]M)?(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Formats:
    """`sure` fit, and nothing else does; `either` are readings of the same cells with different results."""

    sure: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    example: str = ""


def formats(cells: Sequence[str]) -> Formats:
    """The formats of a column's cells, trimmed and not empty. Cells that are no dates don't count."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for cell in cells:
        if known := _readings(cell):
            groups[known].append(cell)
    sure: list[str] = []
    for known, group in groups.items():
        fitting = _fitting(known, group)
        if len(fitting) > 1:
            return Formats((), fitting, group[0])
        sure += fitting
    return Formats(tuple(dict.fromkeys(sure)))


def _readings(cell: str) -> tuple[str, ...]:
    """The formats that a cell of this shape can have."""
    time = _TIME.search(cell)
    day = cell[: time.start()] if time else cell
    for shape, known in _SHAPES if is_date(cell) else ():
        match = re.fullmatch(shape, day, re.IGNORECASE)
        if match:
            return tuple(form.format(match[1]) + (_time_format(time) if time else "") for form in known)
    return ()


def _time_format(time: re.Match[str]) -> str:
    separator, _, seconds, fraction, half, zone = time.groups()
    hour = "%I" if half else "%H"
    noon = half.upper().replace("AM", "%p").replace("PM", "%p") if half else ""
    return f"{separator}{hour}:%M{':%S' if seconds else ''}{'.%f' if fraction else ''}{noon}{'%z' if zone else ''}"


def _fitting(known: Sequence[str], group: Sequence[str]) -> tuple[str, ...]:
    """Of the formats, those that read the most cells, unless each reads some that the other does not.

    A cell that none of them reads (31/02/2026) tells nothing.
    """
    read = {form: {cell: moment for cell in group if (moment := _parsed(cell, form))} for form in known}
    readable = set().union(*read.values())
    whole = [form for form in known if readable and read[form].keys() == readable]
    if len(whole) == 1 or (whole and all(read[form] == read[whole[0]] for form in whole)):
        return (whole[0],)
    return tuple(whole or (form for form in known if read[form]))


def _parsed(cell: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(cell, form)  # noqa: DTZ007 - compared with itself only
    except ValueError:
        return None
