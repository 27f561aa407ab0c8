"""Row numbers and ids are read in every form that programs give them; what was rounded is never guessed."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uploader.report.number_cells import NumberStyle, parse_number


def read(column: list[str]) -> list[list[int]]:
    style = NumberStyle()
    for text in column:
        style.add(text)
    return [list(parse_number(text, style)) for text in column]


def grouped(number: int, separator: str) -> str:
    return f"{number:,}".replace(",", separator)


def as_in_india(number: int) -> str:
    """A million is 10,00,000."""
    thousands, rest = divmod(number, 1000)
    pairs = re.sub(r"(?<=\d)(?=(?:\d\d)+$)", ",", str(thousands))
    return f"{pairs},{rest:03}" if thousands else str(rest)


FORMS = {
    "plain": str,
    "point": lambda n: f"{n}.0",
    "two decimals": lambda n: f"{n}.00",
    "German": lambda n: f"{n},00",
    "US": lambda n: f"{n:,}.00",
    "grouped": lambda n: f"{n:,}",
    "German grouped": lambda n: grouped(n, "."),
    "French": lambda n: grouped(n, "\u202f"),
    "French decimals": lambda n: grouped(n, "\u00a0") + ",00",
    "Indian": as_in_india,
    "Swiss": lambda n: grouped(n, "’"),
    "currency": lambda n: f"€ {n:,}.00",
    "dollars": lambda n: f"${n:,}",
    "zeros": lambda n: f"{n:08}",
    "R": lambda n: f"{n:.14e}".replace("e", "E") if n < 10**14 else str(n),
    "text": lambda n: f"'{n}",
    "formula": lambda n: f'="{n}"',
    "Arabic": lambda n: str(n).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "full width": lambda n: str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    "blanks": lambda n: f"  {n}\u00a0",
}


@pytest.mark.parametrize("form", FORMS)
@given(numbers=st.lists(st.integers(2, 4_000_000), min_size=3, max_size=30, unique=True))
def test_whole_numbers_are_read_back(form: str, numbers: list[int]) -> None:
    column = [FORMS[form](number) for number in numbers]
    found = read(column)
    assert all(number in candidates for number, candidates in zip(numbers, found, strict=True))
    if any(number < 1000 for number in numbers) or any(number % 1000 for number in numbers):
        assert found == [[number] for number in numbers]


@given(st.integers(2, 4_000_000), st.integers(0, 6), st.sampled_from(".,"))
def test_a_rounded_number_is_one_of_its_candidates(number: int, decimals: int, separator: str) -> None:
    shown = f"{number:.{decimals}E}".replace(".", separator)
    candidates = parse_number(shown, NumberStyle())
    assert number in candidates
    assert (len(candidates) == 1) == (len(str(number)) - 1 <= decimals)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "###",
        "NA",
        "-2",
        "2.5",
        "2,50",
        "1,5",
        "two",
        "#VALUE!",
        "2-3",
        "1.2.3",
        "9" * 5000,
        "2 000 5",
    ],
)
def test_what_is_no_whole_number_is_unknown(text: str) -> None:
    assert list(parse_number(text, NumberStyle())) == []


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["999", "1,000"], [[999], [1000]]),
        (["1,000", "2,500"], [[1000], [2500]]),
        (["2,000", "2,500"], [[2000], [2500]]),
        (["2.000", "2.500"], [[2000], [2500]]),
        (["2,000", "1,00,000"], [[2000], [100_000]]),
        (["2.000", "1,00,000"], [[2, 2000], [100_000]]),
        (["2,00", "1,000"], [[2], [1]]),
        (["2,000", "3,000"], [[2], [3]]),
        (["2.000", "3.000"], [[2], [3]]),
        (["2,000"], [[2, 2000]]),
        (["1,000"], [[1000]]),
        (["1e+05", "1E+05"], [[100_000], list(range(50_000, 150_001))]),
    ],
)
def test_the_whole_column_decides_what_a_separator_means(column: list[str], expected: list[list[int]]) -> None:
    assert read(column) == expected


@example("0E+5")
@given(st.text(max_size=12) | st.text("0123456789.,' eE+-#", max_size=12))
def test_any_text_gives_numbers_in_bounds(text: str) -> None:
    assert all(0 <= number < 2**32 for number in list(parse_number(text, NumberStyle()))[:5])
