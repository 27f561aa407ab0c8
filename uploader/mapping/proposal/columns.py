"""The columns of a sheet with what they mean: by their names, and by the cells where a name leaves it open."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from uploader.mapping.proposal.cell_patterns import share
from uploader.mapping.proposal.concepts import Meaning, meaning
from uploader.mapping.proposal.name_tokens import plain, split

_PEOPLE = ("first_name", "last_name")
# Where these head a column of first names, `Name`, `Nom` and `Naam` head the last names.
_BESIDE_A_LAST_NAME = {"vorname", "rufname", "prenom", "voornaam", "roepnaam"}


@dataclass(frozen=True)
class Column:
    """A column that a mapping can name. `rows` are all its sample cells, trimmed, "" for empty."""

    name: str
    meaning: Meaning
    rows: tuple[str, ...] = field(repr=False)

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """Those that are not empty."""
        return tuple(cell for cell in self.rows if cell)

    def share(self, look: str) -> float:
        """The share of cells that look so, 0 to 1."""
        return share(look, self.cells)


def read_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[Column], list[str]]:
    """The columns that a mapping can name, and the names that stand more than once. Nameless ones are in neither."""
    counts = Counter(names)
    found = [
        Column(name, meaning(name), tuple(row[at].strip() if at < len(row) else "" for row in rows))
        for at, name in enumerate(names)
        if counts[name] == 1 and name.strip()
    ]
    return [_settled(column, found) for column in found], [
        name for name, count in counts.items() if count > 1 and name.strip()
    ]


def _settled(column: Column, columns: Sequence[Column]) -> Column:
    """With the meaning that the cells and the other columns give to `Name`, `Title` and `State`."""
    match column.meaning.concept:
        case "name" | "given_or_full_name":
            found = _name(column, columns)
        case "title":
            found = _title(column, columns)
        case "state" if column.share("status") >= 0.3:
            found = Meaning(foreign=True)
        case _:
            return column
    return replace(column, meaning=replace(found, number=column.meaning.number))


def _name(column: Column, columns: Sequence[Column]) -> Meaning:
    """Whose name it is: that of a person, whole or in part, or that of a company."""
    known = {concept: _best(concept, columns) for concept in (*_PEOPLE, "full_name", "company", "email")}
    people = [known[concept] for concept in _PEOPLE if known[concept]]
    has_company = known["company"] is not None
    if column.share("company") >= 0.2:
        return Meaning(foreign=True) if has_company else Meaning("company", weak=True)
    if people and all(_agrees(person, column) for person in people):
        return Meaning("full_name")
    if len(people) == 2 or known["full_name"]:
        return Meaning(foreign=True) if has_company else Meaning("company", weak=True)
    in_email = _agrees(column, known["email"])
    if known["first_name"]:
        speaks = split(known["first_name"].name).key in _BESIDE_A_LAST_NAME
        return Meaning("last_name", weak=not (in_email or speaks) or not _is_one_name(column))
    if known["last_name"]:
        return Meaning("first_name", weak=not _is_one_name(column))
    of_person = column.share("person") >= 0.6 and _distinct(column) >= 0.5
    return Meaning("full_name", weak=not (of_person and (has_company or in_email)))


def _title(column: Column, columns: Sequence[Column]) -> Meaning:
    if column.share("salutation") >= 0.5:
        return Meaning("salutation")
    if _best("job_title", columns):
        return Meaning(foreign=True)
    return Meaning("job_title", weak=column.share("job") < 0.3)


def _best(concept: str, columns: Sequence[Column]) -> Column | None:
    """The column that surely has this concept, if there is one."""
    return next(
        (column for column in columns if column.meaning == replace(column.meaning, concept=concept, weak=False)), None
    )


def _agrees(part: Column | None, whole: Column | None) -> bool:
    """Whether a word of most of the cells of `part` stands in the same row's cell of `whole`: an address, or a name of
    several words."""
    if part is None or whole is None:
        return False
    pairs = [(plain(one), two) for one, two in zip(part.rows, whole.rows, strict=True) if one and two]
    hits = sum(any(_holds(two, word) for word in re.findall(r"\w{2,}", one)) for one, two in pairs)
    return bool(pairs) and hits / len(pairs) >= 0.6


def _holds(cell: str, word: str) -> bool:
    """Addresses run words together; a name that is one word is not the whole of another's."""
    if "@" in cell:
        return word in plain(cell.partition("@")[0])
    words = plain(cell).split()
    return len(words) > 1 and word in words


def _is_one_name(column: Column) -> bool:
    """Whether the cells are like a single name: `van der Berg`, not `Autumn webinar 2026, London`."""
    return bool(column.cells) and column.share("number") == 0 and all(len(cell.split()) <= 4 for cell in column.cells)


def _distinct(column: Column) -> float:
    return len(set(column.cells)) / len(column.cells) if column.cells else 0.0
