"""The checks of the mapping as a script has them: a csv loop, email-validator, phonenumbers, a list, a set."""

import csv
import sys

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from tests.benchmarks.spreadsheet import COUNTRIES

YES_OR_NO = {"yes": "1", "y": "1", "true": "1", "1": "1", "no": "0", "n": "0", "false": "0", "0": "0", "": "0"}


def is_sound(row: dict[str, str], seen: set[str]) -> bool:
    """Whether a row would be sent: every field, as the mapping asks."""
    try:
        email = validate_email(row["Email"].strip(), check_deliverability=False).normalized.lower()
        number = phonenumbers.parse(row["Phone"], "GB")
    except (EmailNotValidError, phonenumbers.NumberParseException):
        return False
    if email in seen or not phonenumbers.is_possible_number(number):
        return False
    seen.add(email)
    return (
        row["Country"].strip() in COUNTRIES
        and len(row["Job Title"].strip()) <= 100
        and row["Opt in"].strip().lower() in YES_OR_NO
    )


def main(path: str) -> None:
    seen: set[str] = set()
    with open(path, newline="", encoding="utf-8") as file:
        assert all(is_sound(row, seen) for row in csv.DictReader(file))


if __name__ == "__main__":
    main(sys.argv[1])
