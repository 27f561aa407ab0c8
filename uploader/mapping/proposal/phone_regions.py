"""Find the country of phone numbers without a country code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from uploader.mapping.proposal.columns import Column

MIN_AGREEMENT = 0.9  # share of the numbers with a country code


@dataclass(frozen=True)
class PhoneRegion:
    """How many numbers have no country code (`national`), and the ISO code of their likely country, or ""."""

    national: int
    region: str = ""
    reason: str = ""


def find_phone_region(columns: Sequence[Column], country: Column | None) -> PhoneRegion:
    """Find the country of the numbers without a country code, from the country column or else the other numbers."""
    numbers = [next((cell for cell in cells if cell), "") for cells in zip(*(one.rows for one in columns), strict=True)]
    from uploader.mapping.transforms.phone_number import number_region  # noqa: PLC0415 - phonenumbers takes a while to load

    codes = {number: number_region(number) for number in numbers if number}
    national = [number for number, code in codes.items() if code is None]
    if country:
        return _by_column(country, len(national))
    return _by_numbers(national, Counter(code for code in codes.values() if code))


def _by_column(country: Column, national: int) -> PhoneRegion:
    """Use one country for the empty cells only if more than half of the rows have it."""
    from uploader.mapping.transforms.phone_number import region_code  # noqa: PLC0415 - phonenumbers takes a while to load

    codes = Counter(code for cell in country.cells if (code := region_code(cell)))
    region, count = next(iter(codes.most_common(1)), ("", 0))
    if count * 2 > len(country.cells) and len(country.cells) < len(country.rows):
        return PhoneRegion(national, region, f"{region} where '{country.name}' is empty: most rows are from {region}")
    return PhoneRegion(national)


def _by_numbers(national: Sequence[str], codes: Counter[str]) -> PhoneRegion:
    from uploader.mapping.transforms.phone_number import number_region  # noqa: PLC0415 - phonenumbers takes a while to load

    region, count = next(iter(codes.most_common(1)), ("", 0))
    fits = all(number_region(number, region) for number in national)
    if not national or count < 3 or count < MIN_AGREEMENT * codes.total() or not fits:
        return PhoneRegion(len(national))
    return PhoneRegion(
        len(national), region, f"{count} of the {codes.total()} numbers with a country code are from {region}"
    )
