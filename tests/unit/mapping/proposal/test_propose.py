"""`propose`: how columns are assigned, what is left to the user, and that the YAML is read back."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.make_sample_data import SAMPLE_DATA
from uploader.core.form import Form, FormField
from uploader.mapping.bind import Binder
from uploader.mapping.form_check import check_against_form
from uploader.mapping.load import Mapping, parse_mapping
from uploader.mapping.proposal import Guess, Proposal, propose, to_yaml
from uploader.mapping.proposal.yaml_scalar import flow, scalar
from uploader.mapping.template import template_columns
from uploader.mapping.yaml_reader import read_yaml
from uploader.sandbox.fixtures import FIELDS
from uploader.spreadsheet import open_table

IDS = {"campaign": 44400, "form": 75, "link": 135, "publisher": 11003}
FORM = Form(75, fields=tuple(FormField(one.key, hidden=one.hidden, required=one.required) for one in FIELDS))
ANY_TEXT = st.text(max_size=30)
AWKWARD = [
    "Name: *", "# of staff", "*", "{a}", "[b]", "yes", "null", "~", "007", "1.5", "2026-11-23", "- a", "a\nb",
    "a\u00a0b",
    "'", '"', "\\", "a\\nb", " a ", "!tag", "&x", "%", "@", "`", "?", ": ", "a #b", "\u200b", "\ufeff", "\x07",
    "\u2028",
    "\x85", "Straße", "日本", "👍", "{", "}", "{First} {Last}", "email",
]  # fmt: skip


def form_of(*names: str) -> Form:
    return Form(75, fields=tuple(map(FormField, names)))


def guesses(form: Form, sheet: dict[str, Sequence[str]]) -> dict[str, Guess]:
    """The guesses by field, for a sheet given by its columns."""
    return {one.field: one for one in propose(form, list(sheet), list(zip(*sheet.values(), strict=True))).guesses}


def guess(field: str, **sheet: Sequence[str]) -> Guess:
    return guesses(form_of(field), sheet)[field]


def written(proposal: Proposal, form: Form = FORM, **options: Any) -> Mapping:
    """The mapping that the YAML is read as."""
    text = to_yaml(proposal, form, IDS, file="leads.csv", date="2026-11-23", **options)
    mapping = parse_mapping(text, Path("leads.yaml"))
    assert not mapping.document.errors
    return mapping


# --- the sample files ---


@pytest.mark.parametrize("name", ["leads.csv", "leads.xlsx"])
def test_sample_is_mapped_without_help(name: str) -> None:
    table = open_table(SAMPLE_DATA / name)
    rows = [*next(table.chunks(1_000)).cells()]
    proposal = propose(FORM, table.columns, rows)

    assert {one.field: list(one.columns) or one.template for one in proposal.guesses} == {
        "firstName": ["First Name"], "lastName": ["Last Name"], "email": ["Email Address"],
        "telephone": ["Mobile", "Phone"], "fullName": "{First Name} {Last Name}", "companyName": ["Company"],
        "jobTitle": ["Job Title"], "industry": ["Industry"], "address": ["Address"], "city": ["City"],
        "postcode": ["Postcode"], "country": ["Country"], "optIn": ["Opt in"], "terms": ["Terms"],
        "eventDate": ["Event date"], "source": "",
    }  # fmt: skip
    assert {one.field for one in proposal.guesses if one.confidence != "sure"} == {"source"}
    assert (proposal.unused, proposal.undecided) == (("Notes",), ("source",))

    mapping = written(proposal, sheet=table.sheet)
    Binder(mapping, table.columns).plans()
    check_against_form(mapping, FORM)
    assert ["'source'" in fault.message for fault in mapping.document.errors] == [True]
    assert Binder(mapping, table.columns).unused_columns() == []


def test_transforms_follow_from_fields_and_cells() -> None:
    table = open_table(SAMPLE_DATA / "leads.csv")
    rows = [*next(table.chunks(1_000)).cells()]
    transforms = {one.field: one.transform for one in propose(FORM, table.columns, rows).guesses if one.transform}
    assert transforms == {
        "firstName": ("title",), "lastName": ("title",), "fullName": ("title",), "email": ("lower",),
        "telephone": ({"phone": {"column": "Country"}},), "country": ("country",), "optIn": ("boolean",),
        "eventDate": ({"date": {"from": ["%d/%m/%Y"]}},),
    }  # fmt: skip


# --- names ---


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("fname", "First Name"), ("firstName", "1. First name (required)"), ("first_name", "Vorname *"),
        ("workPhone", "Business Phone"), ("company_name", "Firma"), ("companyName", "Company / Organisation"),
        ("email", "What is your work email address?"), ("email", "E-mail 1 - Value"), ("email", "COURRIEL"),
        ("postcode", "Zip/Postal Code"), ("address", "Strasse"), ("address", "Straße"), ("jobTitle", "Job_Title__c"),
        ("address2", "Business Street 2"), ("surname", "Apellidos"), ("town", "Ville"), ("budget", "BUDGET *"),
        ("terms", "Ts&Cs"), ("terms", "Ts and Cs"), ("terms", "T's & C's"), ("terms", "T&Cs"), ("terms", "T & C"),
        ("terms", "T&Cs accepted"), ("terms", "Agree to T&Cs"), ("terms", "TsCs_accepted"),
    ],
)  # fmt: skip
def test_names_for_the_same_thing_are_sure(field: str, column: str) -> None:
    found = guess(field, **{column: [""]})
    assert (found.columns, found.confidence) == ((column,), "sure")


def test_typo_is_only_likely() -> None:
    found = guess("companyName", **{"Compnay Name": ["Thistle Ltd"]})
    assert (found.columns, found.confidence) == (("Compnay Name",), "likely")
    assert 80 < found.score < 100


NEVER = [
    ("optIn", "Email Opt Out", "yes"), ("optIn", "Unsubscribed", "no"), ("optIn", "HasOptedOutOfEmail", "0"),
    ("optIn", "No marketing", "yes"), ("optIn", "Do not email", "yes"), ("optIn", "Opt-in withdrawn", "no"),
    ("optIn", "Opt-in date", "2026-03-01"), ("optIn", "OPTIN_TIME", "2026-03-01"), ("optIn", "I do not agree", "x"),
    ("email", "Email Status", "valid"), ("email", "Owner email", "ann@example.org"),
    ("email", "Email domain", "example.com"),
    ("email", "Email", "Thistle Ltd"), ("email", "Manager e-mail", "ann@example.org"),
    ("telephone", "Phone ext", "12"), ("telephone", "Fax", "020 7946 0001"), ("telephone", "Phone type", "Mobile"),
    ("telephone", "Assistant's Phone", "020 7946 0001"), ("telephone", "Phone", "ann@example.org"),
    ("country", "Country", "020 7946 0001"), ("country", "Country code", "+44"), ("country", "Country Manager", "Ann"),
    ("eventDate", "Created date", "2026-03-01"), ("eventDate", "Last activity", "2026-03-01"),
    ("companyName", "Company owner", "Ann Other"), ("companyName", "Company ID", "12"),
    ("companyName", "Company address", "1 Lane"),
    ("jobTitle", "Title", "Mr"), ("firstName", "Campaign name", "Autumn"),
    ("fullName", "Event name", "Autumn"), ("source", "Source ID", "7"), ("city", "City Manager", "Ann Other"),
    ("state", "Lead status", "Open"), ("address", "Address 2", "Floor 1"), ("address", "IP address", "192.0.2.1"),
    ("postcode", "Area code", "020"), ("fullName", "Attended", "yes"), ("city", "PLZ/Ort", "10115 Berlin"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "column", "cell"), NEVER)
def test_similar_names_with_other_meanings_are_not_used(field: str, column: str, cell: str) -> None:
    assert guess(field, **{column: [cell] * 6}).confidence == "none"


DOUBTFUL = [
    ("country", "Company Country", "France"), ("companyName", "Account Name", "Thistle"),
    ("address", "Company Address", "1 Lane"),
    ("telephone", "Home Phone", "020 7946 0001"), ("telephone", "Company Phone", "020 7946 0001"),
    ("eventDate", "Date", "2026-03-01"),
    ("address", "Home Address", "1 Lane"), ("email", "Email 2", "ann@example.org"), ("optIn", "Newsletter", "yes"),
    ("fullName", "Name", "Ann Other"), ("companyName", "Name", "Thistle Ltd"), ("jobTitle", "Title", "Autumn webinar"),
    ("email", "Kontakt", "ann@example.org"), ("email", "Address", "ann@example.org"), ("state", "State", "open"),
    ("terms", "Terms", "30 days"), ("country", "Country", "Bavaria"), ("title", "Job title", "Director"),
    ("optIn", "I agree to receive news by e-mail", "yes"), ("mobile", "Phone", "020 7946 0001"),
    ("source", "UTM source", "mail"), ("state", "Region", "Kent"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "column", "cell"), DOUBTFUL)
def test_ambiguous_names_are_likely(field: str, column: str, cell: str) -> None:
    found = guess(field, **{column: [cell] * 6})
    assert (found.columns, found.confidence) == ((column,), "likely")


@pytest.mark.parametrize(
    ("field", "sheet", "columns", "confidence"),
    [
        ("country", "Company Country|Country", "Country", "sure"),
        ("email", "E-mail 2|E-mail", "E-mail", "sure"),
        ("email", "Private email|Work email", "Work email", "sure"),
        ("address", "Home Address|Work address", "Work address", "sure"),
        ("address", "Billing Street|Shipping Street", "Billing Street", "likely"),
        ("companyName", "Account Name|Company", "Company", "sure"),
        ("source", "Lead Source|Original Source", "Lead Source", "sure"),
        ("telephone", "Home Phone|Business Phone|Mobile Phone", "Mobile Phone|Business Phone", "sure"),
        ("telephone", "Phone|Company Phone|Phone 2|Fax", "Phone", "sure"),
        ("mobile", "Phone|Mobile", "Mobile", "sure"),
        ("city", "Town|City name", "Town", "likely"),
    ],
)
def test_better_of_several_columns_is_used(field: str, sheet: str, columns: str, confidence: str) -> None:
    found = guess(field, **{name: [""] for name in sheet.split("|")})
    assert (found.columns, found.confidence) == (tuple(columns.split("|")), confidence)


def test_column_that_was_not_chosen_is_named() -> None:
    assert "'Home Address'" in guess("address", **{"Home Address": [""], "Work address": [""]}).reason


# --- whose name ---

ANN = {"Email": ["ann.other@example.org", "bo.dean@example.com"]}


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ({"Name": ["Ann Other", "Bo Dean"], **ANN}, {"fullName": "Name"}),
        ({"Name": ["Ann Other", "Bo Dean"], "Firma": ["A", "B"]}, {"fullName": "Name"}),
        (
            {"First name": ["Ann", "Bo"], "Name": ["Other", "Dean"], **ANN},
            {"firstName": "First name", "lastName": "Name"},
        ),
        ({"Vorname": ["Ann", "Bo"], "Name": ["Other", "Dean"]}, {"firstName": "Vorname", "lastName": "Name"}),
        (
            {"First name": ["Ann", "Bo"], "Name": ["Ann Other", "Bo Dean"]},
            {"firstName": "First name", "fullName": "Name"},
        ),
        ({"Nombre": ["Ann", "Bo"], "Apellidos": ["Other", "Dean"]}, {"firstName": "Nombre", "lastName": "Apellidos"}),
        ({"Nombre": ["Ann Other", "Bo Dean"], **ANN}, {"fullName": "Nombre"}),
    ],
)
def test_name_column_is_resolved_by_cells_and_other_columns(
    sheet: dict[str, list[str]], expected: dict[str, str]
) -> None:
    found = guesses(form_of("firstName", "lastName", "fullName"), sheet).values()
    assert {one.field: one.columns[0] for one in found if one.confidence == "sure" and one.columns} == expected


def test_full_name_is_joined() -> None:
    joined = guess("name", Vorname=["Ann"], Nachname=["Other"])
    assert (joined.template, joined.columns, joined.confidence) == ("{Vorname} {Nachname}", (), "sure")
    awkward = guess("fullName", **{"{First} name": ["Ann"], "Last name:": ["Other"]})
    assert awkward.template == "{{First} name} {Last name:}"
    assert "single braces" in guess("fullName", **{"{First name": ["Ann"], "Last name": ["Other"]}).reason


# --- transforms ---


@pytest.mark.parametrize(
    ("sheet", "transform"),
    [
        ({"Phone": ["+44 7700 900123", "0049 30 23125000"]}, ["phone"]),
        ({"Phone": ["07700 900123"], "Country": ["UK"]}, [{"phone": {"column": "Country"}}]),
        ({"Phone": ["07700 900123"] * 4, "Country": ["UK", "Spain", "France", ""]}, [{"phone": {"column": "Country"}}]),
        (
            {"Phone": ["07700 900123"] * 4, "Land": ["UK", "GB", "UK", ""]},
            [{"phone": {"column": "Land", "region": "GB"}}],
        ),
        ({"Phone": ["07700 900123", "+447700900124", "+447700900125", "+447700900126"]}, [{"phone": {"region": "GB"}}]),
    ],
)
def test_phone_country_comes_from_rows_or_numbers(sheet: dict[str, list[str]], transform: list[object]) -> None:
    assert list(guess("telephone", **sheet).transform) == transform


def test_phone_country_from_numbers_is_likely_and_unknown_one_is_asked() -> None:
    found = guess("telephone", Phone=["07700 900123", "+447700900124", "+447700900125", "+447700900126"])
    assert found.confidence == "likely"
    assert "GB" in found.reason
    proposal = propose(form_of("telephone"), ["Phone"], [["07700 900123"], ["020 7946 0001"]])
    assert proposal.undecided == ("telephone",)
    assert "2 numbers have no country code" in proposal.guesses[0].question
    assert written(proposal).fields["telephone"].transform == ["phone"]


def test_company_country_is_only_likely_for_phones() -> None:
    found = guess("telephone", **{"Mobile": ["07700 900123"], "Company Country": ["UK"]})
    assert found.transform == ({"phone": {"column": "Company Country"}},)
    assert found.confidence == "likely"
    assert "'Company Country'" in found.reason


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["24/02/2026", "03/04/2026"], ["%d/%m/%Y"]),
        (["02/24/2026", "03/04/2026"], ["%m/%d/%Y"]),
        (["24/02/2026", "31/02/2026"], ["%d/%m/%Y"]),
        (["24/02/2026", "2026-03-04"], ["%d/%m/%Y"]),
        (["2026-3-4", "2026-03-04"], ["%Y-%m-%d"]),
        (["03.04.2026"], ["%d.%m.%Y"]),
        (["3 April 2026", "4 May 2026"], ["%d %B %Y"]),
        (["24/02/2026 9:15 PM"], ["%d/%m/%Y %I:%M %p"]),
        (["04/04/2026"], ["%d/%m/%Y"]),
    ],
)
def test_date_formats_follow_from_cells(cells: list[str], formats: list[str]) -> None:
    found = guess("eventDate", **{"Event date": cells})
    assert (list(found.transform), found.confidence) == ([{"date": {"from": formats}}], "sure")


@pytest.mark.parametrize("cells", [["2026-03-04", ""], ["2026-03-04 10:15:00"], ["2026-03-04T10:15:00Z"]])
def test_real_dates_need_no_format(cells: list[str]) -> None:
    found = guess("eventDate", **{"Event date": cells})
    assert (found.transform, found.confidence) == (("date",), "sure")


@pytest.mark.parametrize(
    "cells", [["03/04/2026"], ["24/02/2026", "02/24/2026"], ["03/04/26", "2026-03-04"], ["10-11-12"]]
)
def test_ambiguous_dates_need_a_choice(cells: list[str]) -> None:
    proposal = propose(form_of("eventDate"), ["Event date"], [[cell] for cell in cells])
    assert (proposal.undecided, proposal.unused) == (("eventDate",), ())
    assert written(proposal).fields == {}
    text = to_yaml(proposal, FORM, IDS, file="leads.csv", date="2026-11-23")
    choices = re.findall(r"(?m)^  # (eventDate: \{.*)$", text)
    assert len(choices) == len(proposal.guesses[0].choices) > 1
    for choice in choices:
        chosen = parse_mapping(f"version: 1\nfields:\n  {choice}\n", Path("leads.yaml"))
        Binder(chosen, ["Event date"]).plans()
        assert (chosen.columns, chosen.document.errors) == (["Event date"], [])


@pytest.mark.parametrize(
    ("field", "cells", "transform"),
    [
        ("optIn", ["yes", "", "x"], ["boolean"]), ("optIn", ["1", "0", ""], []), ("optIn", ["granted"], []),
        ("terms", ["ja", "nein"], ["boolean"]), ("firstName", ["ANN", "Bo"], ["title"]),
        ("firstName", ["bo", "JP"], []),
        ("firstName", ["Ann", "Bo"], []), ("country", ["UK"], ["country"]), ("email", [""], ["lower"]),
    ],
)  # fmt: skip
def test_only_needed_transforms_are_chosen(field: str, cells: list[str], transform: list[str]) -> None:
    assert list(guess(field, **{field: cells}).transform) == transform


# --- the YAML ---


def test_proposed_yaml_has_comments() -> None:
    fields = (
        FormField("form[email]", required=True),
        FormField("form[city]", required=False),
        FormField("form[source]", required=True, hidden=True),
        FormField("form[companyName]"),
    )
    form = Form(75, fields=fields)
    proposal = propose(
        form, ["Email", "Account Name", "Phone", "Phone", "", "Misc"], [["ann@example.org", "", "", "", "", ""]]
    )
    ids = {"campaign": 44400, "form": 75, "link": None, "publisher": 11003}
    assert to_yaml(proposal, form, ids, file="le\nads.csv", date="2026-11-23", sheet="Leads: 1").splitlines() == [
        "# Proposed by `uploader map` for le ads.csv on 2026-11-23. Review the fields marked `likely` and",
        "# the unused columns at the end. Then run `uploader check`, which sends nothing.",
        "#",
        "# You still need to set: link, source.",
        "",
        "version: 1",
        "campaign: 44400",
        "form: 75",
        "# link:                       # fill in the id, or use --link; `uploader links` lists them",
        "publisher: 11003",
        'sheet: "Leads: 1"',
        "",
        "fields:                                       # form field: where its value comes from",
        "  email: {column: Email, transform: [lower]}  # sure: same name",
        "  # city:                                     # no matching column",
        "  # source: {value: …}                        # no matching column; "
        "hidden in the form, may need a fixed value",
        "  companyName: Account Name                   # likely: the name is ambiguous; check this",
        "",
        "ignore:                       # columns that are not used",
        "  - Misc",
        "  - Phone                     # more than one column has this name; rename all but one to use it",
        "",
        "made_against:                # the form on this date; `uploader check` shows what has changed since",
        "  date: 2026-11-23",
        "  form: 75",
        '  fields: {email: required, city: "", source: required hidden, companyName: unknown}',
    ]


def test_repeated_column_is_explained() -> None:
    proposal = propose(form_of("telephone"), ["Phone", "Phone"], [["020 7946 0001", ""]])
    assert "more than one column is named 'Phone'" in proposal.guesses[0].reason
    assert (proposal.unused, proposal.ignored) == ((), ("Phone",))


def test_made_against_lists_every_field_of_a_long_form() -> None:
    names = [f"Question {at}: *" for at in range(40)]
    form = form_of(*names)
    text = to_yaml(propose(form, [], []), form, {}, file="a.csv", date="2026-11-23")
    document = read_yaml(text)
    assert not document.errors
    assert document.data["made_against"] == {
        "date": "2026-11-23",
        "form": "75",
        "fields": dict.fromkeys(names, "unknown"),
    }
    assert max(map(len, text.splitlines())) < 120


@given(ANY_TEXT)
@settings(max_examples=300)
@example("yes")
def test_any_text_is_read_back(text: str) -> None:
    document = read_yaml(f"a: {scalar(text)}\nb: {flow([text, {'c': text}])}\n{scalar(text + '.')}: d  # {text!r}\n")
    assert document.errors == []
    assert document.data["a"] == text
    assert document.data["b"] == [text, {"c": text}]
    assert document.data[text + "."] == "d"


@given(st.lists(st.one_of(st.sampled_from(AWKWARD), ANY_TEXT), min_size=1, max_size=6, unique=True))
@settings(max_examples=150)
def test_any_column_name_can_be_mapped(names: list[str]) -> None:
    mapped = (Guess("email", tuple(names), transform=({"phone": {"column": names[0]}},), confidence="sure"),)
    mapping = written(Proposal(mapped, tuple(names), (), ()), sheet=names[0])
    spec = mapping.fields["email"]
    assert spec.columns == mapping.head.ignore == names
    assert spec.transform == [{"phone": {"column": names[0]}}]
    assert mapping.head.sheet == (names[0] or None)


NAMES = st.sampled_from(
    [*AWKWARD, "First Name", "Last Name", "Email", "Mobile", "Phone", "Country", "Name", "Date", ""]
)
CELLS = st.one_of(st.sampled_from(["", "Ann", "ann@example.org", "07700 900123", "UK", "03/04/2026", "yes"]), ANY_TEXT)


@given(st.data())
@settings(max_examples=120)
def test_every_proposal_fits_its_sheet(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.one_of(NAMES, ANY_TEXT), max_size=8))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), max_size=4))
    proposal = propose(FORM, names, rows)

    mapping = written(proposal)
    binder = Binder(mapping, names)
    assert len(binder.plans()) == sum(one.confidence != "none" for one in proposal.guesses)
    assert not mapping.document.errors
    assert list(mapping.head.ignore) == list(proposal.ignored)
    assert set(binder.unused_columns()) <= set(proposal.repeated)
    taken = [name for one in proposal.guesses for name in one.columns if {"name"} not in map(set, one.transform)]
    assert len(taken) == len(set(taken))
    joined = [name for one in proposal.guesses for name in template_columns(one.template, known=names)]
    assert {*taken, *joined, *proposal.ignored} >= {name for name in names if name.strip()}
