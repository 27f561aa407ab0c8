"""`results --again`: a result is final only for the moment, and what changed is shown as changed."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from uploader.api.lead_result import read_result
from uploader.api.protocol import Response
from uploader.core.validation_result import LeadResult, Validity

VALID = b'""'
INVALID = b'{"failedJobs": ["Unable to verify the lead"]}'
CAUTION = b'"Caution"'


@pytest.fixture
def says(command, platform, monkeypatch):
    """Three accepted leads, and what the platform says about each, in file order: (status, body)."""
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--yes", "--report", "r.csv")
    answers: list[tuple[int, bytes]] = []

    async def lead_result(self: object, publisher: int, lead_id: int) -> LeadResult:
        ids = {lead.lead_id: dict(lead.fields)["email"] for lead in sandbox.received}
        emails = [person[2] for person in people(3)]
        asked.append(emails.index(ids[lead_id]))
        return read_result(Response(*answers[asked[-1]]))

    asked: list[int] = []
    monkeypatch.setattr("uploader.api.publisher.PublisherApi.lead_result", lead_result)

    def say(*bodies: bytes | tuple[int, bytes]) -> list[int]:
        answers[:] = [body if isinstance(body, tuple) else (200, body) for body in bodies]
        asked.clear()
        return asked

    return say


def column(name: str) -> list[str]:
    return [row[name] for row in read_report(Path("r.csv"))]


def test_settled_leads_are_asked_about_only_with_again(command, says) -> None:
    says(VALID, INVALID, VALID)
    assert command("results", "r.csv").code == 1
    asked = says(INVALID, VALID, VALID)
    command("results", "r.csv")
    assert asked == []
    assert column("upload_result") == ["valid", "invalid", "valid"]
    ran = command("results", "r.csv", "--again")
    assert sorted(asked) == [0, 1, 2]
    assert column("upload_result") == ["invalid", "valid", "valid"]
    assert "Changed from valid to invalid: row 2" in ran.out, ran
    assert "Changed from invalid to valid: row 3" in ran.out
    reasons = column("upload_result_reason")
    assert reasons[0].startswith("changed from valid: Unable to verify the lead")
    assert reasons[1:] == ["changed from invalid", ""]


def test_changes_are_kept_by_the_ledger_and_listed_in_json(command, says) -> None:
    says(VALID, VALID, VALID)
    command("results", "r.csv")
    says(VALID, INVALID, VALID)
    printed = json.loads(command("results", "r.csv", "--again", "--json").out)
    assert printed["changed"] == [{"row": "3", "from": "valid", "to": "invalid"}]
    assert printed["results"] == {"valid": 2, "invalid": 1, "pending": 0}
    run = column("upload_run")[0]
    command("report", run, "--report", "new.csv")
    assert [row["upload_result"] for row in read_report(Path("new.csv"))] == ["valid", "invalid", "valid"]
    again = command("results", "r.csv", "--again", "--json")
    assert "changed" not in json.loads(again.out)


@pytest.mark.parametrize("nothing", [(500, b""), (404, b'{"message": "Lead not found"}'), (202, b""), (200, b"<html>")])
def test_answer_without_a_result_changes_nothing(command, says, monkeypatch, nothing) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PATIENCE", "0.1")
    says(VALID, INVALID, VALID)
    command("results", "r.csv")
    before = Path("r.csv").read_text()
    says(nothing, nothing, nothing)
    ran = command("results", "r.csv", "--again")
    assert "Changed" not in ran.out, ran
    assert column("upload_result") == ["valid", "invalid", "valid"]
    assert Path("r.csv").read_text() == before


CAUTIONS = [CAUTION, b"Caution", b"caution.", b'{"status": "Caution"}', b'{"qaReasons": ["Caution"]}', b'["Caution"]']


@pytest.mark.parametrize("body", CAUTIONS)
def test_caution_stays_pending_until_someone_decides(command, says, body) -> None:
    says(VALID, body, VALID)
    ran = command("results", "r.csv")
    assert "1 pending" in ran.out, ran
    assert column("upload_result") == ["valid", "pending", "valid"]
    assert "Caution" in column("upload_result_reason")[1]
    asked = says(VALID, VALID, VALID)
    command("results", "r.csv")
    assert asked == [1]
    assert column("upload_result") == ["valid"] * 3


def test_valid_lead_that_becomes_caution_is_shown_as_changed(command, says) -> None:
    says(VALID, VALID, VALID)
    command("results", "r.csv")
    says(VALID, CAUTION, VALID)
    ran = command("results", "r.csv", "--again")
    assert "Changed from valid to pending: row 3" in ran.out, ran
    assert column("upload_result") == ["valid", "pending", "valid"]


@pytest.mark.parametrize(
    "body", [b'"Cautionary tale"', b'{"qaReasons": ["Caution", "Bad e-mail"]}', b'"Proceed with caution"']
)
def test_other_reasons_are_not_caution(body: bytes) -> None:
    assert read_result(Response(200, body)).validity is Validity.INVALID
