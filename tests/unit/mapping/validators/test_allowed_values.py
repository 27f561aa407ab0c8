"""Validation lists: how their files are read, and what is suggested instead of a wrong value."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.invalid_value import values_fix
from uploader.mapping.transforms import InvalidValue
from uploader.mapping.validators import AllowedList
from uploader.mapping.validators.allowed_values import MAX_SUGGESTIONS

COUNTRIES = ["United Kingdom", "United States", "Germany", "Korea, Republic of"]


def refused(allowed: AllowedList, value: str) -> InvalidValue:
    with pytest.raises(InvalidValue) as caught:
        allowed(value)
    assert caught.value.hint
    return caught.value


def from_text(folder: Path, text: str, name: str = "countries.csv", encoding: str = "utf-8") -> AllowedList:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return AllowedList.from_file(path)


@pytest.mark.parametrize(
    "text",
    [
        'United Kingdom\nUnited States\nGermany\n"Korea, Republic of"\n',
        "United Kingdom\nUnited States\nGermany\nKorea, Republic of",
        "Country\r\nUnited Kingdom\r\nUnited States\r\nGermany\r\nKorea, Republic of\r\n",
        'Value\n"United Kingdom"\n"United States"\n\n"Germany"\n"Korea, Republic of"\n"Germany"\n',
        'id,value\n1,United Kingdom\n2,United States\n3,Germany\n4,"Korea, Republic of"\n',
        "Code;Name\nGB;United Kingdom\nUS;United States\nDE;Germany\nKR;Korea, Republic of\n",
        "1\tUnited Kingdom\n2\tUnited States\n3\tGermany\n4\tKorea, Republic of\n",
        "United Kingdom|GB\nUnited States|US\nGermany|DE\nKorea, Republic of|KR\n",
        ' United Kingdom \nUnited States\nGermany\n"Korea, Republic of"',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_usual_list_files_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    allowed = from_text(tmp_path, text, encoding=encoding)
    assert list(allowed.entries) == COUNTRIES
    assert allowed.source == "countries.csv"


def test_header_is_recognized_by_the_file_name(tmp_path: Path) -> None:
    assert from_text(tmp_path, "Job Title\nCEO\n", "job_titles.csv").entries == ("CEO",)
    assert from_text(tmp_path, "Job Title\nCEO\n", "other.csv").entries == ("Job Title", "CEO")
    assert from_text(tmp_path, "No\nYes\n", "opt-in.csv").entries == ("No", "Yes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has no entries"),
        (b"\n \n,,\n", "it has no entries"),
        (b"M\xfcller\n", "it is not UTF-8 text; save the list as CSV UTF-8"),
        (b"PK\x03\x04", "it is a workbook; save the list as CSV UTF-8"),
        (b'"' + b"x" * 2_000_000, "it is not CSV: field larger than field limit"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        AllowedList.from_file(path)


def test_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        AllowedList.from_file(tmp_path / "none.csv")


def test_nearest_entry_is_suggested() -> None:
    allowed = AllowedList(tuple(COUNTRIES), "countries.csv")
    error = refused(allowed, "UK")
    assert str(error) == "'UK' is not in countries.csv; did you mean United Kingdom?"
    assert error.fix == "values: {UK: United Kingdom}"
    assert refused(allowed, "Deutschland").fix == "values: {Deutschland: Germany}"
    assert refused(allowed, "South Korea").fix == 'values: {South Korea: "Korea, Republic of"}'
    assert refused(allowed, "germany ").fix == 'values: {"germany ": Germany}'


@pytest.mark.parametrize(
    ("entries", "value", "suggestion"),
    [
        (["Ireland", "Spain"], "N. Ireland", ""),  # of the United Kingdom, which is not in the list
        (["El Salvador"], "EL", ""),
        (["Dominica"], "Dominican Republic", ""),
        (["Niger", "Mali"], "Nigeria", ""),
        (["Guinea"], "Equatorial Guinea", ""),
        (["Ireland"], "Ireland and Wales", "Ireland"),
        (["Marketing Manager"], "Manager", "Marketing Manager"),
    ],
)
def test_no_fix_with_another_meaning_is_offered(entries: list[str], value: str, suggestion: str) -> None:
    error = refused(AllowedList.from_values(entries), value)
    assert error.fix == ""
    assert str(error).partition("did you mean ")[2] == (f"{suggestion}?" if suggestion else "")


@pytest.mark.parametrize(
    ("entries", "value", "entry"),
    [
        (["Greece", "El Salvador"], "EL", "Greece"),
        (["United Kingdom", "Ireland"], "N. Ireland", "United Kingdom"),
        (["Germany"], "276", "Germany"),
        (["Germany"], "Germny", "Germany"),
        (["Marketing Manager"], "Marketting Manger", "Marketing Manager"),
        (["Chief Executive Officer"], "CEO", "Chief Executive Officer"),
    ],
)
def test_fix_with_the_same_meaning_is_offered(entries: list[str], value: str, entry: str) -> None:
    assert refused(AllowedList.from_values(entries), value).fix == values_fix(value, entry)


def test_suggestion_by_initials_or_similarity() -> None:
    titles = AllowedList.from_values(["Chief Executive Officer", "Marketing Manager", "Human Resources", "Other"])
    assert titles.nearest("C.E.O.") == "Chief Executive Officer"
    assert titles.nearest("hr") == "Human Resources"
    assert titles.nearest("Marketting Manger") == "Marketing Manager"
    error = refused(titles, "Zyx")
    assert str(error) == "'Zyx' is not in the mapping's list"
    assert error.fix == ""


def test_canonical_ignores_only_case_and_blanks() -> None:
    allowed = AllowedList.from_values(["United Kingdom", "IT", "It", "Straße"])
    assert allowed.canonical("united  KINGDOM ") == "United Kingdom"
    assert allowed.canonical("STRASSE") == "Straße"
    assert allowed.canonical("It") == "It"
    assert allowed.canonical("it") is None  # either could be meant
    assert allowed.canonical("UK") is None


LISTS = st.lists(st.text(min_size=1, max_size=12).map(str.strip).filter(bool), min_size=1, max_size=8)


@settings(max_examples=100)
@given(LISTS)
def test_every_entry_is_valid_and_canonical(values: list[str]) -> None:
    allowed = AllowedList.from_values(values)
    for value in values:
        allowed(value)
        assert allowed.canonical(value) == value


@settings(max_examples=100)
@given(LISTS, st.text(min_size=1, max_size=12))
def test_other_values_are_refused(values: list[str], value: str) -> None:
    allowed = AllowedList.from_values(values)
    if value not in values:
        error = refused(allowed, value)
        assert not error.fix or "did you mean " in str(error).removeprefix(f"'{value}'")


def test_empty_list_accepts_nothing() -> None:
    assert str(refused(AllowedList.from_values([" "]), "x")) == "'x' is not in the mapping's list"


def test_suggestions_found_before_the_limit_are_kept() -> None:
    allowed = AllowedList.from_values(COUNTRIES)
    first = refused(allowed, "Koreya, Republic")
    for number in range(MAX_SUGGESTIONS + 1):
        refused(allowed, f"nothing like it {number}")
    assert refused(allowed, "Koreya, Republic").args == first.args
    assert "did you mean Korea, Republic of" in str(first)
