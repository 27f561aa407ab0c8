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


COUNTRIES = ["GB", "US", "DE", "FR", "IT", "ES", "IN", "BR", "AU", "RU", "JP", "CH"]


@pytest.mark.parametrize("form", ["platform", "e164", "national", "international"])
@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize("region", COUNTRIES)
def test_one_digit_repeated_is_never_a_number(region: str, digit: str, form: str) -> None:
    code = phonenumbers.country_code_for_region(region)
    write = phone(region=region, format=form)
    for length in range(5, 14):
        for text in (digit * length, f"+{code}{digit * length}", f"+{code} ({digit * 3}) {digit * (length - 3)}"):
            with contextlib.suppress(InvalidValue):
                written = write(text)
                # Only where the first of the digits is the country code, or the prefix inside the country.
                national = phonenumbers.national_significant_number(phonenumbers.parse(written, region))
                assert len(set(national)) > 1, (text, written)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("0000000000", "GB"), ("1111111111", "US"), ("2222222222", "US"), ("5555555555", "US"), ("9999999999", "GB"),
        ("+44 1111111111", "GB"), ("+441111111111", "GB"), ("+1 (999) 999-9999", "US"), ("0666666666", "FR"),
        ("(+44)07777777777", "GB"), ("99999999999", "DE"), ("+00 000 000000", "GB"), ("11111111111", "BR"),
    ],
)  # fmt: skip
def test_repeated_digits_are_refused(text: str, region: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        phone(region=region)(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "region", "digit"),
    [
        ("+1 123 456 7890", "US", "1"), ("0123456789", "US", "0"), ("+44 4123 456789", "GB", "4"),
        ("06123 456789", "GB", "6"), ("+33 0 0123 4567", "FR", "0"), ("+7 123 456 78 90", "RU", "1"),
        ("+48 012345678", "PL", "0"),
    ],
)  # fmt: skip
def test_impossible_first_digits_are_refused(text: str, region: str, digit: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        phone(region=region)(text)
    assert str(caught.value).endswith(f"): none begins with {digit}")


@pytest.mark.parametrize(
    ("text", "country", "message"),
    [
        ("+49 30 123456", "United Kingdom", "has the country code +49, but the row's country is United Kingdom (+44)"),
        ("0044 7700 900123", "DE", "has the country code +44, but the row's country is Germany (+49)"),
        ("(+1)4155550100", "276", "has the country code +1, but the row's country is Germany (+49)"),
        ("+44 7700 900123 x12", "France", "has the country code +44, but the row's country is France (+33)"),
        ("+353 1 234 5678", "N. Ireland", "has the country code +353, but the row's country is United Kingdom (+44)"),
    ],
)
@pytest.mark.parametrize("form", ["platform", "e164", "national", "international"])
def test_number_of_another_country_than_the_row_is_invalid(text: str, country: str, message: str, form: str) -> None:
    by_column = build("phone", {"column": "Country", "region": "US", "format": form})
    assert isinstance(by_column, NeedsRegion)
    with pytest.raises(InvalidValue) as caught:
        by_column(text, country)
    assert str(caught.value) == f"'{text}' {message}"


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_number_with_the_code_of_the_rows_country_is_valid(region: str) -> None:
    by_column = build("phone", {"column": "Country"})
    assert isinstance(by_column, NeedsRegion)
    number = phonenumbers.example_number(region)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    country = region if region not in {"AC", "TA"} else "SH"  # not countries of ISO 3166-1
    assert by_column(e164, country if number.country_code == phonenumbers.country_code_for_region(country) else "")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+1 204 234 5678", "US"),  # Canada and the United States share a code
        ("+44 1534 456789", "GB"),  # so do Jersey and the United Kingdom
        ("+7 701 234 5678", "Russia"),
        ("+49 30 123456", ""),  # the row has no country
        ("+49 30 123456", "Atlantis"),
    ],
)
def test_number_of_a_country_with_the_same_code_is_valid(text: str, country: str) -> None:
    by_column = build("phone", {"column": "Country", "region": "GB"})
    assert isinstance(by_column, NeedsRegion)
    assert by_column(text, country).startswith(f"(+{text[1:].split(maxsplit=1)[0]})")
