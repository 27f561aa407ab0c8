"""`build` and its errors, and the transforms of plain text."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.invalid_value import quote_value, values_fix
from uploader.mapping.transforms import InvalidValue, Transform, build, value_when_empty
from uploader.mapping.transforms.options import NeedsRegion


def plain(name: str, options: object = None) -> Transform:
    built = build(name, options)
    assert not isinstance(built, NeedsRegion)
    return built


def refused(name: str, options: object = None) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        build(name, options)
    return str(caught.value)


def test_unknown_names_and_options_get_a_suggestion() -> None:
    assert refused("phne") == "unknown transform 'phne'; did you mean 'phone'?"
    assert refused("phone", {"regin": "GB"}) == "phone: unknown option 'regin'; did you mean 'region'?"
    assert refused("lower", {"case": "all"}) == "lower: takes no options"
    assert refused("phone", "GB") == "phone: write its options as {option: value}, not 'GB'"


def test_all_errors_of_the_options_are_reported_at_once() -> None:
    message = refused("date", {"from": ["%d/%m", "%Q"], "to": "%-d", "too": "x"})
    for fault in ("'%d/%m' needs one year", "'%Q' has %Q", "to: '%-d' has %-", "unknown option 'too'"):
        assert fault in message


@pytest.mark.parametrize(
    ("name", "text"),
    [("lower", "A"), ("upper", "a"), ("title", "a"), ("digits", "1"), ("boolean", "1"), ("country", "DE")],
)
def test_empty_options_equal_no_options(name: str, text: str) -> None:
    assert plain(name)(text) == plain(name, {})(text)


def test_only_boolean_has_a_value_for_empty_cells() -> None:
    assert value_when_empty("boolean") == "0"
    assert value_when_empty("lower") is None


def test_slow_libraries_are_loaded_when_needed() -> None:
    code = "import sys, uploader.mapping.transforms, uploader.mapping.validators; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"phonenumbers", "email_validator", "rapidfuzz", "pandas"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "1"), ("Y", "1"), ("TRUE", "1"), ("1", "1"), ("1.0", "1"), ("x", "1"), ("On", "1"), ("Ja", "1"),
        ("oui", "1"), ("Sí", "1"), ("WAHR", "1"), ("no", "0"), ("N", "0"), ("false", "0"), ("0", "0"), ("off", "0"),
        ("Nein", "0"), ("non", "0"), ("FAUX", "0"),
    ],
)  # fmt: skip
def test_boolean(text: str, expected: str) -> None:
    assert plain("boolean")(text) == expected
    assert plain("boolean")(expected) == expected


def test_boolean_never_guesses_consent() -> None:
    with pytest.raises(InvalidValue, match="'maybe' is neither yes nor no") as caught:
        plain("boolean")("maybe")
    assert caught.value.fix == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("(020) 7946-0000", "02079460000"), ("12345.0", "12345"), ("٣٤", "34"), ("4.47700900123E+11", "447700900123")],
)
def test_digits(text: str, expected: str) -> None:
    assert plain("digits")(text) == expected


@pytest.mark.parametrize(("text", "message"), [("none", "has no digits"), ("4.47E+11", "last digits are lost")])
def test_digits_refuses_text_without_digits(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        plain("digits")(text)


@pytest.mark.parametrize(
    "text",
    ["McDonald", "van der Berg", "O'Neil", "O’Neil", "de la Cruz", "John Smith III", "Ludwig van Beethoven", "DiCaprio",
     "Jean-Luc Picard", "J.R. Ewing", "María José", "Σίσυφος", "ნინო"],
)  # fmt: skip
def test_title_keeps_well_written_names(text: str) -> None:
    assert plain("title")(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MCDONALD", "McDonald"), ("mcdonald", "McDonald"), ("O'NEIL", "O'Neil"), ("o’neil", "O’Neil"),
        ("MARY-JANE", "Mary-Jane"), ("MARIA DE LA CRUZ", "Maria de la Cruz"), ("jan van der berg", "Jan van der Berg"),
        ("VAN DER BERG", "Van der Berg"), ("john smith iii", "John Smith III"), ("Anna SCHMIDT", "Anna Schmidt"),
        ("SMITH'S", "Smith's"), ("L'ORÉAL", "L'Oréal"), ("j.r. ewing", "J.R. Ewing"), ("GROẞ", "Groß"),
        ("DİYARBAKIR", "Diyarbakir"), ("ΓΙΏΡΓΟΣ", "Γιώργος"), ("e\u0301lan", "E\u0301lan"), ("DE", "De"),
        ("head  of\tsales", "Head  Of\tSales"),
    ],
)  # fmt: skip
def test_title_fixes_capitals_and_lower_case(text: str, expected: str) -> None:
    assert plain("title")(text) == expected


@settings(max_examples=200)
@given(st.sampled_from(["lower", "upper", "title", "digits"]), st.text(min_size=1, max_size=40))
def test_transform_is_idempotent(name: str, text: str) -> None:
    try:
        once = plain(name)(text)
    except InvalidValue:
        assert name == "digits"
        assert not re.search(r"[0-9]", text) or "E+" in text.upper()
        return
    assert once == "" or plain(name)(once) == once


@settings(max_examples=100)
@given(st.text(alphabet=st.characters(codec="latin-1", categories=["L", "Zs"]), max_size=30))
def test_title_changes_nothing_but_case(text: str) -> None:
    assert plain("title")(text).casefold() == text.casefold()


def test_replace_applies_pairs_in_order() -> None:
    assert plain("replace", {r"\s+": " ", r"(\w+) (\w+)": r"\2 \1", "^": "> "})("Ann   Lee") == "> Lee Ann"
    assert plain("replace", {"[a-z]": None})("aB1") == "B1"
    assert plain("replace", {".": ""})("abc") == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (None, "replace: needs at least one {pattern: replacement}"),
        ({"(a": ""}, "'(a' is not a regular expression: missing ), unterminated subpattern at position 0"),
        ({"a": r"\1"}, r"the replacement '\\1' does not fit 'a': invalid group reference 1 at position 1"),
        ({"a": r"\g<x>"}, "unknown group name 'x'"),
    ],
)
def test_replace_reports_bad_pairs_when_built(options: object, message: str) -> None:
    assert message in refused("replace", options)


def test_values_in_messages_are_short_and_on_one_line() -> None:
    assert quote_value("a\nb\tc") == "'a b c'"
    assert quote_value("x" * 61) == f"'{'x' * 60}…'"


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_fix_is_yaml_with_the_same_meaning(value: str, wanted: str) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(values_fix(value, wanted)) == {"values": {value: wanted}}


@pytest.mark.parametrize(
    ("value", "fix"),
    [("UK", "values: {UK: United Kingdom}"), ("NO", 'values: {"NO": United Kingdom}'),
     ("1", 'values: {"1": United Kingdom}'),
     ("a: b", 'values: {"a: b": United Kingdom}')],
)  # fmt: skip
def test_fix_is_quoted_where_yaml_needs_it(value: str, fix: str) -> None:
    assert values_fix(value, "United Kingdom") == fix
