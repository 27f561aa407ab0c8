"""E-mail addresses: which are valid, which are sent as they stand, and which only look like another."""

import contextlib
import subprocess
import sys
from dataclasses import replace

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checks import accepts, refused
from uploader.mapping.field_plan import Cell, Columns, FieldPlan
from uploader.mapping.transforms import InvalidValue, build
from uploader.mapping.validators import email, email_address, keep_tidy_emails, length


@pytest.mark.parametrize(
    "value",
    [
        "joe@example.com",
        "JOE.B+autumn@mail.example.org",
        "o'neil@example.com",
        "joe@shop.example",
        "jöe@exämple.com",
    ],
)
def test_valid_addresses_pass(value: str) -> None:
    assert accepts(email(), value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("joe", "an email address must have an @-sign"),
        ("joe@example", "the part after the @-sign is not valid. It should have a period"),
        ("joe@@example.com", "invalid characters: '@'"),
        ("joe bloggs@example.com", "SPACE"),
        ("joe@example,com", "','"),
        ("joe@example.com, ann@example.com", "invalid characters"),
        ("joe@localhost", "period"),
        ("joe@mail.test", "special-use or reserved name"),
        ("joe@mail.invalid", "special-use or reserved name"),
    ],
)
def test_invalid_addresses_are_refused(value: str, why: str) -> None:
    message = str(refused(email(), value))
    assert message.startswith(f"'{value}' is not an e-mail address: ")
    assert why in message
    assert not message.endswith(".")


@settings(max_examples=150)
@given(st.text(min_size=1, max_size=40) | st.from_regex(r"[a-z.@ é-]{1,30}", fullmatch=True))
def test_any_text_is_an_address_or_invalid(value: str) -> None:
    with contextlib.suppress(InvalidValue):
        email()(value)
        assert "@" in value


ADDRESS = FieldPlan(
    "email", Columns((0,)), required=True, is_email=True, transforms=[build("lower")], transform_names=("lower",)
)
ADDRESS.checks.append(email())
# Mostly what addresses are made of, and what spreadsheets put around them.
NEARLY = st.text("abcdeErR19._+-@# ;<>\u00e9\u200b", max_size=12)
DOMAINS = st.sampled_from(["@example.com", "@Example.org", "@localhost", "@a.test", "@-a.example", "@shop.example."])


@settings(max_examples=500)
@given(st.one_of(NEARLY, st.builds(str.__add__, NEARLY, DOMAINS)))
def test_tidy_address_is_unchanged_by_all_steps(text: str) -> None:
    assert keep_tidy_emails([text]) == [None] or ADDRESS.convert(text) == Cell(text)


def test_usual_addresses_are_tidy() -> None:
    tidy = ["joe.b+autumn@mail.example.org", "p1.22@example.com", "a_b-c@shop.example", f"{'a' * 64}@example.com"]
    others = ["Joe@example.com", "joe..b@example.com", "x@localhost", "x@example.com.", "", f"{'a' * 65}@example.com"]
    long = f"x@{'a' * 60}.{'b' * 60}.{'c' * 60}.example.com"
    assert keep_tidy_emails([*tidy, *others, long]) == tidy + [None] * 7


@pytest.mark.parametrize("more", [{"values": {"x@example.com": "y@example.com"}}, {"transform_names": ("upper",)}])
def test_fast_test_is_off_if_the_field_has_other_steps(more) -> None:
    assert ADDRESS.convert_tidy is keep_tidy_emails
    assert replace(ADDRESS, **more).convert_tidy is None
    assert replace(ADDRESS, checks=[email(), length(None, 5)]).convert_tidy is None


@given(st.from_regex(email_address._USUAL_DOMAIN, fullmatch=True))
def test_usual_domain_is_valid_by_the_library_too(domain: str) -> None:
    assert validate_email(f"x@{domain}", check_deliverability=False).ascii_domain == domain


@pytest.mark.parametrize("domain", ["localhost", "a.test", "a.local", "-a.com", "a-.com", "a..com", f"{'a' * 64}.com"])
def test_domain_that_needs_the_library_is_not_usual(domain: str) -> None:
    assert not email_address._USUAL_DOMAIN.fullmatch(domain)


def test_usual_addresses_need_no_library() -> None:
    code = (
        "import sys; from uploader.mapping.validators import email;"
        "email()('ann.lee@mail.example.co.uk'); email()('p1@example.com'); print('email_validator' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
