"""Phone numbers: how they are read, written and refused."""

import contextlib

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import InvalidValue, NeedsRegion, Transform, build


def phone(**options: str) -> Transform:
    built = build("phone", options)
    assert not isinstance(built, NeedsRegion)
    return built


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("07700 900123", "GB", "(+44)07700900123"),
        ("7700900123", "GB", "(+44)07700900123"),  # the leading zero went lost
        ("447700900123", "GB", "(+44)07700900123"),
        ("447700900123.0", "GB", "(+44)07700900123"),
        ("4.47700900123E+11", "GB", "(+44)07700900123"),
        ("+44 (0) 7700 900123", "US", "(+44)07700900123"),
        ("(+44)07123456789", "DE", "(+44)07123456789"),
        ("0044 7700 900123", "GB", "(+44)07700900123"),
        ("(0044) 7700-900123", "US", "(+44)07700900123"),
        ("+0044 7700 900123", "US", "(+44)07700900123"),
        ("＋44 7700 900123", "US", "(+44)07700900123"),
        ("'+447700900123", "US", "(+44)07700900123"),
        ("tel:+44-7700-900123", "US", "(+44)07700900123"),
        ("Mobile: 07700 900123", "GB", "(+44)07700900123"),
        ("07700 900123 ext. 12", "GB", "(+44)07700900123"),
        ("07700900123x12", "GB", "(+44)07700900123"),
        ("٠٧٧٠٠٩٠٠١٢٣", "GB", "(+44)07700900123"),
        ("(415) 555-0100", "US", "(+1)4155550100"),
        ("1 415 555 0100", "US", "(+1)4155550100"),
        ("030/123456", "DE", "(+49)030123456"),
        ("0151 123456", "DE", "(+49)0151123456"),  # possible, though no such number is assigned
        ("06 69821234", "IT", "(+39)0669821234"),
        ("8 912 345-67-89", "RU", "(+7)89123456789"),
        ("06 30 123 4567", "HU", "(+36)06301234567"),
        ("0077 7012", "JP", "(+81)00777012"),  # 00 is not how Japan dials abroad
        ("0015 44 7700 900123", "BR", "(+44)07700900123"),  # by way of carrier 15
        ("0021 44 7700 900123", "BR", "(+44)07700900123"),
        ("(Mobile) 07700 900123", "GB", "(+44)07700900123"),
    ],
)
def test_platform_format(text: str, region: str, expected: str) -> None:
    assert phone(region=region)(text) == expected
    assert phone(region=region)(expected) == expected
    assert phone()(expected) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [("platform", "(+44)07700900123"), ("e164", "+447700900123"), ("national", "07700 900123 x12"),
     ("international", "+44 7700 900123 x12")],
)  # fmt: skip
def test_other_formats(form: str, expected: str) -> None:
    assert phone(region="GB", format=form)("07700 900123 x12") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "'hello' is not a phone number"),
        ("-", "'-' is not a phone number"),
        ("+44", "is not a phone number"),
        ("12", r"has too few digits for a phone number \(\+44, United Kingdom\)"),
        ("07700 900123 456", r"has too many digits for a phone number \(\+44"),
        ("+1 555-0100", "has no area code"),
        ("+999 123456", "has an unknown country code"),
        ("4.47E+11", "was rounded by the spreadsheet: its last digits are lost"),
        ("4,47123E+11", "its last digits are lost"),
        ("07700 9OO123", "has letters in the number"),
        ("+49 30 123456 (home)", "has letters in the number"),
        ("1-800-FLOWERS", "has letters in the number"),
        ("07700 900123 / 07700 900456", "has more than one number"),
        ("+49 30 1234567/8", "has more than one number"),
        ("07700 900123; 07700 900456", "is not a phone number"),
        ("020 7946 0000; 0001", "has more than one number"),
        ("0044 12", r"has too few digits for a phone number \(\+44"),
        ("00999 123456", "has an unknown country code"),
        ("1" * 40, "has too many digits for a phone number"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        phone(region="GB")(text)
    assert caught.value.hint


def test_number_without_region_needs_a_country_code() -> None:
    assert phone()("00447700900123") == "(+44)07700900123"
    with pytest.raises(InvalidValue, match="'07700 900123' has no country code") as caught:
        phone()("07700 900123")
    assert "{phone: {region: GB}}" in caught.value.hint


def test_region_column_has_codes_or_names() -> None:
    by_column = build("phone", {"column": "Country"})
    assert isinstance(by_column, NeedsRegion)
    assert by_column.column == "Country"
    assert by_column("030 123456", "Deutschland") == "(+49)030123456"
    assert by_column("07700 900123", "uk") == "(+44)07700900123"
    assert by_column("+44 7700 900123", "Atlantis") == "(+44)07700900123"
    for region_text in ("", "Atlantis"):
        with pytest.raises(InvalidValue, match="has no country code") as caught:
            by_column("07700 900123", region_text)
        assert "column Country" in caught.value.hint


def test_region_replaces_an_empty_cell_but_not_an_unknown_country() -> None:
    by_column = build("phone", {"column": "Country", "region": "GB"})
    assert isinstance(by_column, NeedsRegion)
    assert by_column("07700 900123", " ") == "(+44)07700900123"
    with pytest.raises(InvalidValue, match="has no country code"):
        by_column("07700 900123", "Atlantis")


def test_region_is_checked_when_built() -> None:
    assert phone(region="UK")("07700 900123") == "(+44)07700900123"
    with pytest.raises(ValueError, match="region: 'Mars' is not a country with phone numbers"):
        build("phone", {"region": "Mars"})
    with pytest.raises(ValueError, match="format: input should be 'platform', 'e164', 'national' or 'international'"):
        build("phone", {"format": "e146"})


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_platform_format_of_every_country_is_read_back(region: str) -> None:
    write, to_e164 = phone(), phone(format="e164")
    kinds = [phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE]
    examples = [number for kind in kinds if (number := phonenumbers.example_number_for_type(region, kind))]
    assert examples
    for number in examples:
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        platform = write(e164)
        assert platform.startswith(f"(+{number.country_code})")
        assert write(platform) == platform
        assert to_e164(platform) == e164


@settings(max_examples=150)
@given(
    st.sampled_from(["GB", "US", "DE", "FR", "IT", "ES", "IN", "BR", "AU", "RU"]),
    st.from_regex(r"0?[1-9]\d{5,10}", fullmatch=True),
)
def test_transform_is_idempotent(region: str, text: str) -> None:
    write = phone(region=region)
    try:
        once = write(text)
    except InvalidValue:
        assume(False)
    assert write(once) == once
    assert phone(format="e164")(once) == phone(region=region, format="e164")(text)


@settings(max_examples=150)
@given(st.text(min_size=1, max_size=30) | st.from_regex(r"[+(0-9 )/x.E-]{1,25}", fullmatch=True))
def test_any_text_is_a_number_or_invalid(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        written = phone(region="GB")(text)
        assert written.startswith("(+")
        assert written[2:].replace(")", "", 1).isdecimal()
