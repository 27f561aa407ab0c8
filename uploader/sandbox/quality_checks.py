"""The platform's automatic checks of an accepted lead, from the vendor's support pages."""

import re
from collections.abc import Mapping

from uploader.sandbox.fixtures import FIELDS, countries
from uploader.sandbox.payloads import invalid

NAMES = ("firstName", "lastName")


def failed_jobs(fields: Mapping[str, str], *, is_duplicate: bool, empty_fields: int = 3) -> list[str]:
    """Return the checks that a lead fails; none for a valid lead.

    Args:
        fields: The lead's values by bare field name.
        is_duplicate: Whether the campaign already has a lead with this e-mail address.
        empty_fields: This many empty visible fields make a lead invalid.
    """
    jobs = [f"The word test was found in field - {name}" for name, value in fields.items() if "test" in value.lower()]
    first, last = (fields.get(name, "").casefold() for name in NAMES)
    if first and first == last:
        jobs.append("First name and last name are the same")
    jobs += [f"Repeated characters in field - {name}" for name in NAMES if re.search(r"(\w)\1\1", fields.get(name, ""))]
    jobs += [f"No vowels in field - {name}" for name in NAMES if _no_vowels(fields.get(name, ""))]
    empty = [field.name for field in FIELDS if not field.hidden and not fields.get(field.name)]
    if len(empty) >= empty_fields:
        jobs.append(f"Too many empty fields ({', '.join(empty)})")
    country = fields.get("country", "")
    if country and country not in countries():
        jobs.append("No values found for field - country (country)")
    return jobs + (["Duplicate lead: email"] if is_duplicate else [])


def result_body(lead: int, jobs: list[str], fields: Mapping[str, str]) -> str:
    """Return the body of a 200. Every shape that has been seen comes in turn, by the lead's id."""
    if not jobs:
        return ("", '""')[lead % 2]
    shapes = (invalid(jobs, fields), invalid(jobs, fields), f'"{jobs[0]}"', jobs[0])
    return shapes[lead % len(shapes)]


def _no_vowels(name: str) -> bool:
    return bool(re.fullmatch(r"[b-df-hj-np-tv-xz]{2,}", name, re.IGNORECASE))
