"""Corrections of values are lines that can be pasted into the mapping, with the place where they belong."""

from pathlib import Path

import pytest

from uploader.core.did_you_mean import did_you_mean
from uploader.mapping.fix_place import place_fixes
from uploader.mapping.load import parse_mapping

HEAD = "version: 1\nfields:\n  email: Email\n"
TAIL = "  city: City\nmade_against:\n  form: 75\n"
FIX = {"country": "Grmany: Germany"}


def placed(field: str) -> tuple[str, str]:
    mapping = parse_mapping(HEAD + field + TAIL, Path("map.yaml"))
    ((place, text),) = place_fixes(mapping, FIX).items()
    return place, text


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("  country: Country\n", "  country: {column: Country, values: {Grmany: Germany}}"),
        ("  country: Country  # sure\n", "  country: {column: Country, values: {Grmany: Germany}}  # sure"),
        ('  country: "The # one"\n', '  country: {column: "The # one", values: {Grmany: Germany}}'),
        ("  country: [Land, Country]\n", "  country: {column: [Land, Country], values: {Grmany: Germany}}"),
        ("  country: {column: Country}\n", "  country: {column: Country, values: {Grmany: Germany}}"),
        ('  country: {column: "a}"}\n', '  country: {values: {Grmany: Germany}, column: "a}"}'),
        (
            "  country: {column: Country, transform: [country]}  # sure\n",
            "  country: {column: Country, values: {Grmany: Germany}, transform: [country]}  # sure",
        ),
        (
            "  country: {column: Country, values: {UK: United Kingdom}}\n",
            "  country: {column: Country, values: {Grmany: Germany, UK: United Kingdom}}",
        ),
        ("  country: {column: C, values: {}}\n", "  country: {column: C, values: {Grmany: Germany}}"),
    ],
)
def test_field_on_one_line_is_replaced_as_a_whole(field: str, line: str) -> None:
    assert placed(field) == ("In map.yaml, replace line 4 (country) with:", line)


@pytest.mark.parametrize(
    ("field", "place", "line"),
    [
        ("  country:\n    column: Country\n", "add below line 4 (country):", "    values: {Grmany: Germany}"),
        (
            "  country:\n    column: Country\n    values:\n      UK: United Kingdom\n",
            "add below line 6 (country):",
            "      Grmany: Germany",
        ),
        (
            "  country:\n    column: Country\n    values: {UK: United Kingdom}\n",
            "replace line 6 (country) with:",
            "    values: {Grmany: Germany, UK: United Kingdom}",
        ),
    ],
)
def test_field_on_several_lines_gets_one_more_line(field: str, place: str, line: str) -> None:
    assert placed(field) == (f"In map.yaml, {place}", line)


def test_place_is_named_where_no_line_can_be_pasted() -> None:
    field = "  country: {column: Country, values: {Grmany: Gemany}}\n"
    assert placed(field) == ("In map.yaml, line 4 (country), add to `values`:", "Grmany: Germany")
    mapping = parse_mapping("version: 1\nfields: {country: Country}\n", Path("map.yaml"))
    assert place_fixes(mapping, FIX) == {"In map.yaml, line 2 (country), add to `values`:": "Grmany: Germany"}


def test_edited_file_gets_no_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("# new\nversion: 1\nfields:\n  country: Country\n")
    mapping = parse_mapping("version: 1\nfields:\n  country: Country\n", path)
    assert place_fixes(mapping, FIX) == {"In map.yaml, field country, add to `values`:": "Grmany: Germany"}


def test_field_at_the_end_of_the_file_is_not_taken_for_a_misspelled_key() -> None:
    text = HEAD + "made_against:\n  date: 2026-11-28\n  form: 75\n  fields: {}\n  country: Country\n"
    (error,) = parse_mapping(text, Path("map.yaml")).document.errors
    assert (error.line, error.column) == (8, 3)
    assert error.message == "made_against: unknown key 'country'; a form field belongs under `fields:`"
    assert did_you_mean("email", ["email"]) == ""


def test_places_are_named_from_the_bottom_up() -> None:
    text = "version: 1\nfields:\n  city:\n    column: City\n  country:\n    column: Country\n"
    mapping = parse_mapping(text, Path("map.yaml"))
    places = list(place_fixes(mapping, {"city": "Berln: Berlin", **FIX}))
    assert places == ["In map.yaml, add below line 5 (country):", "In map.yaml, add below line 3 (city):"]
