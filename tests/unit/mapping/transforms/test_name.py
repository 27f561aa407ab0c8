"""Full names, split as people write them; what could be wrong is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.mapping.transforms import InvalidValue, Transform, build
from uploader.mapping.transforms.name import split_name
from uploader.mapping.transforms.options import NeedsRegion


def transform(part: str) -> Transform:
    found = build("name", part)
    assert not isinstance(found, NeedsRegion)
    return found


@pytest.mark.parametrize(
    ("text", "first", "last", "rest"),
    [
        ("Ann Lee", "Ann", "Lee", ""),
        ("  Ann \u00a0 Lee ", "Ann", "Lee", ""),
        ("Mary Jane Smith", "Mary", "Smith", "Jane"),
        ("J. R. R. Tolkien", "J.", "Tolkien", "R. R."),
        ("John E. Smith", "John", "Smith", "E."),
        ("Anna I Smith", "Anna", "Smith", "I"),
        ("Anna-Lena Meyer-Schmidt", "Anna-Lena", "Meyer-Schmidt", ""),
        ("Anna - Lena Meyer - Schmidt", "Anna-Lena", "Meyer-Schmidt", ""),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven", ""),
        ("Vincent Van Gogh", "Vincent", "Van Gogh", ""),
        ("Hans von der Heide", "Hans", "von der Heide", ""),
        ("MARIA DE LA CRUZ", "MARIA", "DE LA CRUZ", ""),
        ("Jan van ’t Hoff", "Jan", "van ’t Hoff", ""),
        ("Ahmed bin Rashid", "Ahmed", "bin Rashid", ""),
        ("Omar al-Hassan", "Omar", "al-Hassan", ""),
        ("Angus Mac Donald", "Angus", "Mac Donald", ""),
        ("Sean O'Brien", "Sean", "O'Brien", ""),
        ("Jill St. John", "Jill", "St. John", ""),
        ("José Ortega y Gasset", "José", "Ortega y Gasset", ""),
        ("JOSÉ ORTEGA Y GASSET", "JOSÉ", "ORTEGA Y GASSET", ""),
        ("Van Morrison", "Van", "Morrison", ""),
        ("Ben Affleck", "Ben", "Affleck", ""),
        ("Jack Ma", "Jack", "Ma", ""),
        ("Lee, Ann", "Ann", "Lee", ""),
        ("LEE,Ann Marie", "Ann", "LEE", "Marie"),
        ("García Márquez, Gabriel", "Gabriel", "García Márquez", ""),
        ("Beethoven, Ludwig van", "Ludwig", "van Beethoven", ""),
        ("Berg, Hans Peter van der", "Hans", "van der Berg", "Peter"),
        ("Dr. Ann B. Lee, PhD", "Ann", "Lee", "Dr. B. PhD"),
        ("Prof. Dr. Hans Meyer", "Hans", "Meyer", "Prof. Dr."),
        ("Frau Dipl.-Ing. Eva Meyer", "Eva", "Meyer", "Frau Dipl.-Ing."),
        ("Martin Luther King Jr.", "Martin", "King", "Luther Jr."),
        ("King, Martin Luther, Jr.", "Martin", "King", "Luther Jr."),
        ("John Smith III", "John", "Smith", "III"),
        ("John Smith 3rd", "John", "Smith", "3rd"),
        ("Robert (Bob) Smith", "Robert", "Smith", "(Bob)"),
        ("Ann Lee née Smith", "Ann", "Lee", "née Smith"),
        ("Иван Петров", "Иван", "Петров", ""),
        ("Иван Иванович Петров", "Иван", "Петров", "Иванович"),
        ("Петров Иван Иванович", "Иван", "Петров", "Иванович"),
        ("محمد بن سلمان", "محمد", "بن سلمان", ""),
        ("Γιώργος Παπαδόπουλος", "Γιώργος", "Παπαδόπουλος", ""),
    ],
)  # fmt: skip
def test_full_name_is_split(text: str, first: str, last: str, rest: str) -> None:
    assert split_name(text) == (first, last, rest)
    assert [transform(part)(text) for part in ("first", "last", "rest")] == [first, last, rest]


@pytest.mark.parametrize(
    "text", ["Madonna", "Dr. Lee", "Mr Smith", "Lee,", ", Ann", "Lee, PhD", "van Gogh", "- -", "Dr"]
)
def test_single_name_is_invalid(text: str) -> None:
    with pytest.raises(InvalidValue, match="is a single name: first or last name is missing") as caught:
        split_name(text)
    assert caught.value.hint == "Write first and last name in the cell, as in Ann Lee or Lee, Ann"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("山田 太郎", "may begin with the family name"),
        ("王小明", "may begin with the family name"),
        ("김 민수", "may begin with the family name"),
        ("ジョン・スミス", "may begin with the family name"),
        ("Ann & Bob Lee", "seems to name several people"),
        ("Ann und Bob Lee", "seems to name several people"),
        ("Ann Lee / Bob Ray", "seems to name several people"),
        ("Lee, Ann, Bob", "has several commas"),
        ("ann@example.com", "is not a person's name"),
        ("Ann Lee 07700 900123", "is not a person's name"),
        ("van der Berg", "is a single name"),
        ("de la Cruz Maria", "is a single name"),
    ],
)
def test_unclear_name_is_refused(text: str, words: str) -> None:
    for part in ("first", "last", "rest"):
        with pytest.raises(InvalidValue, match=re.escape(words)) as caught:
            transform(part)(text)
        assert caught.value.hint
        assert caught.value.fix == ""


@pytest.mark.parametrize("options", [None, "middle", {"part": "first"}, ["first"], "First"])
def test_part_must_be_named(options: object) -> None:
    with pytest.raises(ValueError, match=re.escape("name: write {name: first}, {name: last} or {name: rest}")):
        build("name", options)


NAMES = [
    "Ann",
    "Jean-Luc",
    "Müller",
    "O'Brien",
    "J.",
    "de",
    "la",
    "van",
    "Van",
    "der",
    "y",
    "Y",
    "E",
    "I",
    "Mac",
    "St.",
]
MORE = ["Dr.", "Prof.", "Jr.", "PhD", "III", "(Bob)", "née", "Иван", "Иванович", "بن", "lee"]


@given(st.lists(st.sampled_from([*NAMES, *MORE]) | st.from_regex(r"[^\W\d_]{1,8}", fullmatch=True), max_size=7))
def test_parts_hold_every_word_once(words: list[str]) -> None:
    """Titles, suffixes and what stands in brackets are in the rest; nothing is lost or repeated."""
    text = " ".join(words)
    try:
        name = split_name(text)
    except InvalidValue:
        return
    assert sorted(" ".join(name).split()) == sorted(text.split())
    assert name.first
    assert name.last


@given(st.lists(st.sampled_from(NAMES), min_size=2, max_size=6))
def test_parts_in_order_are_the_whole_name(words: list[str]) -> None:
    text = " ".join(words)
    try:
        first, last, rest = split_name(text)
    except InvalidValue:
        assert words[0] in {"de", "la", "van", "der"}  # it begins with a last name
        return
    assert " ".join(filter(None, (first, rest, last))) == text


@given(st.lists(st.sampled_from(NAMES[:5]), min_size=1, max_size=3), st.sampled_from(NAMES[:5]))
def test_name_with_a_comma_is_the_name_turned_round(given_names: list[str], family: str) -> None:
    assert split_name(f"{family}, {' '.join(given_names)}") == split_name(f"{' '.join(given_names)} {family}")
