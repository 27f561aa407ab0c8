"""Which rows are left out by `where`, have no consent, have a full name in one cell, or are no leads at all."""

from tests.corpus.builders import GOOD, HEAD, xlsx
from tests.corpus.case import ANN, PLAIN, Case, lead, text
from tests.corpus.cells import ann, rows
from tests.corpus.formats import Error

CONSENT = PLAIN + "  optIn: {column: Opt, transform: [boolean], must_be: [1]}\n"
NAMES = """\
fields:
  firstName: {column: Name, transform: [{name: first}]}
  lastName: {column: Name, transform: [{name: last}]}
  email: Email
  source: {value: Web}
"""


def where(conditions: str) -> str:
    return f"where: {conditions}\n{PLAIN}"


def names(*cells: str):
    lines = [f"{cell};ann{number}@example.com" for number, cell in enumerate(cells)]
    return text("\n".join(["Name;Email", *lines, ""]))


CASES = [
    Case(
        "rows that where leaves out",
        "a.csv",
        rows("Status", "Qualified", " qualified ", "New", "", "QUALIFIED"),
        {2: ann(0), 3: ann(1), 6: ann(4)},
        messages=[
            "5 rows: 3 to send, 2 skipped",
            "1 × skipped: where: column 'Status' is 'New', not 'Qualified' (row 4)",
        ],
        mapping=where("{Status: Qualified}"),
        skipped=[4, 5],
    ),
    Case(
        "a checkbox that where compares",
        "a.xlsx",
        xlsx(
            ("Leads", [[*HEAD, "Test lead"], [*GOOD, True], ["Bob", "Ray", "bob@example.com", False], [*GOOD, "yes"]])
        ),
        {3: lead("Bob", "Ray", "bob@example.com")},
        mapping=where("{Test lead: {not: [Yes, true]}}"),
        skipped=[2, 4],
    ),
    Case(
        "a number that where compares",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "Score"], [*GOOD, 1.0], ["Bob", "Ray", "bob@example.com", 10]])),
        {2: ANN},
        mapping=where("{Score: 1}"),
        skipped=[3],
    ),
    Case(
        "an error value that where can't compare",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "Status"], [*GOOD, "Won"], ["Bob", "Ray", "bob@example.com", Error("#N/A")]])),
        {2: ANN},
        {3: "where: column 'Status': '#N/A' is an error value of the spreadsheet"},
        code=1,
        mapping=where("{Status: Won}"),
    ),
    Case(
        "a test lead that where finds by its address",
        "a.csv",
        text("First Name,Last Name,Email\nAnn,Lee,ann@example.com\nTess,Test,test@example.com\n"),
        {2: ANN},
        mapping=where("{Email: {not: {contains: test}}}"),
        skipped=[3],
    ),
    Case(
        "all rows left out",
        "a.csv",
        rows("Status", "New", "Lost"),
        messages=["Warning: `where` in the mapping leaves out every row, so nothing is sent."],
        mapping=where("{Status: Qualifed}"),
        skipped=[2, 3],
    ),
    Case(
        "where with a column that does not exist",
        "a.csv",
        rows("Status", "New"),
        messages=["map.yaml:6:9: where: no column 'Statsu'; did you mean 'Status'?"],
        code=3,
        mapping=where("{Statsu: New}"),
    ),
    Case(
        "where with an unknown condition",
        "a.csv",
        rows("Status", "New"),
        messages=["map.yaml:6:18: where, 'Status': unknown condition 'contians'; did you mean 'contains'?"],
        code=3,
        mapping=where("{Status: {contians: New}}"),
    ),
    Case(
        "no consent",
        "a.csv",
        rows("Opt", "yes", "no", "", "TRUE", "perhaps"),
        {2: ann(0, optIn="1"), 5: ann(3, optIn="1")},
        {3: "no consent: 'no' gives '0'", 4: "no consent: the cell is empty", 6: "'perhaps' is neither yes nor no"},
        code=1,
        mapping=CONSENT,
    ),
    Case(
        "full names in one cell",
        "a.csv",
        names("Ann Lee", "Ludwig van Beethoven", "Lee, Ann", "Dr. Ann Lee, PhD", "Madonna", "山田 太郎"),
        {
            2: lead("Ann", "Lee", "ann0@example.com"),
            3: lead("Ludwig", "van Beethoven", "ann1@example.com"),
            4: lead("Ann", "Lee", "ann2@example.com"),
            5: lead("Ann", "Lee", "ann3@example.com"),
        },
        {
            6: "'Madonna' is a single name: first or last name is missing",
            7: "'山田 太郎' may begin with the family name",
        },
        code=1,
        mapping=NAMES,
    ),
    Case(
        "totals and remarks below the list",
        "a.csv",
        text("First Name,Last Name,Email\nAnn,Lee,ann@example.com\n\nTotal 1,,\nExported on 28 Nov 2026,,\n\nSeen,,\n"),
        {2: ANN},
        {4: "looks like a total, not a lead", 5: "looks like a remark below the list", 7: "looks like a remark"},
        messages=["1 × the row looks like a total, not a lead. Delete the row, or leave out such rows with"],
        code=1,
    ),
    Case(
        "totals that where leaves out",
        "a.csv",
        text("First Name,Last Name,Email\nAnn,Lee,ann@example.com\nTotal,1,\n"),
        {2: ANN},
        mapping=where("{Email: {empty: false}}"),
        skipped=[3],
    ),
]
