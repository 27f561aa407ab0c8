"""Whether a spreadsheet is the one that a mapping means: where hardly a column is found, another one was given."""

from collections.abc import Collection, Sequence

from uploader.suggest import did_you_mean
from uploader.table.names import find_column

FEWEST = 2  # columns of a mapping below which their absence says nothing of the file
HARDLY = 0.1  # of the columns: what another file may have by chance
SHOWN, LONGEST = 5, 40  # columns that a message names, and characters of one


def is_another(named: Collection[str], columns: Sequence[str]) -> bool:
    """Whether hardly any of the names is among the columns, and most are not even nearly written like one."""
    missing = [name for name in named if find_column(name, columns) is None]
    if len(named) < FEWEST or len(named) - len(missing) > HARDLY * len(named):
        return False
    return sum(bool(did_you_mean(name, filter(str.strip, columns))) for name in missing) < len(missing) / 2


def told(named: Collection[str], columns: Sequence[str], file: str, sheet: str | None) -> str:
    """That another spreadsheet was given, in words: `none of the mapping's 15 columns is in …`."""
    found = [name for name in named if find_column(name, columns) is not None]
    few = f"only {', '.join(map(repr, found))}" if found else "none"
    where, right = (
        (f"{file} (sheet {sheet!r})", "file and sheet (--sheet)") if sheet else (file, "file, and has it a header")
    )
    filled = [repr(name[:LONGEST]) for name in columns if name.strip()]
    has = f"which has: {', '.join(filled[:SHOWN])}{', …' if len(filled) > SHOWN else ''}"
    if any(map(_is_data, columns)):  # a lead's own, perhaps: no matter for logs
        has = "whose first row looks like a lead, not like a header"
    return f"{few} of the mapping's {len(named)} columns is in {where}, {has}. Is it the right {right}?"


def _is_data(name: str) -> bool:
    """Whether a heading is none: an address, a number, a date."""
    return "@" in name or sum(map(str.isdigit, name)) > len(name) / 2
