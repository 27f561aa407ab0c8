"""Which transforms a field needs, by what it means and what its cells look like."""

from collections.abc import Sequence
from dataclasses import dataclass

from uploader.mapping.proposal.cell_patterns import ENOUGH, LOOKS, is_date
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.concepts import cells_of
from uploader.mapping.proposal.date_formats import formats
from uploader.mapping.proposal.phone_regions import regions_of
from uploader.mapping.proposal.proposal import Step

_SHOUTED = 0.05  # the share of names in capitals or small letters that makes tidying worth while


@dataclass(frozen=True)
class Conversion:
    """`doubt` makes a sure guess a likely one; `decide` and `choices` are as in Guess. A field whose dates can be
    read in two ways `waits` for someone's word."""

    transform: tuple[Step, ...] = ()
    remark: str = ""
    doubt: str = ""
    decide: str = ""
    choices: tuple[tuple[Step, str], ...] = ()
    waits: bool = False


def conversion(concept: str, columns: Sequence[Column], country: Column | None) -> Conversion:
    """For a field of this concept that comes from `columns`; `country` is the column of the rows' countries."""
    cells = [cell for column in columns for cell in column.cells]
    kind = cells_of(concept)
    if kind == "phone":
        return _phone(columns, country)
    by_cells = {"person": _name, "yesno": _boolean, "date": _date}
    if kind in by_cells:
        return by_cells[kind](cells)
    return Conversion({"email": ("lower",), "country": ("country",)}.get(kind, ()))


def _phone(columns: Sequence[Column], country: Column | None) -> Conversion:
    found = regions_of(columns, country)
    options = {"column": country.name} if country else {}
    if found.region:
        doubt = "" if country else found.why
        return Conversion(({"phone": {**options, "region": found.region}},), found.why if country else "", doubt)
    if country:
        return Conversion(({"phone": options},))
    if not found.national:
        return Conversion(("phone",))
    many = f"{found.national} numbers have" if found.national > 1 else "a number has"
    return Conversion(
        ("phone",),
        decide=f"{many} no country code: of which country?",
        choices=(({"phone": {"region": "GB"}}, "if they are British"),),
    )


def _name(cells: Sequence[str]) -> Conversion:
    """Tidied if some are written in capitals or small letters only. One letter or two are initials."""
    names = [cell for cell in cells if sum(map(str.isalpha, cell)) > 2]
    shouted = sum(cell.isupper() or cell.islower() for cell in names)
    if not shouted or shouted < _SHOUTED * len(names):
        return Conversion()
    return Conversion(("title",), "some are in capitals or small letters")


def _boolean(cells: Sequence[str]) -> Conversion:
    words = {cell for cell in cells if LOOKS["yesno"](cell)}
    if not words or words <= {"0", "1"}:
        return Conversion()
    return Conversion(("boolean",))


def _date(cells: Sequence[str]) -> Conversion:
    found = formats(cells)
    if found.either:
        choices = tuple(({"date": {"from": [form]}}, f"if {found.example} is {_order(form)}") for form in found.either)
        return Conversion(
            decide="the cells don't tell which is the day and which the month", choices=choices, waits=True
        )
    if found.sure:
        return Conversion(({"date": {"from": list(found.sure)}},))
    if cells and sum(map(is_date, cells)) >= ENOUGH * len(cells):
        return Conversion(doubt="its dates are written in a way that needs a format of your own")
    return Conversion()


def _order(form: str) -> str:
    words = {"%d": "day", "%m": "month", "%y": "year", "%Y": "year", "%b": "month", "%B": "month"}
    return ", ".join(words[form[at : at + 2]] for at in range(len(form)) if form[at : at + 2] in words)
