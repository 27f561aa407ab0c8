"""Choose the transforms of a field, by its meaning and the look of its cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from uploader.mapping.proposal.cell_patterns import CELL_TESTS, ENOUGH, is_date
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.concepts import cell_kind_of
from uploader.mapping.proposal.date_formats import find_date_formats
from uploader.mapping.proposal.phone_regions import find_phone_region
from uploader.mapping.proposal.proposal import Step
from uploader.mapping.transforms.date import is_iso_cell

_MIN_TITLE_SHARE = 0.05  # of names in capitals or lower case, from which `title` is worthwhile


@dataclass(frozen=True)
class TransformChoice:
    """The transforms of a field; `note`, `question` and `choices` are as in Guess.

    Attributes:
        doubt: What makes a sure guess only a likely one, or "".
        needs_choice: Whether the field cannot be mapped before the user chooses.
    """

    transform: tuple[Step, ...] = ()
    note: str = ""
    doubt: str = ""
    question: str = ""
    choices: tuple[tuple[Step, str], ...] = ()
    needs_choice: bool = False


def choose_transforms(concept: str, columns: Sequence[Column], country: Column | None) -> TransformChoice:
    """Choose the transforms of a field.

    Args:
        concept: What the field means.
        columns: Where it comes from.
        country: The column with the rows' countries, if there is one.
    """
    cells = [cell for column in columns for cell in column.cells]
    kind = cell_kind_of(concept)
    if kind == "phone":
        return _phone(columns, country)
    by_cells = {"person": _name, "yesno": _boolean, "date": _date}
    if kind in by_cells:
        return by_cells[kind](cells)
    return TransformChoice({"email": ("lower",), "country": ("country",)}.get(kind, ()))


def _phone(columns: Sequence[Column], country: Column | None) -> TransformChoice:
    found = find_phone_region(columns, country)
    options = {"column": country.name} if country else {}
    if found.region:
        doubt = "" if country else found.reason
        return TransformChoice(
            ({"phone": {**options, "region": found.region}},), found.reason if country else "", doubt
        )
    if country:
        return TransformChoice(({"phone": options},))
    if not found.national:
        return TransformChoice(("phone",))
    subject = f"{found.national} numbers have" if found.national > 1 else "one number has"
    return TransformChoice(
        ("phone",),
        question=f"{subject} no country code: which country?",
        choices=(({"phone": {"region": "GB"}}, "if they are British"),),
    )


def _name(cells: Sequence[str]) -> TransformChoice:
    """Choose `title` if some names are in capitals or lower case. One or two letters are initials."""
    names = [cell for cell in cells if sum(map(str.isalpha, cell)) > 2]
    untidy = sum(cell.isupper() or cell.islower() for cell in names)
    if not untidy or untidy < _MIN_TITLE_SHARE * len(names):
        return TransformChoice()
    return TransformChoice(("title",), "some are in capitals or lower case")


def _boolean(cells: Sequence[str]) -> TransformChoice:
    words = {cell for cell in cells if CELL_TESTS["yesno"](cell)}
    if not words or words <= {"0", "1"}:
        return TransformChoice()
    return TransformChoice(("boolean",))


def _date(cells: Sequence[str]) -> TransformChoice:
    """Choose the formats of the dates; real date cells of a workbook, and what is written like them, need none."""
    written = [cell for cell in cells if not is_iso_cell(cell)]
    found = find_date_formats(written)
    if found.alternatives:
        choices = tuple(
            ({"date": {"from": [form]}}, f"if {found.example} is {_order(form)}") for form in found.alternatives
        )
        return TransformChoice(question="which is the day and which the month?", choices=choices, needs_choice=True)
    if found.certain:
        return TransformChoice(({"date": {"from": list(found.certain)}},))
    if written and sum(map(is_date, written)) >= ENOUGH * len(cells):
        return TransformChoice(doubt="its dates need a format that you have to add")
    return TransformChoice(("date",) if len(written) < len(cells) else ())


def _order(form: str) -> str:
    words = {"%d": "day", "%m": "month", "%y": "year", "%Y": "year", "%b": "month", "%B": "month"}
    return ", ".join(words[form[at : at + 2]] for at in range(len(form)) if form[at : at + 2] in words)
