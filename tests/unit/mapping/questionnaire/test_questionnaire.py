"""The questions about a mapping: which are asked, what is suggested, and what the answers make of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.core.form import Form, FormField, Link
from uploader.mapping.bind import Binder
from uploader.mapping.form_check import check_against_form
from uploader.mapping.load import Mapping, parse_mapping
from uploader.mapping.questionnaire import (
    Answer,
    Basis,
    KnownMapping,
    Question,
    Questionnaire,
    SheetSample,
    decided_by_earlier,
)
from uploader.sandbox.fixtures import FIELDS

FORM = Form(75, "Webinar form", tuple(FormField(one.key, hidden=one.hidden, required=one.required) for one in FIELDS))
LINKS = (Link(135, "Autumn webinar", "Email"), Link(136, "Autumn webinar", "Display"))
IDS = {"campaign": 44400, "publisher": 11003}
PEOPLE = {
    "First Name": ["Ann", "Beatrice"],
    "Last Name": ["Lee", "Ray"],
    "Email": ["ann@example.com", "bo@example.com"],
}
SURE = {**PEOPLE, "Source": ["Fair", "Web"]}


def sample(sheet: dict[str, Sequence[str]], name: str | None = None) -> SheetSample:
    return SheetSample(name, tuple(sheet), list(zip(*sheet.values(), strict=True)))


def ask(sheet: dict[str, Sequence[str]], **more: Any) -> Questionnaire:
    """The questionnaire about a sheet with one of the campaign's links given, unless the test says otherwise."""
    known = {"forms": (FORM,), "links": LINKS, "ids": {**IDS, "link": 135}, **more}
    return Questionnaire(Basis("leads.csv", known.pop("sheets", (sample(sheet),)), **known))


def open_keys(known: Questionnaire) -> list[str]:
    return [question.key for question in known.questions if question.is_open]


def find(known: Questionnaire, key: str) -> Question:
    found = known.find(key)
    assert found is not None, [question.key for question in known.questions]
    return found


def suggested(known: Questionnaire, key: str) -> Answer:
    suggestion = find(known, key).suggestion
    assert suggestion is not None
    return suggestion.answer


def written(known: Questionnaire) -> Mapping:
    """The mapping that a complete questionnaire leads to; `check` would find nothing wrong with it."""
    assert known.next_question is None, known.next_question
    assert known.undecided == ()
    mapping = parse_mapping(known.to_yaml("2026-11-23", "uploader links"), Path("leads.yaml"))
    Binder(mapping, known.sheet.columns).plans()
    check_against_form(mapping, known.form)
    assert mapping.document.errors == []
    return mapping


def test_nothing_is_asked_where_everything_is_certain() -> None:
    known = ask(SURE)
    assert open_keys(known) == []
    assert written(known).fields["source"].columns == ["Source"]


def test_required_field_without_a_column_takes_a_column_or_a_fixed_value() -> None:
    known = ask({**PEOPLE, "Hall": ["4", "5"]})
    assert open_keys(known) == ["field:source", "ignore"]
    question = find(known, "field:source")
    assert (question.is_required, question.suggestion) == (True, None)
    assert [(one.label, one.details) for one in question.choices][:2] == [
        ("Hall", "4 · 5"),
        ("First Name", "Ann · Beatrice"),
    ]
    fixed = known.with_answer("field:source", {"value": "LinkedIn"}).with_answer("ignore", [])
    assert written(fixed).fields["source"].value == "LinkedIn"
    by_column = known.with_answer("field:source", {"column": "Hall"})
    assert written(by_column).fields["source"].columns == ["Hall"]  # so that no column is left to be ignored


@pytest.mark.parametrize(
    "answer",
    [None, {}, {"column": "Nothing"}, {"column": []}, {"value": " "}, {"template": "{x}"}, "Hall", 7, ["Hall"]],
)
def test_answer_that_does_not_fit_is_ignored(answer: Answer) -> None:
    """As when the spreadsheet has changed since an interruption."""
    assert "field:source" in open_keys(ask(PEOPLE).with_answer("field:source", answer))


