"""Mistakes in YAML are explained in plain words, with their line, all of them at once."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.core.errors import MappingError
from uploader.mapping.load import Mapping, parse_mapping

RIGHT = """\
version: 1
campaign: 44400
form: 75
fields:
  firstName: First Name
  lastName: Last Name
  email: {column: Email, required: true}
  telephone:
    column: Phone
    transform: [{phone: {region: GB}}]
  source: {value: Autumn webinar}
ignore: [Notes]
"""
FIELDS = ["firstName", "lastName", "email", "telephone", "source"]


def errors_of(text: str) -> list[str]:
    return [f"{one.line}:{one.column}: {one.message}" for one in sorted(parse_mapping(text, Path("m")).document.errors)]


def changed(*changes: tuple[str, str]) -> str:
    text = RIGHT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_right_file_has_no_errors() -> None:
    assert errors_of(RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  lastName:", "\tlastName:", "6:1: the line begins with a tab; use spaces instead"),
        ("  lastName:", "  \tlastName:", "6:3: the line begins with a tab; use spaces instead"),
        ("lastName: Last", "lastName:\tLast", "6:12: a tab; use spaces instead"),
        ("  lastName:", "\u00a0 lastName:", "6:1: the line begins with odd spaces; type plain ones instead"),
        ("  lastName:", "   lastName:", "6:4: the line begins with 3 spaces, others of its level"),
        ("  lastName:", " lastName:", "6:2: the line begins with 1 space, others of its level"),
        ("  lastName:", "lastName:", "6:1: a form field belongs under `fields:`; begin the line with 2 spaces"),
        ("    transform:", "     transform:", "10:6: the line begins with 5 spaces, others of its level with 4 spaces"),
        ("    transform:", "   transform:", "10:4: the line begins with 3 spaces, others of its level with 4 spaces"),
        ("lastName: Last Name", "lastName:Last Name", "6:11: no space after the colon; write `lastName: Last Name`"),
        ("version: 1", "version:1", "1:8: no space after the colon; write `version: 1`"),
        ("campaign: 44400", "campaign:44400", "2:9: no space after the colon; write `campaign: 44400`"),
        ("email: {column", "email:{column", "7:8: no space after the colon; write `email: {column: Email,"),
        ("column: Email", "column:Email", "7:11: no space after the colon; write `column: Email`"),
        ("column: Phone", "column:Phone", "9:11: no space after the colon; write `column: Phone`"),
        ("ignore: [", "ignore:[", "12:7: no space after the colon; write `ignore: [Notes]`"),
        ("lastName: Last Name", "lastName Last Name", "6:3: no colon after 'lastName'; write `lastName: Last Name`"),
        ("lastName: Last Name", "lastName = Last Name", "6:3: no colon after 'lastName'; write `lastName: Last Name`"),
        ("fields:", "fields", "4:1: no colon after 'fields'; write `fields:` and its value"),
        ("version: 1", "version 1", "1:1: no colon after 'version'; write `version: 1`"),
        ("Last Name", '"Last Name', "6:13: a quote is never closed"),
        ("Last Name", "Last: Name", '6:17: a text with a colon needs quotes: "Last: Name"'),
        ("[Notes]", "[Notes", "12:9: a `[` is never closed, or a comma is missing after it"),
        ("Email, req", "Email req", "7:10: a `{` is never closed, or a comma is missing after it"),
        ("Last Name", "@Name", "6:13: a text that begins with '@' needs quotes"),
        ("Last Name", "*Name", "6:13: a text that begins with '*' needs quotes"),
        ("Last Name", "%Name", "6:13: a text that begins with '%' needs quotes"),
        ("Last Name", "`Name`", "6:13: a text that begins with '`' needs quotes"),
        ("Last Name", "#Name", "6:3: 'lastName' is empty, as `#` begins a comment; put the text in quotes"),
        ("Last Name", "", "6:3: 'lastName' is empty; write the name of a column after the colon"),
        ("ignore", "---\nignore", "12:1: the file has more than one part; remove the lines `---` and `...`"),
        ("version: 1", "version: 2", "1:10: version: '2' is not supported; write `version: 1`"),
        ("version: 1", "version:", "1:1: version: empty is not supported; write `version: 1`"),
        ("version: 1\n", "", "1:1: `version: 1` is missing"),
        ("44400", "spring", "2:11: campaign: must be a number, such as 44400, not 'spring'"),
        ("44400", "[44400]", "2:11: campaign: must be a number, such as 44400, not a list"),
        ("44400", "0", "2:11: campaign: must be a number, such as 44400, not '0'"),
        ("[Notes]", "Notes", "12:9: ignore: must be a list of columns, such as [Notes, Id], not 'Notes'"),
        ("[Notes]", "[a: b]", "12:9: ignore: must be a list of columns, such as [Notes, Id], not a table as entry 1"),
        ("required: true", "required: maybe", "7:36: required: must be true or false, not 'maybe'"),
        ("required: true", "values: x", "7:34: values: must be a table, such as {UK: United Kingdom}, not 'x'"),
        ("required: true", "values: {a: [b]}", "7:34: values: must be a table"),
        ("{column: Email, required: true}", "{column: Email, values: {a: [b]}}",
         "7:34: values: must be a table, such as {UK: United Kingdom}, not a list for 'a'"),
        ("required: true", "transform: {}", "7:37: transform: write each transform as NAME or {NAME: {option: …}}"),
        ("required: true", "min_length: x", "7:38: min_length: must be a number of characters, such as 50, not 'x'"),
        ("required: true", "type: mail", "7:32: type: must be email; it is the only type, not 'mail'"),
        ("required: true", "allowed: {a: b}", "7:35: allowed: must be a list such as [Yes, No], or the name of a file"),
        ("required: true", "requird: true", "7:26: unknown key 'requird'; did you mean 'required'?"),
        ("ignore", "ignor", "12:1: unknown key 'ignor'; did you mean 'ignore'?"),
        ("ignore: [Notes]", "city: Town", "12:1: unknown key 'city'; if it is a form field, put it below `fields:`"),
    ],
)  # fmt: skip
def test_mistake_is_explained_in_its_line(old: str, new: str, message: str) -> None:
    found = errors_of(changed((old, new)))
    assert len(found) == 1, found
    assert found[0].startswith(message), found


REPAIRED = [
    ("version: 1", "version:1"), ("campaign: 44400", "campaign 44400"), ("  firstName: First", "\tfirstName: First"),
    ("  lastName:", "   lastName:"), ("email: {column", "email:{column"), ("column: Phone", "column:Phone"),
    ("source: {", "source : {"), ("ignore: [", "ignore:["),
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(REPAIRED), unique=True))
def test_all_mistakes_are_reported_at_once_and_the_rest_is_read(changes: list[tuple[str, str]]) -> None:
    mapping = parse_mapping(changed(*changes), Path("m"))
    wrong = {RIGHT[: RIGHT.index(old)].count("\n") + 1 for old, new in changes if " :" not in new}
    assert {error.line for error in mapping.document.errors} == wrong
    assert list(mapping.fields) == FIELDS
    assert mapping.columns == ["First Name", "Last Name", "Email", "Phone"]


def test_syntax_and_other_errors_are_reported_together() -> None:
    text = changed(
        ("  lastName:", "\tlastName:"), ("required: true", "requird: true"), ("44400", "x"), ("[Notes]", "Notes")
    )
    assert [error.split(":")[0] for error in errors_of(text)] == ["2", "6", "7", "12"]


@pytest.mark.parametrize("start", ["fields:\n", ""])
def test_fields_at_the_left_edge_are_one_error_and_are_read(start: str) -> None:
    mapping = parse_mapping(f"version: 1\n{start}email: Email\ncity: {{colum: Town}}\n", Path("m"))
    first, second = sorted(mapping.document.errors)
    assert "two spaces" in first.message
    assert second.message == "unknown key 'colum'; did you mean 'column'?"
    assert list(mapping.keys) == ["email", "city"]


def test_fields_as_a_list_are_explained() -> None:
    assert errors_of("version: 1\nfields:\n  - email: Email\n  - city: Town\n") == [
        "3:3: `fields:` is no list; remove the dashes in front of the form fields"
    ]


def shown(mapping: Mapping) -> list[str]:
    with pytest.raises(MappingError) as caught:
        mapping.raise_errors()
    return list(caught.value.problems)


def test_each_error_shows_its_line() -> None:
    text = changed(("  lastName:", "\tlastName:"), ("required: true", "required: maybe"))
    assert shown(parse_mapping(text, Path("map.yaml"))) == [
        "map.yaml:6:1: the line begins with a tab; use spaces instead\n6 | → lastName: Last Name",
        "map.yaml:7:36: required: must be true or false, not 'maybe'\n7 |   email: {column: Email, required: maybe}",
    ]


def test_many_errors_take_few_lines() -> None:
    text = "version: 1\nfields:\n" + "".join(f"  f{number}: {{colum: x}}\n" for number in range(500))
    problems = shown(parse_mapping(text, Path("map.yaml")))
    assert "\n".join(problems).count("\n") < 55
    assert problems[-1] == "… and 475 more"


@settings(max_examples=300)
@given(st.text(st.sampled_from(list("ab:{}[]\"'#-|>*&!%@`\t \n,?=é\u2028\x85")), max_size=60))
def test_any_text_gives_a_mapping_with_errors(text: str) -> None:
    mapping = parse_mapping(text, Path("m"))
    assert mapping.document.errors
    assert shown(mapping)


@settings(max_examples=200)
@given(st.integers(0, len(RIGHT) - 1), st.sampled_from(list(":{}[]\"'#-\t \n,x")), st.booleans())
def test_any_slip_gives_a_mapping(place: int, char: str, replaces: bool) -> None:
    mapping = parse_mapping(RIGHT[:place] + char + RIGHT[place + replaces :], Path("m"))
    assert all(error.line >= 1 and error.column >= 1 for error in mapping.document.errors)
