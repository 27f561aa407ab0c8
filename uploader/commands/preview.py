"""The first leads of a spreadsheet as the platform would receive them."""

import itertools
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.core.form import Form
from uploader.mapping.bind import Binder
from uploader.mapping.form_check import check_against_form
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.spreadsheet import Table

CHUNKS = 3  # of rows in which leads are looked for


@dataclass(frozen=True)
class Preview:
    """Some leads by row number, and what becomes of the other rows that were tried.

    Attributes:
        leads: Row number and fields of each lead.
        tried: The number of rows that were mapped.
        invalid: How many of these are invalid.
        skipped: How many of these are left out by the mapping's `where`.
    """

    leads: tuple[tuple[int, dict[str, str]], ...]
    tried: int
    invalid: int
    skipped: int


def preview(text: str, path: Path, table: Table, form: Form, count: int) -> Preview:
    """Map the first rows of a spreadsheet, without the platform.

    Args:
        text: The mapping.
        path: Where the mapping is or will be.
        table: The spreadsheet.
        form: The live form.
        count: The number of leads.

    Raises:
        MappingError: The mapping does not fit the spreadsheet or the form.
    """
    mapping = parse_mapping(text, path)
    binder = Binder(mapping, table.columns, table.path.name, table.sheet)
    plans, row_filter = binder.plans(), binder.row_filter()
    check_against_form(mapping, form)
    mapping.raise_errors(command="map")
    plans = [replace(plan, required=plan.required or plan.name in form.required) for plan in plans]
    mapper = RowMapper(plans, table.columns, mapping.head.quality == "platform", row_filter)
    leads: list[tuple[int, dict[str, str]]] = []
    tried = invalid = skipped = 0
    for chunk in itertools.islice(table.chunks(), CHUNKS):
        mapped = mapper.map_rows(chunk)
        tried, skipped = tried + len(mapped.rows), skipped + len(mapped.skipped)
        invalid += len(mapped.problems.keys() - mapped.skipped.keys())
        found = ((row, mapped.fields(at)) for at, row in enumerate(mapped.rows))
        leads += [(row, dict(fields)) for row, fields in found if fields]
        if len(leads) >= count:
            break
    return Preview(tuple(leads[:count]), tried, invalid, skipped)
