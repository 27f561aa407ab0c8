"""Templates: columns with any characters in their names, and texts in braces."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.mapping import row_mapper
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.mapping.template import ColumnName, parse_template, template_columns
from uploader.spreadsheet import Chunk, open_table

AWKWARD = [
    "E-mail: work", "a.b", "a[0]", "x!r", "Price {net}", "{x}", "{{x}}", "100% {a} {b}", "Name:", ":", "a{b}c", "{}",
    "\u00dcber: {\u00e4}", "First Name", "0", "!", "{a}{b}", "a: b: c",
]  # fmt: skip


def filled(folder: Path, template: str, cells: dict[str, str]) -> tuple[str, list[str]]:
    """Return what a template makes of a row, and the errors of the mapping."""
    quoted = template.replace("'", "''")
    mapping = parse_mapping(f"version: 1\nfields:\n  a: {{template: '{quoted}'}}\n", folder / "map.yaml")
    path = folder / "a.csv"
    path.write_text("\n".join(";".join(f'"{one}"' for one in line) for line in ([*cells], [*cells.values()])), "utf-8")
    table = open_table(path)
    plans = Binder(mapping, table.columns).plans()
    errors = [error.message for error in mapping.document.errors]
    chunk = next(table.chunks(10))
    return ("" if errors else RowMapper(plans, table.columns).map_rows(chunk).values[0][0]), errors


@pytest.mark.parametrize("name", AWKWARD)
def test_any_column_with_paired_braces_can_be_named(tmp_path: Path, name: str) -> None:
    text, errors = filled(tmp_path, "-{" + name + "}-{Other}.", {"Other": "two", name: "one"})
    assert (text, errors) == ("-one-two.", [])


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{x}} {A}", "{x} one"), ("{A} {{A}}", "one {A}"), ("{A}: {A}", "one: one"), ("{{}} {A}", "{} one"),
        ("{A}{A}", "oneone"), ("EUR {A}", "EUR one"), ("{ A }", "one"), ("{a}", "one"),
    ],
)  # fmt: skip
def test_texts_in_double_braces_stay_unless_there_is_such_a_column(tmp_path: Path, template: str, text: str) -> None:
    assert filled(tmp_path, template, {"A": "one", "B": ""}) == (text, [])


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("First Name", "a template needs columns in braces, such as"), ("", "a template needs columns in braces"),
        ("{}", "a template needs columns in braces"), ("{A} { }", "a template needs columns in braces"),
        ("{A", "a `{` is never closed"), ("{A} {B", "a `{` is never closed"), ("A}", "a `}` has no `{` in front of it"),
        ("{A}}", "a `}` has no `{` in front of it"), ("{X} {A}", "no column 'X'"), ("{A: x}", "no column 'A: x'"),
    ],
)  # fmt: skip
def test_wrong_template_is_reported_once(tmp_path: Path, template: str, message: str) -> None:
    _, errors = filled(tmp_path, template, {"A": "one", "B": ""})
    assert len(errors) == 1
    assert errors[0].startswith(message)


NAMES = st.text("ab:.{}![] ", max_size=6).filter(lambda name: _is_paired(name) and name.strip() != "")


def _is_paired(name: str) -> bool:
    depth = 0
    for char in name:
        depth += (char == "{") - (char == "}")
        if depth < 0:
            return False
    return depth == 0


@given(st.lists(st.tuples(NAMES, st.text("ab:. ", max_size=3)), min_size=1, max_size=4))
def test_columns_and_texts_are_split_as_they_were_joined(pieces: list[tuple[str, str]]) -> None:
    template = "".join("{" + name + "}" + text for name, text in pieces)
    expected = [part for name, text in pieces for part in (ColumnName(name), text) if part]
    assert parse_template(template) == expected
    assert template_columns(template, known=[name for name, _ in pieces]) == [name for name, _ in pieces]


@given(st.text("a{}: ", max_size=12))
def test_any_text_is_a_template_or_an_error(text: str) -> None:
    try:
        parts = parse_template(text)
    except ValueError:
        return
    assert "".join(part if isinstance(part, str) else "{" + part.name + "}" for part in parts) == text


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (("Ann", "Lee"), "Ann (Lee)"), ((" Ann\t", "de  la\u00a0Cruz"), "Ann (de la Cruz)"), (("Ann", ""), "Ann ()"),
        (("", " \u2003"), ""), (("#N/A", "Lee"), "#N/A"), (("#N/A", "#REF! "), "#REF! "), (("", "#N/A"), "#N/A"),
    ],
)  # fmt: skip
def test_empty_rows_are_empty_and_errors_are_the_whole_text(cells: tuple[str, str], text: str) -> None:
    chunk = Chunk([2, 3], [[cells[0], "x"], [cells[1], "y"]])
    mapping = parse_mapping("version: 1\nfields:\n  a: {template: '{A} ({B})'}\n", Path("map.yaml"))
    (plan,) = Binder(mapping, ("A", "B")).plans()
    assert row_mapper._source_texts(plan, chunk) == [text, "x (y)"]
