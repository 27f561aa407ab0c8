"""DataFrames: one as a spreadsheet, and a report as one. The only module of these that loads pandas."""

from pathlib import Path
from typing import Any

import pandas as pd

from uploader.core.command_line import NO_FLAGS
from uploader.core.errors import TableError
from uploader.pipeline.past_run import suggesting_flags
from uploader.report import HEAD, TAIL
from uploader.report.reader import PastReport
from uploader.spreadsheet import Table, memory_table, open_table
from uploader.spreadsheet.data import value_text
from uploader.spreadsheet.data.values import single_precision_text

NUMBERS = ("upload_row", "upload_lead_id", "upload_http_status", "upload_attempts")
TIMES = ("upload_sent_at",)

SHORT_NUMBERS = frozenset({"float32", "float16"})  # types

# The attribute of a frame whose cells have lost the apostrophes of a CSV report: a retry must not take away others.
UNESCAPED = "uploader_unescaped"


def frame_table(frame: object) -> Table:
    """Return the text of a DataFrame's cells as a spreadsheet program would show it. The index is left out.

    Raises:
        TypeError: It is not a DataFrame.
        TableError: It has several levels of column names.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"a spreadsheet is a path or a pandas.DataFrame, not {type(frame).__name__}")
    if frame.columns.nlevels > 1:
        raise TableError("The DataFrame has several levels of column names.", "Flatten them: one name for each column.")
    names = ["" if name is None else value_text(name) for name in frame.columns]
    cells = [_texts(frame.iloc[:, place]) for place in range(len(names))]
    return memory_table(names, cells, is_unescaped=frame.attrs.get(UNESCAPED) is True)


def report_frame(path: Path) -> pd.DataFrame:
    """Return a report as a DataFrame.

    The input's columns are text as it was in the input, and empty cells are empty text. Of ours, row numbers, ids,
    statuses and attempts are whole numbers, and the time is a timestamp in UTC; the rest is text, missing where empty.

    Raises:
        TableError: The file is not a report.
    """
    with suggesting_flags(NO_FLAGS):
        table = open_table(path, wanted=HEAD)
        report = PastReport(table, frozenset(), escaped=table.kind == "csv")
        names = [*HEAD, *report.columns, *TAIL]
        cells = [[*map(own.__getitem__, HEAD), *inputs, *map(own.__getitem__, TAIL)] for own, inputs in report.rows()]
    frame = pd.DataFrame(cells, columns=pd.Index(names, dtype=object), dtype="str")
    own = [*range(len(HEAD)), *range(len(names) - len(TAIL), len(names))]
    columns = [_typed(frame.iloc[:, place]) if place in own else frame.iloc[:, place] for place in range(len(names))]
    typed = pd.concat(columns, axis=1) if cells else frame
    typed.attrs[UNESCAPED] = True
    return typed


def _texts(column: "pd.Series[Any]") -> list[str]:
    values = [*map(_plain_value, column.tolist())]
    text = single_precision_text if str(column.dtype).lower() in SHORT_NUMBERS else value_text
    return ["" if missing else text(value) for value, missing in zip(values, column.isna(), strict=True)]


def _plain_value(value: Any) -> Any:
    """Return a value of pandas or numpy as one of Python."""
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, pd.Timedelta):
        return value.to_pytimedelta()
    if str(getattr(value, "dtype", "")) in SHORT_NUMBERS and getattr(value, "ndim", 1) == 0:
        return single_precision_text(float(value))
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value


def _typed(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return one of our own columns with its type; what an editor made unreadable is missing."""
    cells = column.where(column != "")
    if column.name in NUMBERS:
        return pd.to_numeric(cells, errors="coerce").astype("Int64")
    if column.name in TIMES:
        return pd.to_datetime(cells, errors="coerce", utc=True, format="ISO8601")
    return cells
