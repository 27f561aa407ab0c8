"""A DataFrame as a spreadsheet, and a report as a DataFrame."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from uploader.core.errors import TableError
from uploader.python.frames import frame_table, report_frame
from uploader.report import HEAD, TAIL
from uploader.report.writer import write_report

NO = pd.NA


def texts(values, dtype=None) -> list[str]:
    """What the cells of a column read as."""
    table = frame_table(pd.DataFrame({"a": pd.Series(values, dtype=dtype), "b": "x"}))
    return [cell for chunk in table.chunks() for cell in chunk.columns[0]]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (["007", " a ", "", None], None, ["007", " a ", "", ""]),
        ([1, 2], None, ["1", "2"]),
        ([1.0, None, 2.5], None, ["1", "", "2.5"]),
        ([0.1, 1e-7], None, ["0.1", "0.0000001"]),
        ([0.1, 16777216], "float32", ["0.1", "16777216"]),
        ([447700900123, -7700900123, 1e20], "float32", ["447700������", "-770090����", f"100000{15 * '�'}"]),
        ([np.float32(447700900123), "x"], object, ["447700������", "x"]),
        ([16777218, None, math.inf], "Float32", ["167772��", "", "#NUM!"]),
        ([447700900123.0], None, ["447700900123"]),
        ([2**53 + 1], "int64", ["9007199254740993"]),
        ([1e17], None, ["1E+17"]),
        ([1, NO], "Int64", ["1", ""]),
        ([True, False], None, ["TRUE", "FALSE"]),
        ([True, NO], "boolean", ["TRUE", ""]),
        (["a", NO], "string", ["a", ""]),
        (["a", "b", "a"], "category", ["a", "b", "a"]),
        (pd.to_datetime(["2026-01-02", None]), None, ["2026-01-02", ""]),
        (pd.to_datetime(["2026-01-02T10:00:00.6Z"]), None, ["2026-01-02 10:00:01"]),
        ([pd.Timestamp("2026-01-02 10:00", tz="Europe/Berlin")], None, ["2026-01-02 10:00:00"]),
        ([dt.date(2026, 1, 2), None], object, ["2026-01-02", ""]),
        ([dt.time(9, 5)], object, ["09:05:00"]),
        ([pd.Timedelta("1 days 02:00:00")], None, ["26:00:00"]),
        ([float("inf")], None, ["#NUM!"]),
        ([np.int64(3), "x", None, 2.0], object, ["3", "x", "", "2"]),
        ([["a", 1], {"b": None}], object, ['["a", 1]', '{"b": null}']),
    ],
)
def test_values_become_the_text_of_cells(values, dtype, expected) -> None:
    assert texts(values, dtype) == expected


def test_rows_are_numbered_as_in_a_spreadsheet_and_blank_ones_count() -> None:
    frame = pd.DataFrame({"a": ["x", None, "y"], 7: [1, None, 2]}, index=[10, 20, 30])
    table = frame_table(frame)
    assert (table.columns, table.kind, table.is_file, table.has_changed()) == (("a", "7"), "csv", False, False)
    assert [row for chunk in table.chunks() for row in chunk.rows] == [2, 4]


def test_equal_frames_are_the_same_file_for_the_ledger() -> None:
    one, other = pd.DataFrame({"a": ["x", "y"]}), pd.DataFrame({"a": ["x", "z"]})
    assert frame_table(one).sha256 == frame_table(one.copy()).sha256 != frame_table(other).sha256


def test_unsuitable_frames_are_refused() -> None:
    with pytest.raises(TypeError, match="not list"):
        frame_table([1])
    with pytest.raises(TableError, match="several levels"):
        frame_table(pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_report_has_user_columns_as_text_and_ours_typed(suffix) -> None:
    tail = dict.fromkeys(TAIL, "")
    sent = {**tail, "upload_lead_id": "9", "upload_attempts": "1", "upload_sent_at": "2026-01-02T03:04:05Z"}
    rows = [
        ["2", "accepted", "", "", "007", "=1+1", *sent.values()],
        ["3", "invalid", "why", "hint", "", "'quoted", *tail.values()],
    ]
    path = write_report(Path(f"report.{suffix}"), ("Code", "Note"), rows)
    frame = report_frame(path)
    assert list(frame.columns) == [*HEAD, "Code", "Note", *TAIL]
    assert frame["Code"].tolist() == ["007", ""]
    assert frame["Note"].tolist() == ["=1+1", "'quoted"]
    assert frame["upload_row"].tolist() == [2, 3]
    assert frame["upload_lead_id"].tolist() == [9, NO]
    assert frame["upload_sent_at"][0] == pd.Timestamp("2026-01-02T03:04:05Z")
    assert frame["upload_reason"].isna().tolist() == [True, False]


def test_what_is_no_report_is_refused() -> None:
    Path("leads.csv").write_text("a,b\n1,2\n")
    with pytest.raises(TableError, match="is not a report"):
        report_frame(Path("leads.csv"))
