"""What has to be decided on the screen Columns before rows can be checked: consent, and which rows are meant."""

from pathlib import Path

import pytest

from uploader.commands.mapping import sample_rows
from uploader.commands.mapping_draft import FieldChoice, MappingDraft, RowFilter
from uploader.core.form import Form, FormField
from uploader.mapping.proposal import propose
from uploader.mapping.questionnaire import Answer
from uploader.spreadsheet import open_table

FORM = Form(75, fields=(FormField("form[email]", required=True), FormField("form[optIn]")))
PEOPLE = "".join(f"p{at}@example.com,{'no' if at == 3 else 'yes'},{'Open' if at % 2 else 'Won'}\n" for at in range(20))
CONSENT, STATUS = "consent:optIn", "rows:Status"


def draft(folder: Path, text: str) -> MappingDraft:
    file = folder / "leads.csv"
    file.write_text(text)
    table = open_table(file)
    rows = sample_rows(table)
    proposal = propose(FORM, table.columns, [list(row) for row in rows.cells()])
    return MappingDraft(table, rows, 44400, [FORM], FORM, (), None, 11003, proposal)


@pytest.fixture
def asking(tmp_path: Path) -> MappingDraft:
    return draft(tmp_path, "Email,Opt in,Status\n" + PEOPLE)


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [
        ({}, True),
        ({CONSENT: ["1"], STATUS: None}, False),
        ({CONSENT: [], STATUS: ["Won"]}, False),
        ({CONSENT: "?", STATUS: ["Lost"]}, True),
        ({CONSENT: None, STATUS: []}, True),
    ],
)
def test_consent_and_status_are_undecided_until_they_are_answered(
    asking: MappingDraft, answers: dict[str, Answer], is_open: bool
) -> None:
    choices = asking.first_choices()
    assert asking.missing(choices, None, None, answers) == (["Status"] if is_open else [])
    assert [one.title for one in asking.open_consents(choices, answers)] == (["optIn consent"] if is_open else [])


def test_nothing_is_asked_without_reason(tmp_path: Path) -> None:
    known = draft(tmp_path, "Email,Opt in\n" + "a@example.com,yes\n" * 5)
    assert known.missing(known.first_choices(), None, None) == []
    assert known.open_consents(known.first_choices(), {}) == []


def test_a_field_that_is_left_out_or_a_condition_of_ones_own_answers_it(asking: MappingDraft) -> None:
    choices = {**asking.first_choices(), "optIn": FieldChoice("out")}
    assert asking.missing(choices, None, None, {}, RowFilter("Status", ["Won"])) == []
    assert asking.open_consents(choices, {}) == []


@pytest.mark.parametrize(
    ("answers", "has_rule", "condition"),
    [
        ({CONSENT: ["1"], STATUS: ["Won"]}, True, "where: {Status: [Won]}"),
        ({CONSENT: [], STATUS: None}, False, ""),
        ({}, False, ""),
    ],
)
def test_answers_are_in_the_mapping(
    asking: MappingDraft, answers: dict[str, Answer], has_rule: bool, condition: str
) -> None:
    text = asking.text(asking.first_choices(), None, None, answers=answers)
    assert ("must_be: [1]" in text) == has_rule
    assert ("where" in text) == bool(condition)
    assert condition in text
    assert ("- Status" in text) == (not condition)
