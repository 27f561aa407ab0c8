"""Read and write one phone number. phonenumbers takes a while to load: import this module only when needed."""

import re
from contextlib import suppress
from functools import cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat, ValidationResult

from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.regular_expression import can_begin
from uploader.mapping.transforms.country import Country, countries, find_country
from uploader.mapping.transforms.numbering_plan import TIDY, platform_number
from uploader.mapping.transforms.repair import find_lost_digits, remove_number_format

FORMATS = {
    "e164": PhoneNumberFormat.E164,
    "national": PhoneNumberFormat.NATIONAL,
    "international": PhoneNumberFormat.INTERNATIONAL,
}
WRONG_LENGTH = {
    ValidationResult.TOO_SHORT: "has too few digits for a phone number",
    ValidationResult.TOO_LONG: "has too many digits for a phone number",
    ValidationResult.INVALID_LENGTH: "has the wrong number of digits for a phone number",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
}
# From this many digits on a number has its country code: national numbers have at most eleven, with few exceptions.
LONG = 12
_LABEL = re.compile(r"^(?:[^\d+(]|\([^\d+()]*\))+")  # `Tel.: ` or `(mobile)` in front
_OLD_MEXICAN = re.compile(r"^\+52\s*1(?=\s*\d(?:\D*\d){9}$)")  # the 1 of mobiles, until 2019
_EXTENSION = re.compile(r"[\s,;(]*(?:ext(?:ensi[oó]n|n)?|x|int|anexo|#)[\s.:=]*(\d{1,7})\W*$", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_ZEROS = re.compile(r"^(\(?)\+?\s*00\s*(?=[1-9])")  # 0044, (0044), +0044
# `030/123456` is one number; a slash after nine digits begins another one (`030 1234567/8`).
_SECOND_NUMBER = re.compile(r"(?:\d[^\d/]*){9}/\D*\d")


def region_code(text: str) -> str | None:
    """Return the ISO code for a country's code or name, or None if unknown or without phone numbers."""
    country = find_country(text)
    return country.alpha2 if country and country.alpha2 in phonenumbers.SUPPORTED_REGIONS else None


def phone_countries() -> list[Country]:
    """Return the countries with phone numbers."""
    return [country for country in countries() if country.alpha2 in phonenumbers.SUPPORTED_REGIONS]


def number_region(text: str, region: str | None = None) -> str | None:
    """Return the ISO code of the country of a number, or None if it has no country code or is not a number.

    Args:
        text: The number.
        region: The ISO code of the country of numbers without a country code, if known.
    """
    try:
        number = read(text, region, "")
    except InvalidValue:
        return None
    return str(_main_region(number))


def rewrite(value: str, region: str | None, hint: str, form: str, *, is_row_country: bool = False) -> str:
    """Read a number with `read` and write it with `write`; see there for the other arguments.

    Args:
        is_row_country: Whether `region` is the country of the row, so that a number of another one is invalid.
    """
    if form == "platform" and (plain := platform_number(value, region)):
        if is_row_country and region:
            _check_country(value, int(plain[2 : plain.index(")")]), region)
        return plain
    number = read(value, region, hint)
    if is_row_country and region:
        _check_country(value, number.country_code or 0, region)
    return write(number, form)


def read(value: str, region: str | None, hint: str) -> PhoneNumber:
    """Read the number in a cell.

    A number has to be possible: the right number of digits, a first digit that numbers of its country have, and not
    one digit repeated. It does not have to be assigned: new ranges are assigned all the time, and those reserved for
    examples (07700 900000 to 900999) never are.

    Args:
        value: The cell's text.
        region: The ISO code of the country of numbers without a country code, if known.
        hint: What to do if there is neither a country code nor a region.

    Raises:
        InvalidValue: The cell has no single possible number.
    """
    text, extension = _number_and_extension(value)
    if region is None and "+" not in _ZEROS.sub("+", text):
        raise InvalidValue(f"{quote_value(value)} has no country code", hint)
    try:
        number = _parsed(text, region)
    except NumberParseException as error:
        raise _unreadable(value, error) from None
    if number.extension:  # phonenumbers takes what follows a semicolon for one
        raise _more_than_one(value)
    if not _is_possible(number):
        raise _wrong_length(value, number)
    _check_digits(value, number)
    number.extension = extension
    return number


def write(number: PhoneNumber, form: str) -> str:
    """Write the number in one of `FORMATS`, or as `platform`: `(+44)07123456789`.

    `platform` and `e164` leave out an extension.
    """
    if form == "platform":
        number.extension = None
        return f"(+{number.country_code}){_dialed_digits(number)}"
    return phonenumbers.format_number(number, FORMATS[form])


def _dialed_digits(number: PhoneNumber) -> str:
    """Return the digits dialed inside the country, with the prefix (mostly 0) where people write it."""
    national = re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    if national != phonenumbers.national_significant_number(number):
        return national
    prefix = phonenumbers.ndd_prefix_for_region(_main_region(number), True)
    if prefix in {None, "1"} or phonenumbers.is_valid_number(number):
        return national
    # phonenumbers has no pattern for some unassigned ranges, and then leaves out the prefix as well.
    is_plain = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL).endswith(f" {national}")
    return f"{prefix}{national}" if is_plain else national


