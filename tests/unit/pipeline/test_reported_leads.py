"""The leads of a report: their ids, the results that are known, and what is still to be asked for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.errors import TableError, UsageError
from uploader.core.model import Outcome
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import Ledger, open_ledger
from uploader.pipeline.reported_leads import ReportedLeads, ReportedRow

PENDING, VALID, INVALID = LeadResult(Validity.PENDING), LeadResult(Validity.VALID), LeadResult(Validity.INVALID, "No.")
MAPPING = "version: 1\nfields:\n  email: {column: Email, transform: [upper]}\n  optIn: {column: Consent}\n"


def row(number: str = "2", outcome: str = "accepted", lead_id: str = "", **cells: str) -> ReportedRow:
    empty = dict.fromkeys(("upload_result", "upload_result_reason"), "")
    facts = {"upload_row": number, "upload_outcome": outcome, "upload_lead_id": lead_id, "upload_run": "one"}
    return ReportedRow({**empty, **facts, **cells}, ["ann@example.com", ""])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        ledger.runs.start(replace(a_run("one"), mapping=MAPPING))
        yield ledger


def leads_of(ledger: Ledger, *rows: ReportedRow, publisher: int | None = None, **options: object) -> ReportedLeads:
    source = SimpleNamespace(
        rows=lambda: iter([(one.cells, one.inputs) for one in rows]),
        columns=("Email", "Consent"),
        decided={("one", 3): None},
    )
    return ReportedLeads(source, ledger, SimpleNamespace(scope="acme", publisher_id=publisher), **options)


@pytest.mark.parametrize("outcome", ["accepted", " Accepted ", "rejected", "unknown"])
@pytest.mark.parametrize(
    ("cell", "lead_id"), [("55", 55), (" 55.0 ", 55), ("", None), ("###", None), ("5.5E+01", None)]
)
def test_only_an_accepted_row_has_a_lead_id(outcome: str, cell: str, lead_id: int | None) -> None:
    found = row(outcome=outcome, lead_id=cell)
    assert found.is_accepted is (outcome.strip().lower() == "accepted")
    assert found.lead_id == (lead_id if found.is_accepted else None)


@pytest.mark.parametrize(("cell", "number"), [("7", 7), ("", 0), ("###", 0), ("99999999999", 0)])
def test_lost_row_number_is_zero(cell: str, number: int) -> None:
    assert row(cell).number == number
    assert row(upload_run=" one ").run == "one"


@pytest.mark.parametrize(
    ("cell", "result", "before", "expected"),
    [
        ("", None, "", ("", "")),
        ("", VALID, "", ("valid", "")),
        ("pending", INVALID, "", ("invalid", "No.")),
        ("valid", INVALID, "", ("valid", "")),
        ("invalid", PENDING, "", ("invalid", "")),
        ("valid", INVALID, "valid", ("invalid", "changed from valid: No.")),
        ("invalid", VALID, "invalid", ("valid", "changed from invalid")),
        ("invalid", INVALID, "invalid", ("invalid", "No.")),
        ("", INVALID, "valid", ("invalid", "changed from valid: No.")),
    ],
)
def test_final_result_in_the_report_stays_unless_it_was_asked_again(cell: str, result, before: str, expected) -> None:
    found = row(upload_result=cell).with_result(result, before).cells
    assert (found["upload_result"], found["upload_result_reason"]) == expected


async def test_ledgers_id_replaces_the_reports(ledger) -> None:
    await send(ledger, "one", 2, Outcome.ACCEPTED, 55)
    await send(ledger, "one", 3, Outcome.REJECTED)
    given = [row("2", lead_id="1.8E+13"), row("3", lead_id="9"), row("2", "rejected"), row("4", lead_id="8"), row("")]
    found = [one.cells["upload_lead_id"] for one in leads_of(ledger, *given).rows()]
    assert found == ["55", "9", "", "8", ""]
    (elsewhere,) = leads_of(ledger, row("2", lead_id="7", upload_run="unknown")).rows()
    assert elsewhere.lead_id == 7


def test_word_that_is_no_outcome_is_refused(ledger) -> None:
    with pytest.raises(TableError, match="row 2, upload_outcome: 'sent' is not an outcome"):
        list(leads_of(ledger, row(outcome="sent")).rows())


def test_leads_without_a_final_result_are_asked_for(ledger) -> None:
    for lead_id, result in [(12, VALID), (13, PENDING)]:
        ledger.results.record("acme", lead_id, result)
    ledger.results.record("bcme", 14, VALID)
    given = [
        row(lead_id="10", upload_result="valid"),
        row(lead_id="11", upload_result="pending"),
        row(lead_id="12"),
        row(lead_id="13"),
        row(lead_id="14"),
        row(outcome="rejected", lead_id="15"),
        row(lead_id=""),
    ]
    leads = leads_of(ledger, *given)
    assert [(lead.lead_id, settled) for lead, settled in leads.leads()] == [(11, ""), (13, ""), (14, "")]
    assert [(lead.lead_id, settled) for lead, settled in leads.leads(again=True)] == [
        (10, "valid"), (11, ""), (12, "valid"), (13, ""), (14, ""),
    ]  # fmt: skip
    ((lead, _),) = leads_of(ledger, row(lead_id="11")).leads()
    assert (lead.publisher, lead.values) == (4, ("ann@example.com", "", "ANN@EXAMPLE.COM"))


OTHER_MAPPINGS = {"purged": "", "broken": "version: 1\nfields: {email: {column: Gone}}\n", "newer": "version: 99\n"}


@pytest.mark.parametrize("change", ["", "unknown", *OTHER_MAPPINGS])
def test_sent_values_are_known_as_long_as_the_mapping_is(ledger, tmp_path, change: str) -> None:
    mapping = OTHER_MAPPINGS.get(change, MAPPING)
    query_ledger(tmp_path / "ledger", "UPDATE run SET facts = json_set(facts, '$.mapping', ?)", (mapping,))
    run = "none" if change == "unknown" else "one"
    given = [row(lead_id="11", upload_run=run)] * 2
    found = [lead.values for lead, _ in leads_of(ledger, *given, publisher=9).leads()]
    assert found == [("ann@example.com", "", *([] if change else ["ANN@EXAMPLE.COM"]))] * 2


def test_publisher_of_an_unknown_run_is_that_of_the_settings(ledger) -> None:
    unknown = row(lead_id="11", upload_run="none")
    ((lead, _),) = leads_of(ledger, unknown, publisher=9).leads()
    assert lead.publisher == 9
    with pytest.raises(UsageError, match="does not know run 'none'"):
        list(leads_of(ledger, unknown).leads())


@pytest.mark.parametrize(
    ("fresh", "before", "cell", "expected"),
    [
        ({}, {}, "", ("valid", "")),
        ({11: INVALID}, {}, "", ("invalid", "No.")),
        ({11: INVALID}, {11: "valid"}, "valid", ("invalid", "changed from valid: No.")),
        ({11: INVALID}, {12: "valid"}, "valid", ("valid", "")),
        ({12: INVALID}, {11: "valid"}, "invalid", ("invalid", "")),
        ({}, {}, "invalid", ("invalid", "")),
    ],
)
def test_row_gets_the_newest_result(ledger, fresh, before, cell: str, expected) -> None:
    ledger.results.record("acme", 11, VALID)
    leads = leads_of(ledger, fresh=fresh, before=before)
    found = leads.updated(row(lead_id="11", upload_result=cell)).cells
    assert (found["upload_result"], found["upload_result_reason"]) == expected
    rejected = row(outcome="rejected", lead_id="11", upload_result=cell)
    assert leads.updated(rejected) == rejected
    assert leads.result_of(rejected) is None


def test_decided_rows_are_those_of_a_run(ledger) -> None:
    leads = leads_of(ledger)
    rows = [row("3"), row("2"), row("3", upload_run="two")]
    assert [leads.is_decided(one) for one in rows] == [True, False, False]
