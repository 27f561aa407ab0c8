"""Spreadsheets of any size with ten columns, and the mapping for them. Nobody in them exists."""

import csv
import random
from pathlib import Path

HEADER = (
    "First Name", "Last Name", "Email", "Phone", "Company", "Job Title", "City", "Postcode", "Country", "Opt in",
)  # fmt: skip
FIELDS = (
    "firstName", "lastName", "email", "telephone", "companyName", "jobTitle", "city", "postcode", "country", "optIn",
)  # fmt: skip
MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
publisher: 11003
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
# Ofcom's and the Bundesnetzagentur's numbers for films: 20,000 different ones, as a large list has them.
PHONES = [f"07700 900{i:03}" for i in range(1000)] + [f"+49 30 90{i:06}" for i in range(19_000)]


def write_leads(path: Path, rows: int, phones: int = len(PHONES)) -> Path:
    """A CSV of so many different leads, the same each time; sound, but for what each row's checks have to look at."""
    chance, numbers = random.Random(3), PHONES[:phones]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_lead(i, chance, numbers) for i in range(rows))
    return path


def _lead(i: int, chance: random.Random, phones: list[str]) -> tuple[str, ...]:
    return (
        chance.choice(FIRST),
        chance.choice(LAST),
        f"p{i}.{i % 977}@example.com",
        chance.choice(phones),
        f"Company {i % 5000} Ltd",
        "Head of Marketing" if i % 3 else "CTO",
        chance.choice(CITIES),
        f"E{i % 20} {i % 9}AB",
        chance.choice(COUNTRIES),
        "yes",
    )
