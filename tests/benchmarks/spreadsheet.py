"""Spreadsheets of any size with ten columns, and the mapping for them. All people are invented."""

import csv
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
LAST = ["Smith", "Jones", "Müller", "Weber", "García", "Rossi", "Novak", "Lindqvist", "Holloway", "O'Brien"]
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
CITIES = ("London", "Berlin", "Paris")
# Ofcom's numbers for films: 17,000 different ones.
PREFIXES = (
    "07700 900", "020 7946 0", "0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0118 496 0",
    "0121 496 0", "0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "0191 498 0", "029 2018 0", "01632 960",
    "0306 999 0",
)  # fmt: skip
PHONES = [f"{prefix}{i:03}" for prefix in PREFIXES for i in range(1000)]


def write_leads(path: Path, rows: int, phones: int = len(PHONES), *, respelt: bool = False) -> Path:
    """A CSV of this many different leads, the same each time; every row is valid.

    Telephone numbers come again, as many as `phones` allows; `respelt`, each is written in a way of its own, and so
    is new to everybody.
    """
    chance, numbers = random.Random(3), PHONES[:phones]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_lead(i, chance, numbers, respelt=respelt) for i in range(rows))
    return path


def _respelt(number: str, way: int) -> str:
    """The number with blanks, hyphens or nothing between its digits."""
    gaps = [" -"[way // 3**place % 3 - 1] if way // 3**place % 3 else "" for place in range(11)]
    digits = number.replace(" ", "")
    return "".join(digit + gap for digit, gap in zip(digits, [*gaps[: len(digits) - 1], ""], strict=True))


def _lead(i: int, chance: random.Random, phones: list[str], *, respelt: bool) -> tuple[str, ...]:
    phone = chance.choice(phones)
    return (
        chance.choice(FIRST),
        chance.choice(LAST),
        f"p{i}.{i % 977}@example.com",
        _respelt(phone, i) if respelt else phone,
        f"Company {i % 5000} Ltd",
        "Head of Marketing" if i % 3 else "CTO",
        chance.choice(CITIES),
        f"E{i % 20} {i % 9}AB",
        chance.choice(COUNTRIES),
        "yes",
    )
