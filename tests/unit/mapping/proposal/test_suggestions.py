"""What `map` suggests for full names, for consent, and for sheets of which only some rows may be meant."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from uploader.core.form import Form, FormField
from uploader.mapping.load import Mapping, parse_mapping
from uploader.mapping.proposal import Guess, Proposal, propose, to_yaml
from uploader.mapping.row_filter import find_mismatch
from uploader.mapping.schema import Condition

FORM = Form(75, fields=(*map(FormField, ("firstName", "lastName", "email", "optIn")),))
PEOPLE = ["Ann Lee", "Ludwig van Beethoven", "Lee, Bob", "Dr. Cay Fox"]
IDS = {"campaign": 44400, "form": 75, "link": 135, "publisher": 11003}


def proposed(sheet: dict[str, Sequence[str]], form: Form = FORM) -> Proposal:
    return propose(form, list(sheet), list(zip(*sheet.values(), strict=True)))


def guesses(sheet: dict[str, Sequence[str]]) -> dict[str, Guess]:
    return {one.field: one for one in proposed(sheet).guesses}


def text_of(sheet: dict[str, Sequence[str]]) -> str:
    return to_yaml(proposed(sheet), FORM, IDS, file="leads.csv", date="2026-11-28")


def uncommented(text: str, start: str) -> Mapping:
    """The mapping after someone has uncommented the suggestion that begins with this."""
    line = next(line for line in text.splitlines() if line.strip().startswith(f"# {start}"))
    key = line.strip().removeprefix("# ").partition(":")[0]
    kept = [one for one in text.splitlines() if not one.strip().startswith(f"{key}:")]
    mapping = parse_mapping("\n".join(kept).replace(line, line.replace("# ", "", 1)), Path("map.yaml"))
    assert [error.message for error in mapping.document.errors] == []
    return mapping


def test_full_name_gives_first_and_last_name() -> None:
    found = guesses({"Full name": PEOPLE})
    assert [found[name].transform for name in ("firstName", "lastName")] == [({"name": "first"},), ({"name": "last"},)]
    assert {found[name].confidence for name in ("firstName", "lastName")} == {"likely"}
    assert found["lastName"].reason == "the last name of 'Full name'"
    assert "firstName: {column: Full name, transform: [{name: first}]}" in text_of({"Full name": PEOPLE})


def test_names_in_capitals_are_written_as_people_write_them_first() -> None:
    assert guesses({"Full name": ["ANN LEE", "BOB VAN DER BERG"]})["lastName"].transform == ("title", {"name": "last"})


def test_own_columns_of_first_and_last_name_come_first() -> None:
    found = guesses({"Full name": ["Ann Lee"], "First name": ["Ann"], "Last name": ["Lee"]})
    assert [found[name].columns for name in ("firstName", "lastName")] == [("First name",), ("Last name",)]
    found = guesses({"Full name": ["Ann Lee"], "First name": ["Ann"]})
    assert [found[name].columns for name in ("firstName", "lastName")] == [("First name",), ("Full name",)]


def test_names_that_cannot_be_split_are_counted_or_not_proposed() -> None:
    found = guesses({"Full name": [*PEOPLE, "Madonna"]})["firstName"]
    assert (found.confidence, found.note) == ("likely", "1 of 5 names can't be split")
    found = guesses({"Full name": ["山田 太郎", "王小明", "Ann Lee"]})["firstName"]
    assert (found.confidence, found.columns) == ("none", ())
    assert "is a full name" in found.reason


@pytest.mark.parametrize(
    ("cells", "is_suggested"),
    [
        (["yes", "no", "yes"], True),
        (["yes", "", "yes"], True),
        (["1", "0", "1"], True),
        (["yes", "yes", "Yes"], False),
        (["yes", "no", "on paper"], False),
    ],
)
def test_consent_is_suggested_where_some_rows_lack_it(cells: list[str], is_suggested: bool) -> None:
    found = guesses({"Opt in": cells})["optIn"]
    assert (found.must_be, "some rows have no consent" in found.note) == (("1",) if is_suggested else (), is_suggested)
    text = text_of({"Opt in": cells})
    assert ("must_be" in text) == is_suggested
    mapping = parse_mapping(text, Path("map.yaml"))
    assert mapping.fields["optIn"].must_be == [], "a guess is not active"
    if is_suggested:
        assert uncommented(text, "optIn:").fields["optIn"].must_be == ["1"]


STATUS = ["New", "Qualified", "new ", "Lost", "New", "Qualified"]


def test_status_column_is_suggested_as_a_condition() -> None:
    sheet = {"Full name": ["Ann Lee"] * 6, "Lead status": STATUS}
    (found,) = proposed(sheet).conditions
    assert (found.column, found.condition) == ("Lead status", "Qualified")
    assert found.values == (("New", 3), ("Qualified", 2), ("Lost", 1))
    assert found.description == "Lead status: New (3), Qualified (2), Lost (1)"
    text = text_of(sheet)
    assert "# where: {Lead status: Qualified}\n#   Lead status: New (3), Qualified (2), Lost (1)\n" in text
    assert parse_mapping(text, Path("map.yaml")).head.where == {}, "a guess is not active"
    assert uncommented(text, "where:").head.where == {"Lead status": Condition(equals="Qualified")}


@pytest.mark.parametrize(
    ("name", "cells", "condition"),
    [
        ("Status", ["Open", "Closed", "Open", "Closed", "Open"], "Open"),
        ("Stage", ["MQL", "SQL", "MQL", "SQL", "New", "New"], ["MQL", "SQL"]),
        ("Status", ["Unqualified", "Not confirmed", "Unqualified", "Not confirmed"], "Unqualified"),
        ("Etat", ["gagné", "perdu", "gagné", "perdu"], "gagné"),
        ("Phase", ["won", "lost", "won", "lost"], "won"),
    ],
)
def test_condition_names_the_rows_that_are_probably_meant(name: str, cells: list[str], condition: object) -> None:
    assert [one.condition for one in proposed({name: cells}).conditions] == [condition]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("Status", ["New", "New", "New", "New"]),
        ("Status", ["New", "Lost"]),
        ("Status", [f"step {number}" for number in range(40)]),
        ("Office", ["London", "Paris", "London", "Paris"]),
        ("Test lead", ["no", "no", "", "no"]),
        ("Test score", ["1", "12", "7", "1"]),
    ],
)
def test_other_columns_are_not_suggested(name: str, cells: list[str]) -> None:
    assert proposed({name: cells}).conditions == ()


def test_test_leads_are_suggested_to_be_left_out() -> None:
    (found,) = proposed({"Test lead": ["Yes", "no", "TRUE", "no", ""]}).conditions
    condition = Condition.model_validate(found.condition)
    assert [cell for cell in ("yes", "TRUE", "no", "") if not find_mismatch(condition, cell)] == ["no", ""]


def test_total_below_the_list_hides_nothing() -> None:
    answers = ["yes", "no", "yes", "no", "yes", "5"]
    proposal = proposed({"Test lead": answers, "Opt in": answers})
    assert [one.column for one in proposal.conditions] == ["Test lead"]
    assert proposal.guesses[-1].must_be == ("1",)


def test_column_of_a_field_is_no_condition() -> None:
    form = Form(75, fields=(FormField("status"),))
    assert proposed({"Status": STATUS}, form).conditions == ()
