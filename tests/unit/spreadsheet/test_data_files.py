"""Parquet, Feather and JSON Lines are read like spreadsheets."""

import builtins
import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import TableError
from uploader.spreadsheet import open_table
from uploader.spreadsheet.data import value_text

VALUES = {
    "text": ["007", "Jörg ", None],
    "whole": pd.array([1, None, 2**53 + 1], dtype="Int64"),
    "number": [1.0, 2.5, None],
    "single": pd.array([0.1, 2.0, None], dtype="Float32"),
    "yes": pd.array([True, None, False], dtype="boolean"),
    "day": [dt.date(2026, 1, 2), None, dt.date(2026, 1, 3)],
    "moment": pd.to_datetime(["2026-01-02", "2026-01-02T03:04:05.678901234", None], format="ISO8601"),
    "kind": pd.Categorical(["a", "b", None]),
}
ROWS = [
    ("007", "1", "1", "0.1", "TRUE", "2026-01-02", "2026-01-02", "a"),
    ("Jörg ", "", "2.5", "2", "", "", "2026-01-02 03:04:06", "b"),
    ("", "9007199254740993", "", "", "FALSE", "2026-01-03", "", ""),
]


def rows_of(path: Path, size: int = 1_000) -> list[tuple[str, ...]]:
    return [cells for chunk in open_table(path).chunks(size) for cells in chunk.cells()]


@pytest.mark.parametrize("size", [1, 2, 1_000])
@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_typed_values_become_text(suffix, size) -> None:
    path = Path(f"leads.{suffix}")
    getattr(pd.DataFrame(VALUES), f"to_{suffix}")(path)
    table = open_table(path)
    assert (table.columns, table.kind, table.delimiter, table.header_row) == (tuple(VALUES), "csv", ",", 1)
    assert rows_of(path, size) == ROWS


def test_json_lines() -> None:
    path = Path("leads.jsonl")
    lines = [{"a": "007", "n": 1.0}, {"b": ["x"], "a": None, "yes": True}]
    path.write_text("\n\n".join(map(json.dumps, lines)))
    assert open_table(path).columns == ("a", "n", "b", "yes")
    assert rows_of(path) == [("007", "1", "", ""), ("", "", '["x"]', "TRUE")]
    assert [row for chunk in open_table(path).chunks() for row in chunk.rows] == [2, 4]


def test_half_a_character_is_a_lost_character() -> None:
    Path("leads.jsonl").write_text(r'{"a": "L\ud800ee", "b": ["\udc00"], "c": "\ud83d\ude00"}')
    assert rows_of(Path("leads.jsonl")) == [("L\ufffdee", '["\ufffd"]', "\U0001f600")]


def test_json_lines_that_pandas_writes() -> None:
    frame = pd.DataFrame({"a": ["x", "ü"], "n": [1, 2]})
    frame.to_json("leads.jsonl", orient="records", lines=True)
    assert rows_of(Path("leads.jsonl")) == [("x", "1"), ("ü", "2")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a": \n', r"leads.jsonl, line 2: Expecting value, column \d\."),
        (b'{"a": 1}\n[1]\n', r"line 2: it is not an object"),
        (b'{"a": ' + b"[" * 100_000, r"line 1: a number or the nesting is too long"),
        (b'{"a": ' + b"9" * 5_000 + b"}", r"line 1: a number or the nesting is too long"),
        (b'{"a": 1}\n{"a": 1, "b": 2, "a": 3}\n', r"line 2: it has 'a' twice"),
        (b'{"a": "\xff"}\n', "not UTF-8"),
        (b"\n\n", "has no columns"),
        (b"", "has no columns"),
    ],
)
def test_bad_json_lines_name_the_line(content, message) -> None:
    Path("leads.jsonl").write_bytes(content)
    with pytest.raises(TableError, match=message):
        open_table(Path("leads.jsonl"))


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_damaged_file_is_refused(suffix) -> None:
    path = Path(f"leads.{suffix}")
    getattr(pd.DataFrame(VALUES), f"to_{suffix}")(path)
    whole = path.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:8], whole[:-60] + b"\xff" * 50 + whole[-10:]):
        path.write_bytes(broken)
        with pytest.raises(TableError, match=r"is damaged|has no columns"):
            rows_of(path)


def test_file_that_changes_while_it_is_read_is_refused() -> None:
    path = Path("leads.jsonl")
    path.write_text('{"a": 1}\n' * 3)
    chunks = open_table(path).chunks(1)
    next(chunks)
    path.write_text('{"a": 12}\n' * 3)
    with pytest.raises(TableError, match="was changed while it was read"):
        list(chunks)


def test_missing_library_is_explained(monkeypatch) -> None:
    pd.DataFrame({"a": ["x"]}).to_parquet("leads.parquet")
    monkeypatch.delitem(sys.modules, "uploader.spreadsheet.data.arrow_file", raising=False)
    real = builtins.__import__

    def without_pyarrow(name: str, *args: object, **more: object) -> object:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(TableError, match="need the package pyarrow") as raised:
        open_table(Path("leads.parquet"))
    assert "pip install '.[data]'" in raised.value.hint


def test_index_that_pandas_stores_is_left_out() -> None:
    pd.DataFrame({"a": ["x", "y", "z"]}).iloc[[0, 2]].to_parquet("leads.parquet")
    assert (open_table(Path("leads.parquet")).columns, rows_of(Path("leads.parquet"))) == (("a",), [("x",), ("z",)])


def test_nested_and_unusual_types() -> None:
    table = pa.table(
        {
            "list": pa.array([["a"], None]),
            "decimal": pa.array([Decimal("12.50"), Decimal("3.00")]),
            "time": pa.array([dt.time(9, 5), None]),
            "length": pa.array([dt.timedelta(hours=26), None], pa.duration("ns")),
            "words": pa.array(["a", "b"]).dictionary_encode(),
            "bytes": pa.array([b"\xc3\xbc", None]),
        }
    )
    pq.write_table(table, "leads.parquet")
    expected = [('["a"]', "12.5", "09:05:00", "26:00:00", "a", "ü"), ("", "3", "", "", "b", "")]
    assert rows_of(Path("leads.parquet")) == expected


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_have_no_decimals_whatever_their_type(number) -> None:
    assert value_text(number) == value_text(float(number)) == value_text(Decimal(number)) == str(number)


@given(st.text())
def test_text_stays_as_it_is(text) -> None:
    assert value_text(text) == text
