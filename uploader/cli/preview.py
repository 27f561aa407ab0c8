"""The first leads as the platform would receive them, on the terminal."""

import shutil
import sys
from typing import TYPE_CHECKING

from uploader.cli.console import Console, single_line
from uploader.core.messages import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from uploader.commands.mapping import UnfinishedMapping
    from uploader.commands.preview import Preview
    from uploader.mapping.questionnaire import Questionnaire

FIRST_LEADS = 3

_MIN_WIDTH, _MAX_WIDTH = 12, 100  # characters of a value: on a narrow terminal, and where there is none


def show_first_leads(unfinished: "UnfinishedMapping", known: "Questionnaire", path: "Path", console: Console) -> None:
    """Show the first leads with the mapping as it is known."""
    from uploader.commands.preview import preview
    from uploader.core.errors import MappingError

    try:
        found = preview(unfinished.text(known), path, unfinished.tables[known.sheet.name], known.form, FIRST_LEADS)
    except MappingError as error:
        console.log_error(error)
    else:
        show_preview(found, console)


def show_preview(found: "Preview", console: Console) -> None:
    """Show the first leads, and how many rows are invalid or skipped."""
    console.log()
    show_leads(found.leads, console)
    others = [f"{count:,} would be {what}" for what in ("invalid", "skipped") if (count := getattr(found, what))]
    if others:
        console.log(f"Of the first {count_of(found.tried, 'row')}, {' and '.join(others)}; `uploader check` shows why.")


def show_leads(leads: "Sequence[tuple[int, Mapping[str, str]]]", console: Console) -> None:
    """Show leads, given by row number and fields, as the platform will receive them: side by side, a line per field."""
    if leads:
        are = "first lead" if len(leads) == 1 else f"first {len(leads):,} leads"
        console.log(f"The {are} as the platform will receive {'it' if len(leads) == 1 else 'them'}:")
    for begin in range(0, len(leads), FIRST_LEADS):
        for line in _table(leads[begin : begin + FIRST_LEADS]):
            console.log(line)


def _table(leads: "Sequence[tuple[int, Mapping[str, str]]]") -> list[str]:
    names = list(dict.fromkeys(name for _, fields in leads for name in fields))
    label = max(len(single_line(name)) for name in names)
    free = shutil.get_terminal_size().columns - label - 3
    width = max(_MIN_WIDTH, free // len(leads) - 2) if sys.stderr.isatty() else _MAX_WIDTH
    lines = [("row", [str(row) for row, _ in leads])]
    lines += [(name, [fields.get(name, "–") for _, fields in leads]) for name in names]
    cut = [(single_line(name), [_cut(cell, width) for cell in cells]) for name, cells in lines]
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in cut), strict=True)]
    return [f"  {name.ljust(label)}  {'  '.join(map(str.ljust, cells, widths))}".rstrip() for name, cells in cut]


def _cut(text: str, width: int) -> str:
    shown = single_line(text)
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"
