"""What the screen Columns asks, what keeps it from continuing, and the mapping that follows from its form."""

import json
from pathlib import Path
from typing import Any

import pytest
from multidict import MultiDict

from uploader.commands.kept_answers import KeptAnswers
from uploader.commands.mapping import UnfinishedMapping, sample_rows
from uploader.core.form import Form, FormField, Link
from uploader.mapping.load import parse_mapping
from uploader.mapping.questionnaire import (
    Basis,
    KnownMapping,
    Questionnaire,
    SheetSample,
    blocking_questions,
    with_suggestions,
)
from uploader.mapping.schema import MadeAgainst
from uploader.spreadsheet import open_table
from uploader.web import columns_json
from uploader.web.columns import read_answers

FORM = Form(75, fields=(FormField("form[email]", required=True), FormField("form[optIn]")))
STRICT = Form(75, fields=(*FORM.fields[:1], FormField("form[optIn]", required=True)))
MORE = Form(
    75, fields=(*FORM.fields, FormField("form[telephone]"), FormField("form[eventDate]"), FormField("form[city]"))
)
PEOPLE = "".join(f"p{at}@example.com,{'no' if at == 3 else 'yes'},{'Open' if at % 2 else 'Won'}\n" for at in range(20))
ASKING = "Email,Opt in,Status\n" + PEOPLE
DETAILS = "Email,Phone,Event date\n" + "".join(f"p{at}@example.com,07700 90012{at},03/04/2026\n" for at in range(3))


def opened(folder: Path, text: str, form: Form = FORM, **facts: Any) -> UnfinishedMapping:
    file = folder / "leads.csv"
    file.write_text(text)
    table = open_table(file)
    rows = sample_rows(table)
    sheet = SheetSample(None, table.columns, [*rows.cells()])
    basis = Basis(
        "leads.csv", (sheet,), (form,), (Link(135, "A"), Link(136, "B")), {"campaign": 1, "publisher": 2}, **facts
    )
    return UnfinishedMapping(
        Questionnaire(basis), {None: table}, {None: rows}, (), "uploader links", KeptAnswers(folder)
    )


def answered(found: UnfinishedMapping, **form: str) -> Questionnaire:
    """The questionnaire with what the screen shows at first, and then with what its form says."""
    known = with_suggestions(found.questionnaire)
    pairs = {name.replace("__", ":", 1).replace("_", "-", 1): value for name, value in form.items()}
    return Questionnaire(known.basis, {**known.answers, **read_answers(MultiDict(pairs))})


def missing(known: Questionnaire) -> list[str]:
    return [one.title for one in blocking_questions(known)]


def field(found: UnfinishedMapping, known: Questionnaire, name: str) -> Any:
    shown: Any = columns_json.preview(found, known)["fields"]
    return next(one for one in shown if one["name"] == name)


def test_suggestions_are_shown_as_answers(tmp_path: Path) -> None:
    found = opened(tmp_path, "Email,Opt in\n" + "a@example.com,yes\n" * 5)
    known = answered(found)
    assert missing(known) == ["Link"]
    assert missing(answered(found, link="136")) == []
    assert {one["name"]: one["value"] for one in columns_json.columns(found, known)["fields"]} == {  # type: ignore[attr-defined]
        "email": "column:Email",
        "optIn": "column:Opt in",
    }


def test_rows_are_asked_about_and_consent_only_where_the_form_requires_it(tmp_path: Path) -> None:
    known = answered(opened(tmp_path, ASKING), link="135")
    assert missing(known) == ["Status"]
    assert [one.title for one in known.open_questions] == ["optIn consent", "Status"]
    strict = answered(opened(tmp_path, ASKING, STRICT), link="135")
    assert missing(strict) == ["optIn consent", "Status"]
    done = answered(
        opened(tmp_path, ASKING, STRICT), link="135", question_consent__optIn='["1"]', question_rows__Status="null"
    )
    assert missing(done) == []


@pytest.mark.parametrize("answer", ['"?"', "[]", '["Lost"]', "not JSON"])
def test_answer_that_does_not_fit_leaves_the_question_open(tmp_path: Path, answer: str) -> None:
    assert "Status" in missing(answered(opened(tmp_path, ASKING), link="135", question_rows__Status=answer))


def test_left_out_field_and_own_condition_need_no_answer(tmp_path: Path) -> None:
    given = {"field_optIn": "out", "where_column": "Status", "where_values": "Won, Hot", "where_kind": "is"}
    found = opened(tmp_path, ASKING)
    known = answered(found, link="135", **given)
    assert known.open_questions == []
    assert "where: {Status: [Won, Hot]}" in found.text(known)


