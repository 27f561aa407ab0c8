"""Warnings that collect_quality_warnings the platform's own automatic checks."""

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
def test_the_word_test(value: str) -> None:
    assert of(value) == [f"company: '{value}' has the word “test”"]


@pytest.mark.parametrize("value", ["Contest Ltd", "Testa", "Latest", "протеst"])
def test_words_that_only_hold_test(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize(
    ("value", "repeated"), [("Aaaron", "Aaa"), ("!!!", "!!!"), ("John Smith III", "III"), ("ééé", "ééé")]
)
def test_a_character_three_times_in_a_row(value: str, repeated: str) -> None:
    assert of(value) == [f"company: '{value}' has “{repeated}”, the same character three times in a row"]


@pytest.mark.parametrize("value", ["Aaron", "(+44)07700900000", "10001 3000", "https://www.example.com", "a   b"])
def test_repetitions_in_good_faith(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize(
    ("value", "shown"), [("Ann 🙂", "🙂"), ("Ann ★★", "★"), ("Ann\x07", "U+0007"), ("A\ue000nn", "U+E000")]
)
def test_characters_that_are_not_standard(value: str, shown: str) -> None:
    (warning,) = of(value)
    assert warning.endswith(f"has unusual characters: {shown}")


@pytest.mark.parametrize("value", ["Müller", "Łódź", "東京", "Example® Ltd", "two\nlines", "O’Neil – Söhne", "5 €"])
def test_characters_that_people_write(value: str) -> None:
    assert of(value) == []


@pytest.mark.parametrize("value", ["Ng", "Grk", "J.", "ŁŹ"])
@pytest.mark.parametrize("field", ["firstName", "last_name", "Surname"])
def test_a_name_without_vowels(field: str, value: str) -> None:
    assert of(value, field) == [f"{field}: '{value}' has no vowels"]


@pytest.mark.parametrize("value", ["Lynn", "Bjørk", "Łódź", "Ümr", "王", "Ирк", "جك", "O’N", "1"])
def test_names_with_vowels_or_in_other_letters(value: str) -> None:
    assert of(value, "lastName") == []


def test_vowels_matter_in_names_only() -> None:
    assert of("BMW", "company") == []


def test_first_and_last_name_the_same() -> None:
    assert lead([("firstName", "Ann"), ("lastName", "ann")], 0) == ["firstName and lastName are the same: 'Ann'"]
    assert lead([("firstName", "Ann"), ("lastName", "Lee")], 0) == []


def test_three_empty_fields() -> None:
    assert lead([("firstName", "Ann")], 2) == []
    (warning,) = lead([], 3)
    assert warning == "3 mapped fields are empty; the platform may refuse leads with 3 or more"


def test_everything_at_once() -> None:
    assert len(lead([("firstName", "Tst test 🙂🙂🙂"), ("lastName", "Grk")], 5)) == 5


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(["firstName", "lastName", "x"]), st.text(min_size=1, max_size=20)))
def test_any_text_can_be_judged(fields: dict[str, str]) -> None:
    for warning in lead([*fields.items()], 0):
        assert any(warning.startswith(name) for name in fields)
