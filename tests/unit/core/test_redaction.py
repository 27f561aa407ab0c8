"""No value of a lead stays in a message that is kept."""

import re
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.redaction import MASK, MAX_REASON_LENGTH, MAX_STEPS, MAX_VALUES, OWN_WORDS, ValueMask, redact


def test_lead_values_are_masked() -> None:
    said = redact("'joe@example.com' of Joe is taken", ["joe@example.com", "Joe", "a"])
    assert said == "'•••' of ••• is taken"
    assert redact("JOE@example.com, Joe  Bloggs", ["joe@example.com", "Joe \t Bloggs"]) == "•••, •••"
    assert redact("x" * 494 + " joe@example.com", ["joe@example.com"]) == "x" * 494 + " •••"


@pytest.mark.parametrize(
    "said",
    ["ann%40example.com", "ANN&#64;example.com", "a=ann%40example.com&b=O%27Neil+%26+Co", "O&#039;Neil &amp; Co"],
)
def test_lead_values_are_masked_in_any_encoding(said: str) -> None:
    assert not re.search("ann|neil", redact(said, ["ann@example.com", "O'Neil & Co"]), re.IGNORECASE)


@pytest.mark.parametrize("said", ["+44 7700 900-123", "(+44)07700900123", "07700900123", "0 77 00 / 900 123"])
def test_phone_number_is_masked_in_any_grouping(said: str) -> None:
    assert redact(f"Telephone {said} is not reachable", ["07700 900123"]) == "Telephone ••• is not reachable"
    assert redact("HTTP 500 after 1234567 ms", ["07700 900123"]) == "HTTP 500 after 1234567 ms"


def test_masking_a_long_message_is_fast() -> None:
    """Looked at once from each place on: what grows with the square of its length would take minutes here."""
    assert redact("1" * 100_000, ["07700 900123"]) == "1" * 500
    assert redact("+(" * 50_000 + "07700900123", ["07700 900123"]) == "+(" * 250


@pytest.mark.parametrize(
    ("value", "text", "masked"),
    [
        ("Ali", "This value is not valid.", "This value is not valid."),
        ("Ali", "Ali is not valid; ALI, 'ali' and Ali's too", "••• is not valid; •••, '•••' and •••'s too"),
        ("Field", "No values found for field - industry", "No values found for ••• - industry"),
        ("or", "Invalid or missing for Or and OR", "Invalid ••• missing for Or and OR"),
        ("12", "at least 12 of 123", "at least 12 of 123"),
        ("123", "at least 123 of 1234", "at least ••• of 1234"),
        ("X", "X is missing", "X is missing"),
        ("O'Neil", "O&#039;Neil is taken, O'Neilson is not", "••• is taken, O'Neilson is not"),
        ("joe@example.com", "<joe@example.com>.", "<•••>."),
        ("李明", "用户李明已存在", "用户•••已存在"),
        ("สมชาย", "ชื่อสมชายไม่ถูกต้อง", "ชื่อ•••ไม่ถูกต้อง"),
        ("Łukasz", "łukasz Łukaszewski", "••• Łukaszewski"),
        ("a_b", "a_b x_a_b_x", "••• x_•••_x"),
        ("03/04/1990", "born 1990-04-03, 4.3.1990, 1990-04-04", "born •••, •••, 1990-04-04"),
        ("1990-04-03", "born 3/4/90 or 13/4/90", "born ••• or 13/4/90"),
        ("Ann Smith", "Ann  Smith of Ann Smithers", "••• of Ann Smithers"),
    ],
)
def test_whole_values_are_masked_and_nothing_else(value: str, text: str, masked: str) -> None:
    assert redact(text, [value]) == masked


WORDS = st.text("abcdefghijklmnopqrstuvwxyzäöüßçñéÀÉ@.'-", min_size=3, max_size=15).filter(
    lambda word: word == word.strip() and any(map(str.isalnum, word)) and word.casefold() not in "value of is taken"
)


