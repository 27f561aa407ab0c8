"""Which spellings of an address, a number or a text mean the same person."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uploader.core.identity import (
    CANONICAL,
    canonical_email,
    canonical_phone,
    canonical_text,
    decode_domain,
    encode_domain,
    spellings_of_email,
)
from uploader.mapping.transforms.phone_number import write


@pytest.mark.parametrize(
    "spelling",
    [
        "ismail@müller.example", "ISMAIL@MÜLLER.EXAMPLE", "İSMAİL@müller.example", "i̇smai̇l@müller.example",
        "ısmaıl@müller.example", "ismail@xn--mller-kva.example", "ISMAIL@XN--MLLER-KVA.EXAMPLE",
        "ｉｓｍａｉｌ@müller.example", "ismail＠müller.example", "ismail@mu\u0308ller.example",
        "ismail@müller。example", "is\u00admail@müller.example", "\u200bismail@müller.example ",
    ],
)  # fmt: skip
def test_spellings_of_one_address(spelling: str) -> None:
    assert canonical_email(spelling) == "ismail@müller.example"


@pytest.mark.parametrize("hyphen", ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2212", "－", "﹣"])
def test_hyphens_of_any_kind(hyphen: str) -> None:
    assert canonical_email(f"Ann{hyphen}Lee@example.com") == "ann-lee@example.com"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.com", "bob@example.com"), ("ann@example.com", "ann@example.org"),
        ("ann.lee@example.com", "annlee@example.com"), ("jörg@example.com", "jorg@example.com"),
        ("ann@xn--mller-kva.example", "ann@muller.example"), ("\u0430nn@example.com", "ann@example.com"),
    ],
)  # fmt: skip
def test_other_addresses_stay_others(one: str, other: str) -> None:
    assert canonical_email(one) != canonical_email(other)


@pytest.mark.parametrize("label", ["xn--", "xn--\u00e9", "xn--999999999b", "xn--a\u0308"])
def test_broken_punycode_is_compared_unchanged(label: str) -> None:
    assert "@" in canonical_email(f"ann@{label}.example")


@pytest.mark.parametrize(
    ("unicode", "ascii_form"),
    [
        ("müller.example", "xn--mller-kva.example"), ("a.müller.example", "a.xn--mller-kva.example"),
        ("пример.example", "xn--e1afmkfd.example"), ("example.com", "example.com"), ("", ""),
    ],
)  # fmt: skip
def test_domain_in_both_forms(unicode: str, ascii_form: str) -> None:
    assert (encode_domain(unicode), decode_domain(ascii_form)) == (ascii_form, unicode)
    assert encode_domain(ascii_form) == ascii_form
    assert decode_domain(unicode) == unicode
    assert decode_domain(ascii_form.upper()).casefold() == unicode


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (" Ann@Example.com ", {"Ann@Example.com", "ann@example.com"}),
        ("ＡNN@example.com", {"ANN@example.com", "ann@example.com", "ａnn@example.com", "ＡNN@example.com"}),
        ("Ann@MÜLLER.example", {"ann@müller.example", "ann@xn--mller-kva.example", "Ann@xn--mller-kva.example"}),
        ("ann@XN--MLLER-KVA.example", {"ann@müller.example", "ann@xn--mller-kva.example"}),
        ("ismail", {"ismail"}),
    ],
)
def test_address_is_known_in_every_form_that_a_ledger_may_have(text: str, stored: set[str]) -> None:
    found = spellings_of_email(text)
    assert {one.casefold() for one in stored} <= {one.casefold() for one in found}, found
    assert all(canonical_email(one) == canonical_email(text) for one in found), found
    assert canonical_text(text) in found


ADDRESSES = r"[A-Za-zİıéａ-ｚ\u00ad-]{1,8}@(xn--)?[a-zü-]{1,8}\.com"


@pytest.mark.parametrize("kind", ["email", "text"])
@given(
    text=st.text(max_size=20) | st.from_regex(r"[A-Za-zİıéａ-ｚ\u00ad-]{1,8}@(xn--)?[a-zü-]{1,8}\.com", fullmatch=True)
)
@example(text="\u0345@\u1e9e")
@example(text="@xn--xn--a-0.com")
def test_a_canonical_form_is_its_own(kind, text: str) -> None:
    once = CANONICAL[kind](text)
    assert CANONICAL[kind](once) == once


@given(st.emails())
def test_case_makes_no_difference(address: str) -> None:
    assert canonical_email(address.upper()) == canonical_email(address)


def test_text_ignores_case_blanks_and_width() -> None:
    assert {canonical_text(text) for text in ["Ann  Lee", " ann lee ", "ＡＮＮ\u00a0LEE", "A\u00adnn Lee"]} == {
        "ann lee"
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(+44)07700900123", "447700900123"), ("+44 7700 900123", "447700900123"), ("0044 7700 900123", "447700900123"),
        ("+44 (0)7700 900123", "447700900123"), ("(+1)4155550100", "14155550100"), ("(+7)89161234567", "79161234567"),
        ("+7 916 123-45-67", "79161234567"), ("(+39)0612345678", "39612345678"), ("+39 06 12345678", "39612345678"),
        ("+7 8 916 123-45-67", "79161234567"), ("+7 800 555-01-00", "78005550100"),
        ("+36 06 30 123 4567", "36301234567"),
        ("+375 8 029 123-45-67", "375291234567"), ("+375 801 123-45-67", "3758011234567"),
        ("+993 8 12 123456", "99312123456"), ("+993 81 234567", "99381234567"), ("+420 800 123 456", "420800123456"),
        ("+54 9 11 2345-6789", "541123456789"), ("+54 11 15 2345-6789", "541123456789"),
        ("+54 11 1523-4567", "541115234567"), ("+54 911 234-5678", "549112345678"),
        ("+54 3541 15 234-5678", "543541152345678"),
        ("+54 3541 15 23-4567", "543541234567"), ("+54 911 15 234-5678", "549112345678"),
        ("+54 11 15 2345-67891", "541115234567891"), ("+54 11 2345-678912", "54112345678912"),
        ("+55 91 98765-4321", "5591987654321"),
        ("＋44 7700 900123", "447700900123"), ("07700 900123", "07700900123"), ("٠٧٧٠٠", "07700"), ("", ""),
    ],
)  # fmt: skip
def test_digits_with_the_country_code(text: str, expected: str) -> None:
    assert canonical_phone(text) == expected


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_format_of_every_countrys_numbers_is_the_same(region: str) -> None:
    kinds = phonenumbers.PhoneNumberType.values()
    numbers = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    for number in filter(None, numbers):
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        forms = {e164, write(number, "international"), write(number, "platform"), write(number, "e164")}
        assert {canonical_phone(form) for form in forms} == {canonical_phone(e164)}, forms