def test_uncertain_guess_is_confirmed_or_replaced() -> None:
    known = ask({**SURE, "Compnay Name": ["Thistle Ltd", "Lee Ltd"]})
    assert open_keys(known) == ["field:companyName"]
    assert suggested(known, "field:companyName") == {"column": "Compnay Name"}
    assert "similar name" in find(known, "field:companyName").text
    confirmed = known.with_answer("field:companyName", {"column": "Compnay Name"})
    assert written(confirmed).fields["companyName"].columns == ["Compnay Name"]
    left_out = known.with_answer("field:companyName", None).with_answer("ignore", [])
    assert "companyName" not in written(left_out).fields
    assert written(left_out).head.ignore == ["Compnay Name"]


def test_ambiguous_dates_are_asked() -> None:
    known = ask({**SURE, "Event date": ["03/04/2026", "05/04/2026"]})
    assert open_keys(known) == ["date:eventDate"]
    question = find(known, "date:eventDate")
    assert question.suggestion is None
    assert [(one.answer, one.details) for one in question.choices] == [
        (["%d/%m/%Y"], "03/04/2026 is day, month, year"),
        (["%m/%d/%Y"], "03/04/2026 is month, day, year"),
    ]
    for formats in (["%d/%m/%Y"], ["%m/%d/%Y"], ["%d/%m/%Y %H:%M"]):
        done = known.with_answer("date:eventDate", formats)
        assert written(done).fields["eventDate"].transform == [{"date": {"from": formats}}]
        assert suggested(done, "date:eventDate") == formats
    assert written(known.with_answer("date:eventDate", None)).fields["eventDate"].transform == []
    assert open_keys(known.with_answer("date:eventDate", ["dd/mm"])) == ["date:eventDate"]


def test_country_of_phone_numbers_is_asked() -> None:
    sheet = {"Phone": ["07700 900123", "+447700900124"], "Office": ["UK", "Germany"], "Seen": ["no", "no"]}
    known = ask({**SURE, **sheet})  # "no" is Norway's code, too
    assert open_keys(known) == ["phone:telephone", "ignore"]
    assert [one.answer for one in find(known, "phone:telephone").choices] == [{"column": "Office"}]
    for options in ({"region": "GB"}, {"column": "Office"}):
        done = known.with_answer("phone:telephone", options).with_answer("ignore", [])
        assert written(done).fields["telephone"].transform == [{"phone": options}]
    done = known.with_answer("phone:telephone", {}).with_answer("ignore", [])
    assert written(done).fields["telephone"].transform == ["phone"]
    for wrong in ({"region": "Atlantis"}, {"column": "Nothing"}, {"format": "e164"}, None):
        assert "phone:telephone" in open_keys(known.with_answer("phone:telephone", wrong))


def test_likely_country_of_phone_numbers_is_suggested() -> None:
    known = ask(
        {name: [*cells, *cells] for name, cells in SURE.items()}
        | {"Phone": ["07700 900123", *(f"+44770090012{digit}" for digit in "456")]}
    )
    assert open_keys(known) == ["phone:telephone"]
    assert suggested(known, "phone:telephone") == {"region": "GB"}


def test_other_column_brings_its_own_question() -> None:
    known = ask({**SURE, "Day": ["03/04/2026", "05/04/2026"]}).with_answer("field:eventDate", {"column": "Day"})
    assert open_keys(known) == ["date:eventDate"]
    several = ask({**SURE, "A": ["x", ""], "B": ["", "y"]}).with_answer("field:city", {"column": ["A", "B"]})
    assert written(several).fields["city"].columns == ["A", "B"]


