"""Whether a report can be written into its own place, and where it goes if not: nobody's work is overwritten."""

from pathlib import Path

from uploader.errors import UsageError
from uploader.report import SUMMARY, free_path, kind_of
from uploader.table import Sheet, Table


def target(table: Table, asked: Path | None) -> tuple[Path, str]:
    """Where the new report goes: to `asked`, in the old one's place, or beside it; and why it is beside.

    Raises UsageError for another kind of file: read back, one is unescaped and the other not.
    """
    if asked:
        if kind_of(asked) != table.kind:
            raise UsageError(
                f"{table.path.name} is {table.kind}, and `retry` can read back only one kind.",
                f"Give --report a name that ends in .{table.kind}.",
            )
        return asked, ""
    if table.kind == "xlsx" and kind_of(table.path) != "xlsx":
        return free_path(table.path.with_suffix(".xlsx")), f"{table.path.name} is left as it is"
    if lost := what_is_lost(table):
        beside = free_path(table.path.with_name(f"{table.path.stem}-results{table.path.suffix}"))
        return beside, f"{table.path.name} is left as it is: it has {' and '.join(lost)}"
    return table.path, ""


def what_is_lost(table: Table) -> list[str]:
    """What stands in the file and would not stand in a report that takes its place."""
    lost = []
    if isinstance(table.source, Sheet):
        lost += [f"the sheet {name!r}" for name in table.source.others if name != SUMMARY]
    elif table.source.is_guess:
        lost.append("an encoding that can only be guessed (say --encoding)")
    if table.header_row > 1:
        lost.append("lines above the header")
    if any(chunk.faults for chunk in table.chunks()):
        lost.append("cells beyond its last column")
    return lost
