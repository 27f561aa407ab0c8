"""Reads and writes one telephone number. phonenumbers takes a while to load: import this only when needed."""

import re
from contextlib import suppress

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from uploader.mapping.transforms.country import find_country
from uploader.mapping.transforms.invalid_value import InvalidValue, quoted
from uploader.mapping.transforms.numbering_plan import TIDY, platform_number
from uploader.mapping.transforms.repair import digits_lost, whole_number

FORMATS = {
    "e164": PhoneNumberFormat.E164,
    "national": PhoneNumberFormat.NATIONAL,
    "international": PhoneNumberFormat.INTERNATIONAL,
}
WRONG_LENGTH = {
    ValidationResult.TOO_SHORT: "is too short for a telephone number",
    ValidationResult.TOO_LONG: "is too long for a telephone number",
    ValidationResult.INVALID_LENGTH: "has too many or too few digits for a telephone number",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code, which is needed",
}
# So many digits are hardly a number without its country code: national ones have eleven at most, but for a few.
LONG = 12
_LABEL = re.compile(r"^(?:[^\d+(]|\([^\d+()]*\))+")  # `Tel.: ` or `(mobile)` in front
_OLD_MEXICAN = re.compile(r"^\+52\s*1(?=\s*\d(?:\D*\d){9}$)")  # the 1 of mobiles, until 2019
_EXTENSION = re.compile(r"[\s,;(]*(?:ext(?:ensi[oó]n|n)?|x|int|anexo|#)[\s.:=]*(\d{1,7})\W*$", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
_ZEROS = re.compile(r"^(\(?)\+?\s*00\s*(?=[1-9])")  # 0044, (0044), +0044
# `030/123456` is one number; a slash after nine digits begins another, or its last digits (`030 1234567/8`).
_SECOND_NUMBER = re.compile(r"(?:\d[^\d/]*){9}/\D*\d")


def region_code(text: str) -> str | None:
    """The ISO code of a country's code or name, if it has telephone numbers; else None."""
    country = find_country(text)
    return country.alpha2 if country and country.alpha2 in phonenumbers.SUPPORTED_REGIONS else None


def rewrite(value: str, region: str | None, hint: str, form: str) -> str:
    """A number, read by `read` and written by `write`."""
    plain = platform_number(value, region) if form == "platform" else None
    return plain or write(read(value, region, hint), form)


def read(value: str, region: str | None, hint: str) -> PhoneNumber:
    """The number in a cell; `region` is the ISO code of the country of numbers without a country code.

    A number need only be possible, not assigned: ranges are assigned faster than programs learn of it, and those
    reserved for examples (07700 900000 to 900999) never are.
    Raises InvalidValue; with `hint` if there is neither a country code nor a region.
    """
    text, extension = _number_and_extension(value)
    if region is None and "+" not in _ZEROS.sub("+", text):
        raise InvalidValue(f"{quoted(value)} has no country code", hint)
    try:
        number = _parsed(text, region)
    except NumberParseException as error:
        raise _unreadable(value, error) from None
    if number.extension:  # phonenumbers takes what follows a semicolon for one
        raise _several(value)
    if not _is_possible(number):
        raise _wrong_length(value, number)
    number.extension = extension
    return number


def write(number: PhoneNumber, form: str) -> str:
    """The number in one of `FORMATS`, or as the `platform` wants it: `(+44)07123456789`.

    `platform` and `e164` have no place for an extension and leave it out.
    """
    if form == "platform":
        number.extension = None
        return f"(+{number.country_code}){_dialled(number)}"
    return phonenumbers.format_number(number, FORMATS[form])


def _dialled(number: PhoneNumber) -> str:
    """The digits dialled inside the country, with the prefix (0 in most) where people there write it."""
    national = re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    if national != phonenumbers.national_significant_number(number):
        return national
    prefix = phonenumbers.ndd_prefix_for_region(_main_region(number), True)
    if prefix in {None, "1"} or phonenumbers.is_valid_number(number):
        return national
    # phonenumbers knows no pattern for some ranges that are not assigned, and then leaves out the prefix as well.
    is_plain = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL).endswith(f" {national}")
    return f"{prefix}{national}" if is_plain else national