def test_ids_are_asked_unless_given_or_the_only_ones() -> None:
    known = ask(SURE, ids={"campaign": 44400})
    assert open_keys(known) == ["link", "publisher"]
    assert [(one.answer, one.label, one.details) for one in find(known, "link").choices] == [
        (135, "135 Autumn webinar", "Email"),
        (136, "136 Autumn webinar", "Display"),
    ]
    assert known.undecided == ("link", "publisher")
    done = known.with_answer("link", 136).with_answer("publisher", 7)
    assert (written(done).head.link, written(done).head.publisher) == (136, 7)
    assert open_keys(done.with_answer("link", 999)) == ["link"]
    assert open_keys(ask(SURE, ids=IDS, links=LINKS[:1])) == []
    unlisted = ask(SURE, ids=IDS, links=())
    assert find(unlisted, "link").kind == "id"
    assert written(unlisted.with_answer("link", 5)).head.link == 5
    free = ask(SURE, ids={"campaign": 44400}, optional=frozenset({"link", "publisher"}))
    assert (open_keys(free), free.undecided) == ([], ())


def test_form_is_asked_where_there_are_several() -> None:
    other = Form(76, "Short form", (FormField("form[email]", required=True),))
    known = ask(PEOPLE, forms=(FORM, other))
    assert known.next_question is not None
    assert known.next_question.key == "form"
    assert known.next_question.suggestion is None
    short = known.with_answer("form", 76)
    assert open_keys(short) == ["ignore"]
    assert written(short.with_answer("ignore", [])).head.form == 76


def test_sheet_is_asked_where_several_may_have_the_leads() -> None:
    known = ask({}, sheets=(sample(SURE, "October"), sample(PEOPLE, "November")))
    assert open_keys(known) == ["sheet"]
    done = known.with_answer("sheet", "November").with_answer("field:source", {"value": "Fair"})
    assert written(done).head.sheet == "November"
    assert known.find("sheet") == find(known.with_answer("sheet", "Nothing"), "sheet")


def test_columns_that_are_not_left_out_are_warned_about() -> None:
    known = ask({**SURE, "Notes": ["a", ""], "Hall": ["4", "5"]})
    assert open_keys(known) == ["ignore"]
    assert written(known.with_answer("ignore", [])).head.ignore == ["Notes", "Hall"]
    done = known.with_answer("ignore", ["Hall"])
    assert written(done).head.ignore == ["Notes"]
    suggestion = find(done, "ignore").suggestion
    assert suggestion is not None
    assert (suggestion.label, suggestion.details) == ("all but Hall", "Notes")


# --- which rows ---

STATUS = {name: [*cells, *cells, *cells] for name, cells in SURE.items()}
STATUS["Status"] = ["New", "Qualified", "Qualified", "", "New", "Qualified"]


def test_column_with_a_status_is_asked_about() -> None:
    known = ask(STATUS)
    assert open_keys(known) == ["rows:Status", "ignore"]
    question = find(known, "rows:Status")
    assert question.suggestion is None  # what is sent can't be recalled
    assert [(one.answer, one.label, one.details) for one in question.choices] == [
        (["Qualified"], "Qualified", "3 of the first rows"),
        (["New"], "New", "2 of the first rows"),
        ([""], "(empty)", "1 of the first rows"),
    ]
    assert "# where: {Status: Qualified}" in known.to_yaml("2026-11-23", "uploader links")
    some = known.with_answer("rows:Status", ["Qualified", ""])
    assert open_keys(some) == []
    condition = written(some).head.where["Status"]
    assert condition.in_ == ["Qualified", ""]
    assert suggested(some, "rows:Status") == ["Qualified", ""]
    every = known.with_answer("rows:Status", None).with_answer("ignore", [])
    assert (written(every).head.where, written(every).head.ignore) == ({}, ["Status"])
    for wrong in ([], ["Lost"], "Lost", {"equals": "New"}, [{}]):
        assert "rows:Status" in open_keys(known.with_answer("rows:Status", wrong))


def test_test_leads_are_left_out_by_suggestion() -> None:
    known = ask({**SURE, "Test lead": ["yes", "no"]})
    assert suggested(known, "rows:Test lead") == {"not": ["yes"]}
    not_ = written(known.with_answer("rows:Test lead", {"not": ["yes"]})).head.where["Test lead"].not_
    assert not_ is not None
    assert not_.in_ == ["yes"]


