"""frictionless with a schema: an e-mail's form, a list, a length, a number's shape. It reads no telephone numbers and
looks for no duplicates."""

import sys
from pathlib import Path

from frictionless import Resource, Schema, system

from tests.benchmarks.spreadsheet import COUNTRIES, HEADER

CONSTRAINTS = {
    "Email": {"required": True},
    "Phone": {"pattern": r"[+0-9 ().-]{7,30}"},
    "Job Title": {"maxLength": 100},
    "Country": {"enum": COUNTRIES},
    "Opt in": {"enum": ["yes", "no"]},
}


def main(path: str) -> None:
    fields = [
        {
            "name": name,
            "type": "string",
            "format": "email" if name == "Email" else "default",
            "constraints": CONSTRAINTS.get(name, {}),
        }
        for name in HEADER
    ]
    schema = Schema.from_descriptor({"fields": fields})
    with system.use_context(trusted=True):  # else it takes no absolute path
        report = Resource(path=str(Path(path)), schema=schema).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type"])[:5]


if __name__ == "__main__":
    main(sys.argv[1])
