"""Spreadsheets of any size with ten columns, and the mapping for them. All people are invented."""

import csv
import itertools
import random
from pathlib import Path

from tests.support.files import MAPPING_IDS

HEADER = (
    "First Name", "Last Name", "Email", "Phone", "Company", "Job Title", "City", "Postcode", "Country", "Opt in",
)  # fmt: skip
FIELDS = (
    "firstName", "lastName", "email", "telephone", "companyName", "jobTitle", "city", "postcode", "country", "optIn",
)  # fmt: skip
MAPPING = (
    MAPPING_IDS
    + """\
fields:
  firstName: First Name
  lastName: Last Name
  email: {column: Email, transform: [lower]}
  telephone: {column: Phone, transform: [{phone: {region: GB}}]}
  companyName: Company
  jobTitle: {column: Job Title, max_length: 100}
  city: City
  postcode: {column: Postcode, transform: [upper]}
  country:
    column: Country
    allowed: [United Kingdom, Germany, France, Spain, Netherlands, Ireland, Austria, Italy, Sweden, Norway]
  optIn: {column: Opt in, transform: [boolean]}
"""
)
FIRST = ["Olivia", "Emma", "Noah", "Liam", "Ava", "Lucas", "Mia", "Hugo", "Léa", "Jörg", "Søren", "Zoë"]
ASCII = {name: name for name in FIRST} | {"Léa": "Lea", "Jörg": "Joerg", "Søren": "Soren", "Zoë": "Zoe"}
# Last names are made of three of these: 64,000, and with a second name as many as there are rows.
SYLLABLES = (
    "ba", "ber", "bo", "da", "der", "do", "fa", "fen", "ga", "gor", "ha", "hol", "ja", "jen", "ka", "ker", "ko", "la",
    "len", "lo", "ma", "mer", "mo", "na", "nev", "no", "pa", "per", "po", "ra", "ren", "ro", "sa", "sen", "so", "ta",
    "ter", "to", "va", "wen",
)  # fmt: skip
COUNTRIES = [
    "United Kingdom",
    "Germany",
    "France",
    "Spain",
    "Netherlands",
    "Ireland",
    "Austria",
    "Italy",
    "Sweden",
    "Norway",
]
CITIES = ("London", "Berlin", "Paris", "Madrid", "Utrecht", "Dublin", "Wien", "Milano", "Malmö", "Oslo")
JOBS = ("CTO", "Head of Marketing", "Sales Manager", "Buyer", "Owner", "Consultant", "VP Finance", "IT Director")
# Ofcom's numbers for films: 17,000 different ones.
PREFIXES = (
    "07700 900", "020 7946 0", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0",
    "0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "0191 498 0", "029 2018 0", "01632 960",
    "0306 999 0",
)  # fmt: skip
PHONES = [f"{prefix}{i:03}" for prefix in PREFIXES for i in range(1000)]
# How people group their digits: with two starts more, 60 ways, so that a million cells are all different.
STARTS = ("0", "+44 ", "+44")
GROUPS = ((4,), (3, 6), (4, 7), (2, 6), (5,), (3,), (2, 4, 6), (5, 8), (3, 7), (4, 8))
GAPS = (" ", "-")


def write_leads(path: Path, rows: int, phones: int | None = None) -> Path:
    """Write a CSV of this many leads, the same each time; every row is valid.

    Every e-mail address, telephone number (as it is written) and name is different, as in real lists; `phones` is for
    measuring what grows: so many numbers come again and again.
    """
    chance = random.Random(3)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_lead(i, chance, phones) for i in range(rows))
    return path


def _phone(i: int) -> str:
    """Return a number in one of the ways to write it, different for each of the first million."""
    way, place = divmod(i, len(PHONES))
    digits, start = PHONES[place].removeprefix("0").replace(" ", ""), STARTS[way % 3]
    cuts = (0, *GROUPS[way // 3 % 10], len(digits))
    return start + GAPS[way // 30 % 2].join(digits[a:b] for a, b in itertools.pairwise(cuts))


def _last_name(i: int) -> str:
    """Return a name that only this lead has."""
    count = len(SYLLABLES)
    name = SYLLABLES[i % count] + SYLLABLES[i // count % count] + SYLLABLES[i // count**2 % count]
    more = i // count**3
    second = f"-{SYLLABLES[more % count].title()}{SYLLABLES[more // count % count]}" if more else ""
    return name.title() + second


def _lead(i: int, chance: random.Random, phones: int | None) -> tuple[str, ...]:
    first, last, company = chance.choice(FIRST), _last_name(i), chance.randrange(20_000)
    return (
        first,
        last,
        f"{ASCII[first].lower()}.{last.lower()}@mail.company{company}.example.com",
        _phone(i % phones if phones else i),
        f"Company {company} Ltd",
        chance.choice(JOBS),
        chance.choice(CITIES),
        f"E{i % 20} {i % 9}AB",
        chance.choice(COUNTRIES),
        "yes",
    )