def _main_region(number: PhoneNumber) -> str:
    return phonenumbers.region_code_for_country_code(number.country_code or 0)


def _number_and_extension(value: str) -> tuple[str, str | None]:
    """The part that is dialled first, and the extension. Raises Unfit for what holds no single number."""
    if TIDY.fullmatch(value):
        return value, None
    if lost := digits_lost(value):
        raise lost
    text = _LABEL.sub("", whole_number(value.strip()).replace("＋", "+"))
    extension = _EXTENSION.search(text)
    if extension:
        text = text[: extension.start()]
    if not text:
        raise InvalidValue(f"{quoted(value)} is not a telephone number", "Correct the cell, or empty it")
    # phonenumbers would dial letters: `0303 123456 home` as 03031234564663.
    if _LETTER.search(text):
        raise InvalidValue(f"{quoted(value)} has letters in the number", "Leave only one number in the cell, in digits")
    if _SECOND_NUMBER.search(text):
        raise _several(value)
    return text, extension[1] if extension else None


def _parsed(text: str, region: str | None) -> PhoneNumber:
    """0044 is +44 even where another prefix is dialled; if that gives no number, the region's own reading counts.

    It does in Japan, where some numbers begin with 00, and in Brazil, where a carrier's code follows it.
    """
    international = _OLD_MEXICAN.sub("+52", _ZEROS.sub(r"\1+", text))
    if region and (lost := _without_its_plus(international, region)):
        return lost
    if region is None or international == text:
        return phonenumbers.parse(international, region)
    for reading in (international, text):
        with suppress(NumberParseException):
            number = phonenumbers.parse(reading, region)
            if _is_possible(number):
                return number
    return phonenumbers.parse(international, region)


def _without_its_plus(text: str, region: str) -> PhoneNumber | None:
    """`4917612345678` in Germany is +49 176 12345678, whose plus a spreadsheet took away: a number of that country,
    which it is not as it stands. None where there is a doubt."""
    if text.startswith(("+", "0")):
        return None
    digits = re.sub(r"[\s().-]", "", text)
    code = str(phonenumbers.country_code_for_region(region))
    if not digits.isascii() or not digits.isdigit() or not digits.startswith(code) or digits.startswith("0"):
        return None
    with suppress(NumberParseException):
        as_it_stands, mended = phonenumbers.parse(digits, region), phonenumbers.parse(f"+{digits}", None)
        if phonenumbers.is_valid_number(mended) and (
            len(digits) >= LONG or not phonenumbers.is_valid_number(as_it_stands)
        ):
            return mended
    return None


def _is_possible(number: PhoneNumber) -> bool:
    return phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


def _unreadable(value: str, error: NumberParseException) -> InvalidValue:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return InvalidValue(f"{quoted(value)} begins with a country code that does not exist", "Correct the number")
    if error.error_type == NumberParseException.TOO_LONG:
        return InvalidValue(f"{quoted(value)} is too long for a telephone number", "Leave only one number in the cell")
    return InvalidValue(f"{quoted(value)} is not a telephone number", "Leave only one number in the cell, or empty it")


def _several(value: str) -> InvalidValue:
    return InvalidValue(f"{quoted(value)} holds more than one number", "Leave only one in the cell")


def _wrong_length(value: str, number: PhoneNumber) -> InvalidValue:
    country = find_country(_main_region(number))
    where = f" ({country.name})" if country else ""
    reason = WRONG_LENGTH.get(phonenumbers.is_possible_number_with_reason(number), "can't be a telephone number")
    return InvalidValue(
        f"{quoted(value)} {reason} under +{number.country_code}{where}", "Correct the number, or its country"
    )
