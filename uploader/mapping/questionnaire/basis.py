"""What is known about a spreadsheet and its campaign before anything is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from uploader.core.form import Form, Link
from uploader.mapping.proposal import Proposal, propose
from uploader.mapping.proposal.cell_patterns import ENOUGH, share
from uploader.mapping.questionnaire.known_fields import KnownMapping, adopt_known

SHOWN_SAMPLES = 3


@dataclass(frozen=True)
class SheetSample:
    """The columns of a sheet and some of its rows: text cells, "" for empty ones. A text file's name is None."""

    name: str | None
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]] = field(repr=False)

    def samples(self, column: str) -> list[str]:
        """Return the first few different values of a column."""
        at = self.columns.index(column)
        found: dict[str, None] = {}
        for row in self.rows:
            if at < len(row) and (cell := row[at].strip()):
                found[cell] = None
            if len(found) == SHOWN_SAMPLES:
                break
        return list(found)

    @cached_property
    def country_columns(self) -> tuple[str, ...]:
        """The columns whose cells are countries, and not merely words such as "no", which is also Norway's code."""
        found = []
        for at, name in enumerate(self.columns):
            cells = [cell for row in self.rows if at < len(row) and (cell := row[at].strip())]
            if self.columns.count(name) == 1 and share("country", cells) >= ENOUGH > share("yesno", cells):
                found.append(name)
        return tuple(found)


@dataclass(frozen=True)
class Basis:
    """What the questions are about.

    Attributes:
        file: The spreadsheet's name.
        sheets: The sheets that may have the leads, the likeliest first.
        forms: The campaign's forms that can be read.
        links: The campaign's links; empty if the platform does not list them.
        ids: The ids given in advance: campaign, and perhaps form, link and publisher.
        optional: The ids that leads may be sent without.
        sheet: The sheet given in advance.
        earlier: The mappings of the campaign's earlier uploads, the newest first.
        like: The mapping to start from.
    """

    file: str
    sheets: tuple[SheetSample, ...]
    forms: tuple[Form, ...]
    links: tuple[Link, ...]
    ids: Mapping[str, int]
    optional: frozenset[str] = frozenset()
    sheet: str | None = None
    earlier: tuple[KnownMapping, ...] = ()
    like: KnownMapping | None = None
    _proposals: dict[tuple[str | None, int], Proposal] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def proposal(self, sheet: SheetSample, form: Form) -> Proposal:
        """Return what is proposed before anything is answered; it is made once for each sheet and form."""
        key = (sheet.name, form.id)
        if key not in self._proposals:
            found = propose(form, sheet.columns, sheet.rows)
            self._proposals[key] = adopt_known(found, sheet.columns, self.like, self.earlier)
        return self._proposals[key]

    @property
    def head(self) -> Mapping[str, Any]:
        """The other keys of the mapping to start from, such as `duplicates`."""
        return self.like.head if self.like else {}