def _main_region(number: PhoneNumber) -> str:
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def _number_and_extension(value: str) -> tuple[str, str | None]:
    """Split off the extension. Raises InvalidValue if the cell does not have a single number."""
    if TIDY.fullmatch(value):
        return value, None
    if lost := find_lost_digits(value):
        raise lost
    text = _LABEL.sub("", remove_number_format(value.strip()).replace("＋", "+"))
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    if not text:
        raise InvalidValue(f"{quote_value(value)} is not a phone number", "Correct the cell, or empty it")
    # phonenumbers would dial letters: `0303 123456 home` as 03031234564663.
    if _LETTER.search(text):
        raise InvalidValue(f"{quote_value(value)} has letters in the number", "Leave only one number, in digits")
    if _SECOND_NUMBER.search(text):
        raise _more_than_one(value)
    return text, extension[1] if extension else None


def _parsed(text: str, region: str | None) -> PhoneNumber:
    """Read 0044 as +44 in every country; if that is not a possible number, read it as the region does.

    In Japan some numbers begin with 00; in Brazil a carrier's code follows it.
    """
    international = _OLD_MEXICAN.sub("+52", _ZEROS.sub(r"\1+", text))
    if region and (lost := _restore_plus(international, region)):
        return lost
    if region is None or international == text:
        return phonenumbers.parse(international, region)
    for reading in (international, text):
        with suppress(NumberParseException):
            number = phonenumbers.parse(reading, region)
            if _is_possible(number):
                return number
    return phonenumbers.parse(international, region)


def _restore_plus(text: str, region: str) -> PhoneNumber | None:
    """Read `4917612345678` in Germany as +49 176 12345678: the spreadsheet removed the plus.

    Returns None if the digits can also be a number without a country code.
    """
    if text.startswith(("+", "0")):
        return None
    digits = re.sub(r"[\s().-]", "", text)
    code = str(phonenumbers.country_code_for_region(region))
    if not digits.isascii() or not digits.isdigit() or not digits.startswith(code) or digits.startswith("0"):
        return None
    with suppress(NumberParseException):
        as_written, with_plus = phonenumbers.parse(digits, region), phonenumbers.parse(f"+{digits}", None)
        if phonenumbers.is_valid_number(with_plus) and (
            len(digits) >= LONG or not phonenumbers.is_valid_number(as_written)
        ):
            return with_plus
    return None


def _is_possible(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _check_digits(value: str, number: PhoneNumber) -> None:
    """Raise InvalidValue for numbers that no operator can have assigned."""
    national = phonenumbers.national_significant_number(number)
    if len(set(national)) == 1:
        raise InvalidValue(f"{quote_value(value)} is one digit repeated", "Correct the number, or empty the cell")
    if national[0] not in _first_digits(number.country_code or 0):
        message = f"{quote_value(value)} is not a possible phone number ({_country_label(number)}): none begins with"
        raise InvalidValue(f"{message} {national[0]}", "Correct the number or the country")


@cache
def _first_digits(code: int) -> frozenset[str]:
    """Return the first digits that numbers with a country code can have, without the prefix inside the country."""
    plans = [PhoneMetadata.metadata_for_region(region) for region in phonenumbers.region_codes_for_country_code(code)]
    plans.append(PhoneMetadata.metadata_for_nongeo_region(code))
    patterns = [plan.general_desc.national_number_pattern for plan in plans if plan and plan.general_desc]
    return frozenset(digit for digit in "0123456789" if any(can_begin(one, digit) for one in patterns if one))


def _check_country(value: str, code: int, region: str) -> None:
    """Raise InvalidValue if a number's country code is not that of the row's country."""
    wanted = phonenumbers.country_code_for_region(region)
    if code == wanted:
        return
    country = find_country(region)
    raise InvalidValue(
        f"{quote_value(value)} has the country code +{code}, but the row's country is "
        f"{country.name if country else region} (+{wanted})",
        "Correct the number or the country",
    )


def _country_label(number: PhoneNumber) -> str:
    """`+44, United Kingdom`."""
    country = find_country(_main_region(number))
    return f"+{number.country_code}{f', {country.name}' if country else ''}"


def _unreadable(value: str, error: NumberParseException) -> InvalidValue:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return InvalidValue(f"{quote_value(value)} has an unknown country code", "Correct the number")
    if error.error_type == NumberParseException.TOO_LONG:
        return InvalidValue(
            f"{quote_value(value)} has too many digits for a phone number", "Leave only one number in the cell"
        )
    return InvalidValue(f"{quote_value(value)} is not a phone number", "Leave only one number, or empty the cell")


def _more_than_one(value: str) -> InvalidValue:
    return InvalidValue(f"{quote_value(value)} has more than one number", "Leave only one")


def _wrong_length(value: str, number: PhoneNumber) -> InvalidValue:
    reason = WRONG_LENGTH.get(phonenumbers.is_possible_number_with_reason(number), "is not a possible phone number")
    return InvalidValue(
        f"{quote_value(value)} {reason} ({_country_label(number)})", "Correct the number or the country"
    )