@given(WORDS, st.sampled_from([str, quote, quote_plus, escape, str.upper, str.title]))
def test_a_quoted_value_never_stays(value: str, write) -> None:
    written = write(value)
    assert written not in redact(f"The value “{written}” is taken.", [value])


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(0, 30))
def test_no_part_of_a_value_is_left_at_the_cut(values: list[str], seed: int) -> None:
    kept = redact(" ".join(f"{'x' * seed} {value}" for value in values * 200), [*values, "x"])
    assert len(kept) <= MAX_REASON_LENGTH
    rest = kept.replace(MASK, "").rstrip("•").replace("x", "").replace(" ", "")
    assert rest == ""


WIDE = [f"value {number} of a wide row, (+44)07700900{number % 1000:03}" for number in range(2_000)]


def test_wide_lead_and_a_message_of_a_megabyte_take_a_bounded_number_of_steps() -> None:
    """The event loop is held up for as long as this takes: 10 ms for 2,000 values."""
    mask = ValueMask(WIDE)
    said = mask(f"Telephone 07700900123 is taken by {WIDE[7]}. " + " ".join(WIDE) * 20)
    assert said.startswith("Telephone ••• is taken by •••. •••")
    assert mask._steps < MAX_STEPS


# Values and messages that a search would go through again and again.
VALUES = {
    "wide": WIDE,
    "dashes": ["-" * (2 + number % 30) + "!" * (number // 30) for number in range(2_900)],
    "same beginnings": [f"{'x y ' * 2_000}{number}" for number in range(2_900)],
    "same endings": [f"{number:05}1234567" for number in range(2_900)],
    "dates": [f"01/02/{number:04}" for number in range(2_900)],
    "too many": [str(10**6 + number) for number in range(MAX_VALUES + 1)],
}
MESSAGES = ["-" * 9_000, "x y " * 2_000, "1234567 " * 900 + "012345671234567" * 200, "2/1/00 " * 1_000, "&amp;" * 9_000]


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("text", MESSAGES, ids=lambda text: text[:8])
def test_any_values_and_messages_take_a_bounded_number_of_steps(values: str, text: str) -> None:
    mask = ValueMask(VALUES[values])
    for _ in range(5):
        assert len(mask(text)) <= MAX_REASON_LENGTH
    if mask._steps > MAX_STEPS or values == "too many":
        assert mask(f"ordinary words {text}") == MASK, "nothing is shown that was not searched"
    assert mask._steps < MAX_STEPS + 20_000


LONG_VALUES = [
    " ".join(f"word{number}" for number in range(1_500)),
    "Müller & Söhne, Straße " * 40,
    "x" * 5_000,
    "用户李明已存在" * 100,
    "line\n  break\t" * 50,
]


@pytest.mark.parametrize("value", LONG_VALUES, ids=range(len(LONG_VALUES)))
@pytest.mark.parametrize("share", [1.0, 0.5, 0.2])
@pytest.mark.parametrize("write", [str, quote, quote_plus, escape, str.upper], ids=lambda write: write.__name__)
def test_long_value_is_masked_also_where_only_its_beginning_is_quoted(value: str, share: float, write) -> None:
    part = value[: int(len(value) * share)]
    said = redact(f"“{write(part)}…” is too long", [value])
    assert said in {"“•••…” is too long", "“•••"} or not re.search(
        r"word\d|Müller|x{9}|李明|break", said, re.IGNORECASE
    )


def test_long_value_does_not_mask_more_than_its_beginning() -> None:
    value = "This is what I would like to know about your product, and more"
    assert redact("This is what I would like to know: no", [value]) == "•••: no"
    assert redact("This is what I would like to know here: no", [value]) == "••• here: no"
    assert redact("This is what I would like to hear", [value]) == "This is what I would like to hear"
    assert redact("This is not a value.", [value]) == "This is not a value."
    assert redact("know about your product", [value]) == "know about your product"


@pytest.mark.parametrize("own", OWN_WORDS)
def test_own_words_before_the_platforms_are_not_masked(own: str) -> None:
    """`no` is a usual value of a consent column."""
    assert redact(f"{own}: no such lead", ["no", "the"]) == f"{own}: ••• such lead"
