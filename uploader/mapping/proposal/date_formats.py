"""Find the date formats of a column: those that fit all of its cells."""

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
    (r"\d{1,2}(\.)\d{1,2}\1\d{4}", ("%d{0}%m{0}%Y",)),  # with dots the day comes first in every country
    (r"\d{1,2}(\.)\d{1,2}\1\d\d", ("%d{0}%m{0}%y",)),
    (r"\d{1,2}([ -])[a-z]{3,9}\1\d{4}", ("%d{0}%b{0}%Y", "%d{0}%B{0}%Y")),
    (r"[a-z]{3,9}( )\d{1,2}, \d{4}", ("%b{0}%d, %Y", "%B{0}%d, %Y")),
    (r"[a-z]{3,9}( )\d{1,2} \d{4}", ("%b{0}%d %Y", "%B{0}%d %Y")),
)
_TIME = re.compile(r"(T|,? )(\d{1,2}:\d\d)(:\d\d)?(\.\d+)?( ?[AP]M)?(Z|[+-]\d\d:?\d\d)?$", re.IGNORECASE)


@dataclass(frozen=True)
class DateFormats:
    """`certain` formats are the only ones that fit; `alternatives` read the same cells as different dates."""

    certain: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    example: str = ""


def find_date_formats(cells: Sequence[str]) -> DateFormats:
    """Return the formats of a column's cells, trimmed and not empty. Cells that are not dates are ignored."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for cell in cells:
        if known := _possible_formats(cell):
            groups[known].append(cell)
    certain: list[str] = []
    for known, group in groups.items():
        fitting = _fitting(known, group)
        if len(fitting) > 1:
            return DateFormats((), fitting, group[0])
        certain += fitting
    return DateFormats(tuple(dict.fromkeys(certain)))


def _possible_formats(cell: str) -> tuple[str, ...]:
    """Return the formats that a cell of this shape can have."""
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
    """Return the formats that read all cells that any of them reads; if none does, those that read some.

    A cell that none reads (31/02/2026) is ignored.
    """
    read = {form: {cell: moment for cell in group if (moment := _parse(cell, form))} for form in known}
    readable = set().union(*read.values())
    whole = [form for form in known if readable and read[form].keys() == readable]
    if len(whole) == 1 or (whole and all(read[form] == read[whole[0]] for form in whole)):
        return (whole[0],)
    return tuple(whole or (form for form in known if read[form]))


def _parse(cell: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(cell, form)  # noqa: DTZ007 - compared with itself only
    except ValueError:
        return None
