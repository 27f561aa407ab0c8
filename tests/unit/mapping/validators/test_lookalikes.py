"""Letters of another alphabet in e-mail addresses: a warning where they look like Latin ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.identity import canonical_email
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.validators import lookalike_warning
from uploader.mapping.validators.lookalikes import LOOKALIKES, latin_lookalike


@pytest.mark.parametrize(
    ("address", "seems"),
    [
        ("\u0430nn@example.com", "ann@example.com"),  # Cyrillic a
        ("ann@ex\u0430mple.com", "ann@example.com"),
        ("ann@xn--exmple-4nf.com", "ann@example.com"),  # the same domain, encoded
        ("\u03bfnn@example.com", "onn@example.com"),  # Greek omicron
        ("ann@\u0430\u0440\u0440\u04cf\u0435.com", "ann@apple.com"),  # a whole label
        ("\u0440\u043e\u0441@example.com", "poc@example.com"),
        ("\u0131smail@example.com", "ismail@example.com"),  # Turkish dotless i
        ("\u0251nn@example.com", "ann@example.com"),  # a Latin letter of phonetic script
    ],
)
def test_lookalike_letters_cause_a_warning(address: str, seems: str) -> None:
    warning = lookalike_warning(address)
    assert "which looks like" in warning
    assert warning.endswith("; check the address")
    assert latin_lookalike(address) == seems


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com", "j\u00f6rg@m\u00fcller.example", "ann@xn--mller-kva.example",
        "\u0438\u0432\u0430\u043d@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "\u0438\u0432\u0430\u043d@example.com", "\u30a2\u30f3@example.jp", "ann-lee@example.com",
    ],
)  # fmt: skip
def test_other_addresses_cause_no_warning(address: str) -> None:
    assert lookalike_warning(address) == ""


@pytest.mark.parametrize("char", LOOKALIKES)
@pytest.mark.parametrize("template", ["x{}y@example.com", "ann@x{}y.example"])
def test_every_lookalike_is_found(char: str, template: str) -> None:
    address = template.format(char)
    assert repr(char) in lookalike_warning(address)
    assert latin_lookalike(address) == template.format(LOOKALIKES[char])


@given(st.emails().filter(lambda address: "xn--" not in address.casefold()))  # that may be another alphabet
def test_ascii_addresses_look_like_themselves(address: str) -> None:
    assert latin_lookalike(address) == canonical_email(address)


def test_row_with_a_lookalike_is_sent_with_a_warning() -> None:
    plan = FieldPlan("email", Columns((0,)), is_email=True)
    cell = plan.convert("\u0430nn@example.com")
    assert (cell.value, cell.problem) == ("\u0430nn@example.com", None)
    assert cell.notes == (
        "email: '\u0430nn@example.com' has '\u0430' (Cyrillic), which looks like 'a'; check the address",
    )
