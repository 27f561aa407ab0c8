"""Plans a file of rows, alone or with helper processes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from uploader.ledger import Ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline import shared_work
from uploader.pipeline.identity import make_identity
from uploader.pipeline.plan import Plan
from uploader.pipeline.planner import Planner
from uploader.spreadsheet import open_table
from uploader.spreadsheet.source import Spreadsheet

CAMPAIGN = ("acme", 1)


def planner_of(path: Path, text: str, ledger: Ledger, required: Sequence[str] = (), **options: Any) -> Planner:
    """Return what plans a file alone."""
    mapping = parse_mapping(text, path.parent / "map.yaml")
    table = open_table(path, wanted=mapping.columns)
    binder = Binder(mapping, table.columns)
    plans = [replace(plan, required=plan.required or plan.name in required) for plan in binder.plans()]
    mapper = RowMapper(plans, table.columns, mapping.head.quality == "platform", binder.row_filter())
    mapping.raise_errors()
    identity = make_identity(mapping, plans, table.columns, ledger, CAMPAIGN)
    return Planner(Spreadsheet(table), mapper, ledger, identity, table.path.name, **options)


def share(planner: Planner, text: str, size: int = 0) -> Planner:
    """Let helpers take part, if that is possible for a file of `size` bytes."""
    mapping = parse_mapping(text, planner.source.table.path.parent / "map.yaml")
    before, shared_work.LARGE_FILE = shared_work.LARGE_FILE, size
    try:
        planner.shared_work = shared_work.share_work(planner.source, mapping, planner.mapper, planner.identity)
    finally:
        shared_work.LARGE_FILE = before
    return planner


def facts_of(plan: Plan) -> dict[str, object]:
    """Return everything that a plan says."""
    groups = ("problems", "skipped", "notes", "unsent_changes")
    return {
        **{name: value for name, value in vars(plan).items() if name not in {*groups, "quality_warnings"}},
        **{name: [*getattr(plan, name)] for name in groups},
        "fixes": plan.problems.fixes(),
    }