@pytest.mark.parametrize(
    ("consent", "status", "has_rule", "condition"),
    [('["1"]', '["Won"]', True, "where: {Status: [Won]}"), ("[]", "null", False, "")],
)
def test_answers_are_in_the_mapping(tmp_path: Path, consent: str, status: str, has_rule: bool, condition: str) -> None:
    found = opened(tmp_path, ASKING)
    text = found.text(answered(found, link="135", question_consent__optIn=consent, question_rows__Status=status))
    mapping = parse_mapping(text, tmp_path / "mapping.yaml")
    assert mapping.document.errors == []
    assert mapping.fields["optIn"].must_be == (["1"] if has_rule else [])
    assert condition in text
    assert ("Status" in mapping.head.ignore) == (not condition)


@pytest.mark.parametrize("value", ["", "out", "fixed", "column:Nothing"])
def test_required_field_stays_open_without_a_source(tmp_path: Path, value: str) -> None:
    """However certain the proposal is: what the screen shows is what counts."""
    assert missing(answered(opened(tmp_path, ASKING), link="135", field_email=value))[0] == "email"


def test_dates_and_countries_of_phone_numbers_are_asked(tmp_path: Path) -> None:
    found = opened(tmp_path, DETAILS, MORE)
    known = answered(found, link="135")
    assert missing(known) == ["eventDate format"]
    date, phone = (field(found, known, name)["questions"][0] for name in ("eventDate", "telephone"))
    assert ['["%d/%m/%Y"]', "31/12/2026 (day, month, year)"] in date["options"]
    assert date["is_open"]
    assert phone["is_open"]
    assert columns_json.preview(found, known)["undecided"] == [
        "Undecided: telephone country. Numbers without a country code are rows to fix until you decide."
    ]
    answers = {"question_date__eventDate": '["%d/%m/%Y"]', "question_phone__telephone": '{"region": "GB"}'}
    done = answered(found, link="135", **answers)
    assert done.open_questions == []
    assert field(found, done, "telephone")["samples"][0] == ["07700 900120", "(+44)07700900120", ""]
    assert field(found, done, "eventDate")["samples"][0][1] == "2026-04-03"
    assert json.dumps({"region": "GB"}) in [value for value, _ in columns_json.columns(found, done)["countries"]]  # type: ignore[attr-defined]


def test_earlier_upload_is_a_likely_source_and_its_fixed_value_is_only_shown(tmp_path: Path) -> None:
    made = MadeAgainst(date="2026-11-20", form=75, fields={"email": "required", "optIn": "", "fax": ""})
    fields = {"email": {"column": "Mail"}, "city": {"value": "Leeds"}}
    upload = KnownMapping("the upload of 2026-11-20", fields, {"form": 75, "link": 136}, made_against=made)
    found = opened(tmp_path, "Mail,Work Email\na@example.com,b@example.com\n", MORE, earlier=(upload,))
    known = answered(found)
    email, city = field(found, known, "email"), field(found, known, "city")
    assert (email["value"], email["confidence"], email["reason"]) == (
        "column:Mail",
        "likely",
        "as in the upload of 2026-11-20",
    )
    assert (city["value"], city["fixed"]) == ("out", "Leeds")
    assert "Leeds" in city["reason"]
    assert missing(known) == ["Link"]


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        ({"equals": "Won"}, ["Status", ["Won"], False]),
        ({"in": ["Won", "Open"]}, ["Status", ["Won", "Open"], False]),
        ({"not": {"in": ["Open"]}}, ["Status", ["Open"], True]),
    ],
)
def test_condition_of_the_mapping_to_start_from_can_be_changed(
    tmp_path: Path, condition: Any, shown: list[Any]
) -> None:
    found = opened(tmp_path, ASKING, like=KnownMapping("other.csv", {}, head={"where": {"status": condition}}))
    known = with_suggestions(found.questionnaire)
    assert columns_json.columns(found, known)["where"] == shown
    assert "where: {Status:" in found.text(known)
    other = answered(found, where_column="Opt in", where_values="yes", where_kind="is")
    assert 'where: {Opt in: ["yes"]}' in found.text(other)
    assert "Status" in [one.title for one in other.open_questions]


def test_conditions_that_can_not_be_changed_are_shown(tmp_path: Path) -> None:
    found = opened(
        tmp_path, ASKING, like=KnownMapping("other.csv", {}, head={"where": {"Status": {"contains": ["o"]}}})
    )
    known = answered(found)
    assert columns_json.preview(found, known)["kept"] == ['Status {"contains": ["o"]}']
    assert "where: {Status: {contains: [o]}}" in found.text(known)
