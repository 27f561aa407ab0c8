"""What a user should know about the rows of a worksheet before they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from uploader.pipeline.plan import PlannedRows
from uploader.pipeline.problem_groups import ProblemGroups
from uploader.pipeline.worksheet import Worksheet
from uploader.spreadsheet.source import RowBatch

PART = 1_000  # rows that are mapped at once
MANY_ROWS = 20_000  # more are not looked at for warnings


def first_leads(sheet: Worksheet, count: int) -> list[tuple[int, Mapping[str, str]]]:
    """Return the first leads to send: row number, and values by form field."""
    mapped = sheet.planner.mapper.map_rows(sheet.chunk(sheet.to_send()[:count]))
    return [(row, dict(mapped.fields(at) or ())) for at, row in enumerate(mapped.rows)]


def quality_warnings(sheet: Worksheet) -> ProblemGroups:
    """Return what the platform may object to in rows to send; nothing for very many rows, as in a check."""
    found = ProblemGroups()
    for places in _parts(sheet) if sheet.ready <= MANY_ROWS else ():
        mapped = sheet.planner.mapper.map_rows(sheet.chunk(places))
        for at, warnings in mapped.quality_warnings.items():
            found.add_messages(mapped.rows[at], warnings)
    return found


def declined(sheet: Worksheet) -> dict[str, list[int]]:
    """Return the positions of the rows to send with a "no", by boolean field."""
    found: dict[str, list[int]] = {}
    plans = [plan for plan in sheet.plans if plan.is_boolean]
    mapper = replace(sheet.planner.mapper, plans=plans, strict=False, row_filter=None)
    for places in _parts(sheet) if plans else ():
        chunk = sheet.chunk(places)
        rows = PlannedRows(RowBatch(chunk), mapper.map_rows(chunk), [], bytes(len(places)))
        for name, at in sheet.planner.declined(rows):
            found.setdefault(name, []).append(places[at])
    return found


def _parts(sheet: Worksheet) -> Iterator[Sequence[int]]:
    send = sheet.to_send()
    yield from (send[at : at + PART] for at in range(0, len(send), PART))
