"""Numbers that a program rounded, in any field, and error values in any language."""

from tests.corpus.case import PLAIN, Case, lead, text
from tests.corpus.cells import rows


def addressed(number: int, address: str) -> dict[str, str]:
    return lead("Ann", "Lee", f"ann{number}@example.com", address=address)


CASES = [
    Case(
        "rounded numbers in any field",
        "a.csv",
        text(
            "First Name,Last Name,Email,Address,City\n"
            "Ann,Lee,ann@example.com,1.23457E+15,Bonn\n"
            "1.23457E+15,Lee,bob@example.com,1,Bonn\n"
            'Cy,Ray,cy@example.com,1,"1,23457E+12"\n'
            "Di,Fox,di@example.com,1E+05,E+12\n"
        ),
        {5: lead("Di", "Fox", "di@example.com", address="1E+05", city="E+12")},
        {
            2: "address (column 'Address'): '1.23457E+15' was rounded by the spreadsheet",
            3: "firstName (column 'First Name'): '1.23457E+15' was rounded",
            4: "city (column 'City'): '1,23457E+12' was rounded",
        },
        code=1,
        mapping=PLAIN + "  address: Address\n  city: City\n",
    ),
    Case(
        "long numbers in scientific notation that lost nothing",
        "a.csv",
        rows("Address", "4.47700900123E+11", "1.23456789012345E+14", "4.477E+3"),
        {
            2: addressed(0, "447700900123"),
            3: addressed(1, "123456789012345"),
            4: addressed(2, "4.477E+3"),
        },
        warned={2: "repaired (was in scientific notation)", 3: "repaired (was in scientific notation)"},
        mapping=PLAIN + "  address: Address\n",
    ),
    Case(
        "long numbers that may be rounded",
        "a.csv",
        rows("Address", "1234567890123450", "1234567890123456"),
        {2: addressed(0, "1234567890123450"), 3: addressed(1, "1234567890123456")},
        warned={2: "has zeros after its 15th digit; check that no program has rounded it"},
        mapping=PLAIN + "  address: Address\n",
    ),
    Case(
        "a rounded number within a template",
        "a.csv",
        text("First Name,Last Name,Email,Id\nAnn,Lee,ann@example.com,1.23457E+15\nBob,Ray,bob@example.com,7\n"),
        {3: lead("Bob", "Ray", "bob@example.com", fullName="Bob 7")},
        {2: "'1.23457E+15' was rounded by the spreadsheet"},
        code=1,
        mapping=PLAIN + '  fullName: {template: "{First Name} {Id}"}\n',
    ),
    Case(
        "error values in other languages",
        "a.csv",
        rows("City", "#YOK", "#Н/Д", "#HIÁNYZIK", "#Δ/Υ", "#NENÍ_K_DISPOZICI", "#PUUTTUU!", "#I/T", "#1"),
        {9: lead("Ann", "Lee", "ann7@example.com", city="#1")},
        dict.fromkeys(range(2, 9), "is an error value of the spreadsheet"),
        code=1,
        mapping=PLAIN + "  city: City\n",
    ),
]
