"""The columns of a sheet and what they mean: by their names, and by their cells if a name is ambiguous."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from uploader.mapping.proposal.cell_patterns import share
from uploader.mapping.proposal.concepts import NameMeaning, meaning_of
from uploader.mapping.proposal.name_tokens import simplify, tokenize

_PERSON_NAMES = ("first_name", "last_name")
# Beside a column with one of these names, `Name`, `Nom` and `Naam` are last names.
_FIRST_NAME_KEYS = {"vorname", "rufname", "prenom", "voornaam", "roepnaam"}


@dataclass(frozen=True)
class Column:
    """A column that a mapping can name. `rows` are its sample cells, trimmed, "" for empty ones."""

    name: str
    meaning: NameMeaning
    rows: tuple[str, ...] = field(repr=False)

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The cells that are not empty."""
        return tuple(cell for cell in self.rows if cell)

    def share(self, kind: str) -> float:
        """Return the share of cells that look like a kind, 0 to 1."""
        return share(kind, self.cells)


def read_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[Column], list[str]]:
    """Return the columns that a mapping can name, and the names of more than one column.

    Columns without a name are in neither.
    """
    counts = Counter(names)
    found = [
        Column(name, meaning_of(name), tuple(row[at].strip() if at < len(row) else "" for row in rows))
        for at, name in enumerate(names)
        if counts[name] == 1 and name.strip()
    ]
    return [_resolve(column, found) for column in found], [
        name for name, count in counts.items() if count > 1 and name.strip()
    ]


def _resolve(column: Column, columns: Sequence[Column]) -> Column:
    """Give `Name`, `Title` and `State` the meaning that fits their cells and the other columns."""
    match column.meaning.concept:
        case "name" | "given_or_full_name":
            found = _resolve_name(column, columns)
        case "title":
            found = _resolve_title(column, columns)
        case "state" if column.share("status") >= 0.3:
            found = NameMeaning(foreign=True)
        case _:
            return column
    return replace(column, meaning=replace(found, number=column.meaning.number))


def _resolve_name(column: Column, columns: Sequence[Column]) -> NameMeaning:
    """Decide whether the name is a person's (full, first or last) or a company's."""
    known = {concept: _find_concept(concept, columns) for concept in (*_PERSON_NAMES, "full_name", "company", "email")}
    people = [known[concept] for concept in _PERSON_NAMES if known[concept]]
    has_company = known["company"] is not None
    if column.share("company") >= 0.2:
        return NameMeaning(foreign=True) if has_company else NameMeaning("company", ambiguous=True)
    if people and all(_is_part_of(person, column) for person in people):
        return NameMeaning("full_name")
    if len(people) == 2 or known["full_name"]:
        return NameMeaning(foreign=True) if has_company else NameMeaning("company", ambiguous=True)
    in_email = _is_part_of(column, known["email"])
    if known["first_name"]:
        is_clear = tokenize(known["first_name"].name).key in _FIRST_NAME_KEYS
        return NameMeaning("last_name", ambiguous=not (in_email or is_clear) or not _is_one_name(column))
    if known["last_name"]:
        return NameMeaning("first_name", ambiguous=not _is_one_name(column))
    of_person = column.share("person") >= 0.6 and _distinct_share(column) >= 0.5
    return NameMeaning("full_name", ambiguous=not (of_person and (has_company or in_email)))


def _resolve_title(column: Column, columns: Sequence[Column]) -> NameMeaning:
    if column.share("salutation") >= 0.5:
        return NameMeaning("salutation")
    if _find_concept("job_title", columns):
        return NameMeaning(foreign=True)
    return NameMeaning("job_title", ambiguous=column.share("job") < 0.3)


def _find_concept(concept: str, columns: Sequence[Column]) -> Column | None:
    """Return the column that has this concept without doubt, or None."""
    return next(
        (column for column in columns if column.meaning == replace(column.meaning, concept=concept, ambiguous=False)),
        None,
    )


def _is_part_of(part: Column | None, whole: Column | None) -> bool:
    """Whether most cells of `part` share a word with the same row's cell of `whole`, an address or a longer name."""
    if part is None or whole is None:
        return False
    pairs = [(simplify(one), two) for one, two in zip(part.rows, whole.rows, strict=True) if one and two]
    hits = sum(any(_contains_word(two, word) for word in re.findall(r"\w{2,}", one)) for one, two in pairs)
    return bool(pairs) and hits / len(pairs) >= 0.6


def _contains_word(cell: str, word: str) -> bool:
    """Whether a cell contains a word. In addresses words are not separated; a one-word name contains no other name."""
    if "@" in cell:
        return word in simplify(cell.partition("@")[0])
    words = simplify(cell).split()
    return len(words) > 1 and word in words


def _is_one_name(column: Column) -> bool:
    """Whether the cells look like single names: `van der Berg`, not `Autumn webinar 2026, London`."""
    return bool(column.cells) and column.share("number") == 0 and all(len(cell.split()) <= 4 for cell in column.cells)


def _distinct_share(column: Column) -> float:
    return len(set(column.cells)) / len(column.cells) if column.cells else 0.0
