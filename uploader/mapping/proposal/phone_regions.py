"""Of which country telephone numbers without a country code are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from uploader.mapping.proposal.columns import Column

SURE = 0.9  # of the numbers with a country code


@dataclass(frozen=True)
class Regions:
    """`national` is how many numbers have no country code; `region` the ISO code that most say is theirs, or ""."""

    national: int
    region: str = ""
    why: str = ""


def regions_of(columns: Sequence[Column], country: Column | None) -> Regions:
    """What the country column, else the numbers themselves, say of the numbers without a country code."""
    numbers = [next((cell for cell in cells if cell), "") for cells in zip(*(one.rows for one in columns), strict=True)]
    codes = {number: _country_code(number) for number in numbers if number}
    national = [number for number, code in codes.items() if code is None]
    if country:
        return _by_column(country, len(national))
    return _by_numbers(national, Counter(code for code in codes.values() if code))


def _by_column(country: Column, national: int) -> Regions:
    """More than half of the rows have to agree before one country stands in for the empty cells."""
    from uploader.mapping.transforms.phone_number import region_code  # noqa: PLC0415 - phonenumbers takes a while to load

    codes = Counter(code for cell in country.cells if (code := region_code(cell)))
    region, count = next(iter(codes.most_common(1)), ("", 0))
    if count * 2 > len(country.cells) and len(country.cells) < len(country.rows):
        return Regions(national, region, f"{region} where '{country.name}' is empty: most rows are of {region}")
    return Regions(national)


def _by_numbers(national: Sequence[str], codes: Counter[str]) -> Regions:
    region, count = next(iter(codes.most_common(1)), ("", 0))
    fits = all(_country_code(number, region) for number in national)
    if not national or count < 3 or count < SURE * codes.total() or not fits:
        return Regions(len(national))
    return Regions(len(national), region, f"{count} of the {codes.total()} numbers with a country code are {region}'s")


def _country_code(number: str, region: str | None = None) -> str | None:
    """The ISO code of the country of a number, None where it says none or is no number."""
    import phonenumbers  # noqa: PLC0415 - see above

    from uploader.mapping.transforms import InvalidValue  # noqa: PLC0415
    from uploader.mapping.transforms.phone_number import read  # noqa: PLC0415

    try:
        found = read(number, region, "")
    except InvalidValue:
        return None
    return str(phonenumbers.region_code_for_country_code(found.country_code or 0))
