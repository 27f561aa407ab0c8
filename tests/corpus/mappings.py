"""Mappings as people write them: awkward column names, mistakes in YAML, slow patterns."""

from tests.corpus.case import PLAIN, Case, lead, text
from tests.corpus.cells import rows

AWKWARD = text(
    'First Name,Last Name,Email,E-mail: work,a.b,{x},"City {full}, now"\nAnn,Lee,ann@example.com,w@x,1,2,3\n'
)


def refused(name: str, mapping: str, *messages: str) -> Case:
    """A mapping with mistakes: nothing is sent, and each is explained with its line."""
    return Case(name, "a.csv", rows("City", "Bonn"), messages=messages, code=3, mapping=mapping)


CASES = [
    Case(
        "columns with colons, dots and braces in templates",
        "a.csv",
        AWKWARD,
        {2: lead("Ann", "Lee", fullName="w@x 1 2 3")},
        mapping=PLAIN + '  fullName: {template: "{E-mail: work} {a.b} {{x}} {City {full}, now}"}\n',
    ),
    Case(
        "columns with colons, dots and braces",
        "a.csv",
        AWKWARD,
        {2: lead("Ann", "Lee", address="w@x", city="1", postcode="2", companyName="3")},
        mapping=PLAIN
        + '  address: "E-mail: work"\n  city: a.b\n  postcode: "{x}"\n  companyName: {column: "City {full}, now"}\n',
    ),
    Case(
        "a text in double braces",
        "a.csv",
        rows("City", "Bonn"),
        {2: lead("Ann", "Lee", "ann0@example.com", address="{town} Bonn")},
        mapping=PLAIN + '  address: {template: "{{town}} {City}"}\n',
    ),
    Case(
        "a pattern that takes too long",
        "a.csv",
        rows("City", "x" * 60 + "y", "xxx"),
        {3: lead("Ann", "Lee", "ann1@example.com", city="xxx")},
        {2: "the pattern (?:x|xx)+ takes too long on 'xxx"},
        code=1,
        mapping=PLAIN + "  city: {column: City, pattern: '(?:x|xx)+'}\n",
    ),
    Case(
        "a replacement that takes too long",
        "a.csv",
        rows("City", "x" * 60 + "y", "Bonn"),
        {3: lead("Ann", "Lee", "ann1@example.com", city="Bonn")},
        {2: "takes too long"},
        code=1,
        mapping=PLAIN + "  city: {column: City, transform: [{replace: {'(?:x|xx)+$': ''}}]}\n",
    ),
    refused(
        "a tab in a mapping", PLAIN + "\tcity: City\n", "map.yaml:11:1: the line begins with a tab; use spaces instead"
    ),
    refused(
        "a wrong indentation in a mapping", PLAIN + "   city: City\n", "map.yaml:11:4: the line begins with 3 spaces"
    ),
    refused(
        "missing spaces after colons in a mapping",
        PLAIN.replace("lastName: ", "lastName:") + "  city:City\n",
        "has 2 errors; nothing was sent.",
        "map.yaml:8:11: no space after the colon; write `lastName: Last Name`\n    8 |   lastName:Last Name\n",
        "map.yaml:11:7: no space after the colon; write `city: City`\n    11 |   city:City\n",
    ),
    refused(
        "mistakes of every kind in a mapping",
        PLAIN.replace("lastName: ", "lastName ") + "\tcity: {column: Town, required: perhaps}\nignore: City\n",
        "has 5 errors; nothing was sent.",
        "map.yaml:8:3: no colon after 'lastName'; write `lastName: Last Name`\n",
        "map.yaml:11:1: the line begins with a tab; use spaces instead\n",
        "required: must be true or false, not 'perhaps'\n",
        "map.yaml:12:9: ignore: must be a list of columns, such as [Notes, Id], not 'City'\n",
    ),
    refused(
        "a fixed value written as a column",
        PLAIN.replace("{value: Web}", "LinkedIn"),
        "map.yaml:10:11: no column 'LinkedIn'. For a fixed value, write: source: {value: LinkedIn}\n"
        "    10 |   source: LinkedIn\n",
    ),
]
