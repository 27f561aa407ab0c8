"""Which rows `where` leaves out, and the reason that is shown for each."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.model import Problem
from uploader.mapping.bind import Binder
from uploader.mapping.load import Mapping, parse_mapping
from uploader.mapping.row_filter import FilteredRows, comparable, find_mismatch
from uploader.mapping.row_mapper import RowMapper
from uploader.mapping.schema import Condition
from uploader.mapping.unmatched_texts import MAX_DISTINCT, SeenCells
from uploader.spreadsheet import Chunk


def a_mapping(where: str) -> Mapping:
    return parse_mapping(f"version: 1\nwhere: {where}\nfields:\n  email: Email\n", Path("map.yaml"))


def filtered(where: str, **columns: list[str]) -> FilteredRows:
    """What `where` says about rows; `Test_lead` stands for the column `Test lead`."""
    mapping = a_mapping(where)
    names = ["Email", *(name.replace("_", " ") for name in columns)]
    found = Binder(mapping, names).row_filter()
    assert [error.message for error in mapping.document.errors] == []
    assert found is not None
    count = len(next(iter(columns.values())))
    cells = [["ann@example.com"] * count, *columns.values()]
    return found.apply(Chunk(list(range(2, count + 2)), cells))


def kept(where: str, *cells: str) -> list[str]:
    """The cells of the column `A` whose rows are sent."""
    found = filtered(where, A=list(cells))
    assert found.problems == {}
    return [cell for at, cell in enumerate(cells) if at not in found.skipped]


def errors_of(where: str, columns: list[str]) -> list[str]:
    mapping = a_mapping(where)
    Binder(mapping, columns).row_filter()
    return [f"{error.line}:{error.column}: {error.message}" for error in mapping.document.errors]


@pytest.mark.parametrize(
    ("where", "sent", "left_out"),
    [
        ("{A: Qualified}", ["Qualified", " qualified ", "QUALIFIED", "Quali\u00adfied"], ["", "New", "Qualified lead"]),
        ("{A: [Won, Hot lead]}", ["won", "Hot  Lead", "hot\u00a0lead"], ["", "Lost", "Hot"]),
        ("{A: {in: [Won]}}", ["won"], ["Lost"]),
        ("{A: {not: [Yes, true]}}", ["No", "", "FALSE", "1"], ["yes", "YES ", "TRUE", "Wahr", "vrai"]),
        ("{A: {not: Yes}}", ["No", "TRUE"], ["yes"]),
        ("{A: {empty: true}}", ["", "  ", "\u200b", "\u00a0"], ["x", "0"]),
        ("{A: {empty: no}}", ["x", "0"], ["", " ", "\u200b"]),
        ("{A: {contains: webinar}}", ["Webinar", "my WEBINAR 2026"], ["", "web"]),
        ("{A: {contains: [webinar, fair]}}", ["Webinar", "Trade fair"], ["", "web"]),
        ("{A: {not: {contains: test}}}", ["ann@example.com", ""], ["TEST", "contest"]),
        ("{A: {not: {empty: true}}}", ["x"], [""]),
        ("{A: {contains: a, not: [Cat]}}", ["Bat"], ["Cat", "Dog"]),
        ('{A: ""}', ["", " "], ["x"]),
    ],
)  # fmt: skip
def test_where_keeps_and_leaves_out(where: str, sent: list[str], left_out: list[str]) -> None:
    assert kept(where, *sent, *left_out) == sent


@pytest.mark.parametrize(
    ("written", "sent", "left_out"),
    [
        ("1", ["1", "1.0", " 1 "], ["01", "TRUE", "10", "1.5"]),
        ("007", ["007"], ["7"]),
        ("1.0", ["1"], ["1.01"]),
        ("true", ["TRUE", "True", "WAHR", "VERDADERO"], ["Yes", "1", "FALSE"]),
        ("yes", ["Yes"], ["TRUE", "y", "1"]),
        ("no", ["No"], ["FALSE", "0", ""]),
        ("2026-11-28", ["2026-11-28"], ["28.11.2026"]),
        ("null", [], ["", "null"]),
    ],
)
def test_numbers_and_booleans_of_yaml_are_the_text_that_the_sheet_shows(
    written: str, sent: list[str], left_out: list[str]
) -> None:
    if written == "null":
        assert errors_of("{A: null}", ["Email", "A"])
        return
    assert kept(f"{{A: {written}}}", *sent, *left_out) == sent


def test_all_conditions_must_hold() -> None:
    found = filtered(
        "{Status: Won, Test_lead: {not: Yes}}".replace("_", " "),
        Status=["Won", "Won", "Lost", "Lost"],
        Test_lead=["", "yes", "", "yes"],
    )
    assert found.skipped == {
        1: "where: column 'Test lead' is 'yes'",
        2: "where: column 'Status' is 'Lost', not 'Won'",
        3: "where: column 'Status' is 'Lost', not 'Won'",
    }


@pytest.mark.parametrize(
    ("condition", "cell", "reason"),
    [
        ("Won", "Lost", "is 'Lost', not 'Won'"),
        ("Won", "", "is empty, not 'Won'"),
        (["Won", "Hot"], "Lost", "is 'Lost', not one of 'Won', 'Hot'"),
        (list("abcdefg"), "x", "is 'x', not one of 'a', 'b', 'c', 'd', 'e', …"),
        ({"not": ["Yes"]}, "yes", "is 'yes'"),
        ({"not": {"contains": "test"}}, "a test", "is 'a test', with 'test'"),
        ({"contains": "web"}, "x", "is 'x', without 'web'"),
        ({"empty": True}, "x", "is 'x'"),
        ({"empty": False}, " ", "is empty"),
        ("", "x", "is 'x', not empty"),
    ],
)
def test_reason_names_the_cell_and_the_condition(condition: object, cell: str, reason: str) -> None:
    assert find_mismatch(Condition.model_validate(condition), cell) == reason


def test_unreadable_cell_makes_a_row_invalid_not_skipped() -> None:
    """Whether such a row is left out is not known, unless another condition leaves it out."""
    found = filtered("{A: Won, B: Hot}", A=["#N/A", "#N/A", "Won"], B=["Hot", "Cold", "Hot"])
    assert found.skipped == {1: "where: column 'B' is 'Cold', not 'Hot'"}
    assert [problem.message for problem in found.problems.values()] == [
        "where: column 'A': '#N/A' is an error value of the spreadsheet"
    ]


def test_error_value_that_the_mapping_names_is_compared() -> None:
    found = filtered("{A: {not: '#N/A'}}", A=["#N/A", "Won", "#REF!"])
    assert (list(found.skipped), list(found.problems)) == ([0], [2])


def test_shifted_row_is_not_skipped() -> None:
    """Its cells may stand under other columns."""
    mapping = a_mapping("{A: Won}")
    found = Binder(mapping, ["Email", "A"]).row_filter()
    assert found
    chunk = Chunk([2, 3], [["x", "x"], ["Lost", "Lost"]], faults={0: Problem("the row has 1 cell more")})
    assert list(found.apply(chunk).skipped) == [1]


def test_skipped_row_has_no_lead_no_notes_and_no_warnings() -> None:
    mapping = a_mapping("{A: Won}")
    binder = Binder(mapping, ["Email", "A"])
    mapper = RowMapper(binder.plans(), ["Email", "A"], row_filter=binder.row_filter())
    mapped = mapper.map_rows(Chunk([2, 3], [["mailto:test@example.com"] * 2, ["Won", "Lost"]]))
    assert [mapped.fields(at) for at in range(2)] == [(("email", "test@example.com"),), None]
    assert (list(mapped.notes), list(mapped.quality_warnings)) == ([0], [0])


def test_missing_and_repeated_columns_are_reported_where_they_are_named() -> None:
    assert errors_of("{Statsu: Won}", ["Email", "Status"]) == ["2:9: where: no column 'Statsu'; did you mean 'Status'?"]
    assert errors_of("{Status: Won}", ["Email", "Status", "Status"]) == [
        "2:9: where: the file has 2 columns 'Status'; rename all but one"
    ]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{A: {contians: x}}", "where, 'A': unknown condition 'contians'; did you mean 'contains'?"),
        ("{A: {'!=': x}}", "where, 'A': unknown condition '!='; use equals, in, not, contains or empty"),
        ("{A: {empty: perhaps}}", "where, 'A': empty must be true or false, not 'perhaps'"),
        ("{A: }", "where, 'A': is empty; for rows whose cell is empty, write {empty: true}"),
        ("{A: {not: }}", "where, 'A': nothing follows 'not'; for rows whose cell is empty, write {empty: true}"),
        ("{A: {in: []}}", "where, 'A': in must be a list, such as [Qualified, Won], not an empty list"),
        ("{A: {in: x}}", "where, 'A': in must be a list, such as [Qualified, Won], not 'x'"),
        ("{A: {equals: [x]}}", "where, 'A': equals must be a text, not a list"),
        ("{A: {}}", "where, 'A': needs equals, in, not, contains or empty"),
        (
            "{A: {contains: ''}}",
            "where, 'A': contains: every cell contains an empty text; write at least one character",
        ),
        ("A = x", "where: must be a table of columns, such as {Status: Qualified}, not 'A = x'"),
    ],
)
def test_mistake_in_where_is_explained(where: str, message: str) -> None:
    assert [error.partition(": ")[2] for error in errors_of(where, ["Email", "A"])] == [message]


def test_mistakes_are_reported_together_and_the_rest_is_checked() -> None:
    found = errors_of("{A: {nto: x}, Statsu: Won, C: {empty: x}}", ["Email", "A", "Status", "C"])
    assert len(found) == 3


def doubts(where: str, *cells: str) -> list[str]:
    """What is probably not meant, where the column `A` has these cells."""
    found = Binder(a_mapping(where), ["Email", "A"]).row_filter()
    assert found
    seen = SeenCells(found)
    for begin in range(0, len(cells), 2):
        some = list(cells[begin : begin + 2])
        seen.add(Chunk(list(range(2, 2 + len(some))), [["x"] * len(some), some]))
    return list(seen.doubts())


@pytest.mark.parametrize(
    ("where", "cells", "expected"),
    [
        ("{A: {not: Yes}}", ["TRUE", "FALSE"], ["where: no row has 'Yes' in column 'A', but some have 'TRUE'."]),
        ("{A: true}", ["yes", "no", "no"], ["where: no row has 'true' in column 'A', but some have 'yes'."]),
        (
            "{A: Qualifed}",
            ["New", "Qualified"],
            ["where: no row has 'Qualifed' in column 'A', but some have 'Qualified'."],
        ),
        ("{A: {not: [Yes, true]}}", ["yes", "no"], []),
        ("{A: {not: Yes}}", ["no", ""], []),
        ("{A: [Won, Hot]}", ["won", "Lost"], []),
        ("{A: {contains: test}}", ["tests"], []),
        ("{A: {empty: true}}", ["x"], []),
        ("{A: Qualifed}", ["Qualified", *map(str, range(MAX_DISTINCT + 1))], []),
    ],
)
def test_text_that_no_row_has_is_doubted_if_one_is_near(where: str, cells: list[str], expected: list[str]) -> None:
    assert doubts(where, *cells) == expected


TEXTS = st.text(st.sampled_from("aAbB \u00a0ß1.0é"), max_size=6)


@given(TEXTS, TEXTS)
def test_not_is_the_opposite(text: str, cell: str) -> None:
    for condition in ({"equals": text}, {"in": [text]}, {"contains": text or "a"}, {"empty": True}):
        if not str(next(iter(condition.values()))).strip() and "contains" in condition:
            continue
        holds = not find_mismatch(Condition.model_validate(condition), cell)
        assert holds == bool(find_mismatch(Condition.model_validate({"not": condition}), cell))


@given(TEXTS)
def test_comparable_ignores_case_and_blanks_only(text: str) -> None:
    assert comparable(text) == comparable(f" {text.upper()}\u00a0") == comparable(comparable(text))
    assert find_mismatch(Condition.model_validate(text), text) == ""
