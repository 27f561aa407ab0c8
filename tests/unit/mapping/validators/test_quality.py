"""Warnings that predict the platform's automatic checks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.validators import quality_warnings


def lead(fields: list[tuple[str, str]], empty: int) -> list[str]:
    """The warnings of one lead, between two others that are fine."""
    names = [*(name for name, _ in fields), *(f"empty{n}" for n in range(empty))]
    columns = [[f"Ann{at}", value, f"Lee{at}"] for at, (_, value) in enumerate(fields)]
    found = quality_warnings(names, [*columns, *(["x", "", "y"] for _ in range(empty))])
    assert not found.keys() - {1}
    return found.get(1, [])


def of(value: str, field: str = "company") -> list[str]:
    return lead([(field, value)], 0)


@pytest.mark.parametrize("value", ["Test", "a test lead", "test@example.com", "TEST1", "joe_test"])
def test_word_test_is_found(value: str) -> None:
    assert of(value) == [f"company: '{value}' has the word “test”"]


@pytest.mark.parametrize("value", ["Contest Ltd", "Testa", "Latest", "протеst"])
def test_longer_words_with_test_are_fine(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize(
    ("value", "repeated"), [("Aaaron", "Aaa"), ("!!!", "!!!"), ("John Smith III", "III"), ("ééé", "ééé")]
)
def test_character_three_times_in_a_row_is_found(value: str, repeated: str) -> None:
    assert of(value) == [f"company: '{value}' has “{repeated}”, the same character three times in a row"]


@pytest.mark.parametrize("value", ["Aaron", "(+44)07700900000", "10001 3000", "https://www.example.com", "a   b"])
def test_usual_repetitions_are_fine(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize(
    ("value", "shown"), [("Ann 🙂", "🙂"), ("Ann ★★", "★"), ("Ann\x07", "U+0007"), ("A\ue000nn", "U+E000")]
)
def test_unusual_characters_are_found(value: str, shown: str) -> None:
    (warning,) = of(value)
    assert warning.endswith(f"has unusual characters: {shown}")


@pytest.mark.parametrize("value", ["Müller", "Łódź", "東京", "Example® Ltd", "two\nlines", "O’Neil – Söhne", "5 €"])
def test_usual_characters_are_fine(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize("value", ["Ng", "Grk", "J.", "ŁŹ"])
@pytest.mark.parametrize("field", ["firstName", "last_name", "Surname"])
def test_name_without_vowels_is_found(field: str, value: str) -> None:
    assert of(value, field) == [f"{field}: '{value}' has no vowels"]


@pytest.mark.parametrize("value", ["Lynn", "Bjørk", "Łódź", "Ümr", "王", "Ирк", "جك", "O’N", "1"])
def test_names_with_vowels_or_in_other_scripts_are_fine(value: str) -> None:
    assert of(value, "lastName") == []


def test_vowels_matter_only_in_names() -> None:
    assert of("BMW", "company") == []


def test_equal_first_and_last_names_are_found() -> None:
    assert lead([("firstName", "Ann"), ("lastName", "ann")], 0) == ["firstName and lastName are the same: 'Ann'"]
    assert lead([("firstName", "Ann"), ("lastName", "Lee")], 0) == []


def test_three_empty_fields_are_found() -> None:
    assert lead([("firstName", "Ann")], 2) == []
    (warning,) = lead([], 3)
    assert warning == "3 mapped fields are empty; the platform may refuse leads with 3 or more"


def test_all_warnings_of_a_lead_are_listed() -> None:
    assert len(lead([("firstName", "Tst test 🙂🙂🙂"), ("lastName", "Grk")], 5)) == 5


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["firstName", "lastName", "x"]), st.text(min_size=1, max_size=20)))
def test_any_text_can_be_checked(fields: dict[str, str]) -> None:
    for warning in lead([*fields.items()], 0):
        assert any(warning.startswith(name) for name in fields)