def test_condition_of_the_mapping_to_start_from_is_kept() -> None:
    like = KnownMapping("other.yaml", {}, head={"where": {"status": "New"}})
    known = ask(STATUS, like=like).with_answer("ignore", [])
    assert written(known).head.where["status"].equals == "New"


def test_lost_condition_of_the_mapping_to_start_from_is_asked_about() -> None:
    """Without it, rows would be sent that were left out."""
    like = KnownMapping("other.yaml", {}, head={"where": {"Stage": {"equals": "Won"}}, "duplicates": ["telephone"]})
    known = ask(SURE, like=like)
    assert open_keys(known) == ["rows:Stage"]
    assert find(known, "rows:Stage").suggestion is None
    assert "where: {Stage: {equals: Won}}" in known.to_yaml("2026-11-23", "uploader links")
    done = written(known.with_answer("rows:Stage", None))
    assert (done.head.where, done.duplicates) == ({}, ["email"])


@pytest.mark.parametrize(
    ("condition", "suggestion"),
    [
        ({"equals": "New"}, ["New"]),
        ({"in": ["New", "Qualified"]}, ["New", "Qualified"]),
        ({"in": ["New", "Lost"]}, None),
        ({"contains": ["e"]}, None),
    ],
)
def test_rows_of_the_earlier_upload_are_suggested(condition: object, suggestion: Answer) -> None:
    earlier = KnownMapping("the upload of 2026-11-20", {}, head={"where": {"STATUS": condition}})
    found = find(ask(STATUS, earlier=(earlier,)), "rows:Status").suggestion
    assert (found.answer if found else None) == suggestion


def test_rows_without_consent_are_asked_about() -> None:
    known = ask({**SURE, "Opt in": ["yes", "no"]})
    assert open_keys(known) == ["consent:optIn"]
    assert suggested(known, "consent:optIn") == ["1"]
    strict = written(known.with_answer("consent:optIn", ["1"])).fields["optIn"]
    assert (strict.must_be, strict.transform) == (["1"], ["boolean"])
    lax = known.with_answer("consent:optIn", [])
    assert written(lax).fields["optIn"].must_be == []
    assert suggested(lax, "consent:optIn") == []
    assert "must_be" not in lax.to_yaml("2026-11-23", "uploader links")


def test_full_names_are_split_if_the_user_agrees() -> None:
    full = ["Ann Lee", "Beatrice van der Ray"]
    known = ask({"Full name": full, "Email": SURE["Email"], "Source": ["Web", "Fair"]})
    assert open_keys(known) == ["field:firstName", "field:lastName"]
    assert find(known, "field:firstName").text == "firstName: is it the first name of 'Full name'?"
    fields = written(accept_all(known)).fields
    assert [fields[name].transform for name in ("firstName", "lastName")] == [[{"name": "first"}], [{"name": "last"}]]
    other = ask({**SURE, "Full name": full}).with_answer("field:lastName", {"column": "Full name"})
    assert written(accept_all(other)).fields["lastName"].transform == [{"name": "last"}]


# --- what is known from other mappings ---

UPLOAD = KnownMapping(
    "the upload of 2026-11-20",
    {
        "source": {"value": "Autumn webinar"},
        "industry": {"column": "Frage 3", "values": {"IT": "Technology"}},
        "email": {"column": "Mail (privat)"},
    },
    {"form": 75, "link": 136, "publisher": 7},
)


def test_columns_of_earlier_uploads_are_suggested_first() -> None:
    people = {"Work Email" if name == "Email" else name: cells for name, cells in PEOPLE.items()}
    sheet = {**people, "Mail (privat)": ["a@example.com", ""], "frage 3": ["IT", ""]}
    known = ask(sheet, ids={"campaign": 44400}, earlier=(UPLOAD,))
    assert decided_by_earlier(known.proposal) == {"the upload of 2026-11-20": ["email", "industry"]}
    assert open_keys(known) == ["link", "publisher", "field:email", "field:industry", "field:source", "ignore"]
    keys = {
        "link": 136,
        "publisher": 7,
        "field:email": {"column": "Mail (privat)"},
        "field:source": {"value": "Autumn webinar"},
    }
    assert {key: suggested(known, key) for key in keys} == keys
    text = known.to_yaml("2026-11-23", "uploader links")
    assert "# source: {value: Autumn webinar}" in text  # not sent before someone has confirmed it
    done = accept_all(known)
    assert written(done).fields["industry"].values == {"IT": "Technology"}
    assert (written(done).head.link, written(done).fields["source"].value) == (136, "Autumn webinar")


