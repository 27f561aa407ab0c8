"""The first leads as the platform would receive them, on the terminal."""

import shutil
from typing import TYPE_CHECKING

from uploader.cli.console import Console, single_line

if TYPE_CHECKING:
    from pathlib import Path

    from uploader.commands.mapping import UnfinishedMapping
    from uploader.commands.preview import Preview
    from uploader.mapping.questionnaire import Questionnaire

FIRST_LEADS = 3

_MIN_WIDTH = 12  # characters of a value


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
    """Show leads side by side, one line for each field, and how many rows are invalid."""
    console.log()
    if found.leads:
        are = "first lead" if len(found.leads) == 1 else f"first {len(found.leads)} leads"
        console.log(f"The {are} as they would be sent:")
        for line in _table(found):
            console.log(line)
    if found.invalid:
        rows = "1 row" if found.tried == 1 else f"{found.tried:,} rows"
        console.log(f"{found.invalid:,} of the first {rows} would be invalid; `uploader check` shows why.")


def _table(found: "Preview") -> list[str]:
    names = list(dict.fromkeys(name for _, fields in found.leads for name in fields))
    label = max(len(single_line(name)) for name in names)
    free = shutil.get_terminal_size().columns - label - 3
    width = max(_MIN_WIDTH, free // len(found.leads) - 2)
    lines = [("row", [str(row) for row, _ in found.leads])]
    lines += [(name, [fields.get(name, "–") for _, fields in found.leads]) for name in names]
    return [
        f"  {single_line(name).ljust(label)}  {'  '.join(_cut(cell, width).ljust(width) for cell in cells)}".rstrip()
        for name, cells in lines
    ]


def _cut(text: str, width: int) -> str:
    shown = single_line(text)
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"
