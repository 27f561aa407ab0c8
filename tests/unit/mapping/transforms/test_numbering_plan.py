"""The fast path for phone numbers agrees with phonenumbers, or returns nothing."""

import random
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata

from uploader.mapping.transforms import InvalidValue
from uploader.mapping.transforms.numbering_plan import platform_number
from uploader.mapping.transforms.phone_number import read, write

KINDS = ("fixed_line", "mobile", "toll_free", "voip", "premium_rate", "shared_cost", "uan", "pager", "personal_number")
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def by_phonenumbers(text: str, region: str | None) -> str:
    try:
        return write(read(text, region, ""), "platform")
    except InvalidValue as error:
        return f"refused: {error}"


def spelt(region: str, chance: random.Random) -> Iterator[tuple[str, str | None]]:
    """Numbers of a country, and what is nearly one: other digits at the end, any prefix in front, any country to read
    them in."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata
    kinds = [getattr(metadata, kind) for kind in KINDS]
    code, prefix = str(metadata.country_code), metadata.national_prefix or "0"
    for example in [kind.example_number for kind in kinds if kind and kind.example_number] * 6:
        kept = example[: chance.choice([len(example), chance.randint(0, len(example))])]
        length = len(example) - len(kept) + chance.choice([0, 0, 0, -1, 1, 2])
        digits = kept + "".join(chance.choices("0123456789", k=max(0, length)))
        front = chance.choice(["", prefix, f"+{code}", f"+{code} ", code, f"00{code}", f"+{code}{prefix}", "0", "1"])
        yield front + digits, chance.choice([region, region, region, None, chance.choice(REGIONS)])


@pytest.mark.parametrize("seed", range(3))
def test_fast_path_agrees_with_phonenumbers_in_every_country(seed: int) -> None:
    chance = random.Random(seed)
    asked = [case for region in REGIONS for case in spelt(region, chance)]
    short = {case: platform_number(*case) for case in asked}
    answered = {case: number for case, number in short.items() if number}
    assert len(answered) > 1000
    assert answered == {case: by_phonenumbers(*case) for case in answered}


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("07700 900123", "GB", "(+44)07700900123"),
        ("7700-900123", "GB", "(+44)07700900123"),
        ("+44 7700 900123", None, "(+44)07700900123"),
        ("(415) 555-0100", "US", "(+1)4155550100"),
        ("+1 416 555 0100", "CA", "(+1)4165550100"),
        ("0151 12345678", "DE", "(+49)015112345678"),
        ("06 12 34 56 78", "FR", "(+33)0612345678"),
        ("06 69821234", "IT", "(+39)0669821234"),
        ("8 912 345-67-89", "RU", "(+7)89123456789"),
    ],
)
def test_usual_numbers_take_the_fast_path(text: str, region: str | None, expected: str) -> None:
    assert platform_number(text, region) == expected == by_phonenumbers(text, region)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("07700 900123 ext. 1", "GB"),
        ("0044 7700 900123", "GB"),
        ("447700900123", "GB"),  # a code without its plus, or a number that begins like one
        ("18002007700900123", "GB"),  # the prefix of a text relay
        ("07700 9001", "GB"),
        ("7700 900123", None),
        ("+999 7700 900123", None),
        ("+", "GB"),
        ("011 15 2345 6789", "AR"),  # Argentina's numbers are rewritten
    ],
)
def test_ambiguous_numbers_do_not_take_the_fast_path(text: str, region: str | None) -> None:
    assert platform_number(text, region) is None