def test_earlier_upload_does_not_replace_what_the_sheet_says() -> None:
    without_columns = ask(SURE, earlier=(UPLOAD,))
    assert open_keys(without_columns) == []
    assert written(without_columns).fields["source"].columns == ["Source"]
    sheet = {**SURE, "Mail (privat)": ["a@example.com", ""]}
    assert written(accept_all(ask(sheet, earlier=(UPLOAD,)))).fields["email"].columns == [
        "Email"
    ]  # the field's own name


def test_another_mapping_is_followed_without_questions() -> None:
    like = KnownMapping(
        "other.yaml",
        {**UPLOAD.fields, "telephone": {"column": ["Mobile", "Tel"], "transform": [{"phone": {"region": "GB"}}]}},
        {"link": 136},
        ignore=("Notes",),
        head={"duplicates": ["email", "telephone"], "quality": "off"},
    )
    sheet = {**PEOPLE, "Mail (privat)": ["a@example.com", ""], "Tel": ["07700 900123", ""], "Notes": ["x", ""]}
    known = ask(sheet, ids=IDS, like=like).with_answer("ignore", [])
    mapping = written(known)
    assert (mapping.head.link, mapping.head.duplicates, mapping.head.quality) == (136, ["email", "telephone"], "off")
    assert mapping.fields["telephone"].columns == ["Tel"]
    assert mapping.fields["telephone"].transform == [{"phone": {"region": "GB"}}]
    assert mapping.fields["source"].value == "Autumn webinar"
    assert mapping.fields["email"].columns == ["Mail (privat)"]


# --- whatever the sheet ---

NAMES = [
    *SURE, "Phone", "Event date", "Country", "Name", "Compnay Name", "Opt in", "Terms", "{a}", "Name: *", "yes", "007",
    "# of staff", "Straße", "a: b", "- a", "Full name", "Notes", "Status", "Test lead",
]  # fmt: skip
CELLS = [
    "",
    "Ann",
    "Ann Lee",
    "ann@example.com",
    "03/04/2026",
    "2026-04-03",
    "07700 900123",
    "+447700900123",
    "UK",
    "no",
    "yes",
]


def accept_all(known: Questionnaire, fixed: str = "Fair") -> Questionnaire:
    """Answer every question with its suggestion, else its first choice, else what can be typed."""
    for _ in range(60):
        question = known.next_question
        if question is None:
            return known
        typed: dict[str, Answer] = {"source": {"value": fixed}, "id": 5, "country": {"region": "GB"}}
        first = (
            question.choices[0].answer if question.choices and question.kind != "source" else typed.get(question.kind)
        )
        known = known.with_answer(question.key, question.suggestion.answer if question.suggestion else first)
    raise AssertionError(f"asked again and again: {known.next_question}")


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(CELLS), min_size=4, max_size=4)), min_size=1),
    st.text(min_size=1, max_size=8).filter(str.strip),
)
@settings(max_examples=60)
def test_answered_questionnaire_passes_check(columns: list[tuple[str, list[str]]], fixed: str) -> None:
    names = tuple(name for name, _ in columns)
    rows = list(zip(*(cells for _, cells in columns), strict=True))
    basis = Basis("leads.csv", (SheetSample(None, names, rows),), (FORM,), LINKS, {"campaign": 44400})
    mapping = written(accept_all(Questionnaire(basis), fixed))
    assert (mapping.head.campaign, mapping.head.form, mapping.head.link) == (44400, FORM.id, LINKS[0].id)
    assert set(FORM.required) <= set(mapping.fields)
