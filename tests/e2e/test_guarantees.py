"""Tokens, the circuit breaker, and decisions about unknown rows."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.sandbox import every_api_variant
from uploader.ledger import LedgerError
from uploader.ledger.sqlite.database import Database


@pytest.fixture
def leads():
    Path("map.yaml").write_text(MAPPING)
    return lambda rows: write_csv(Path("leads.csv"), people(rows))


@pytest.mark.parametrize("variant", ["publisher-v2.5", "publisher-v2.4"])
def test_one_token_request_per_expiry(command, platform, leads) -> None:
    sandbox = platform(token_uses=50, latency=(0.001, 0.005))
    assert command("upload", leads(300), "-m", "map.yaml").code == 0
    assert sandbox.requests["token"] == 6
    assert len(sandbox.received) == 300


def test_constant_errors_cost_few_leads(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    sandbox = platform(faults="500@11-999")
    ran = command("upload", leads(200), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert ran.code == 5
    assert printed["counts"]["accepted"] == 10
    assert printed["counts"]["unknown"] <= 4 + 3 + 3
    assert printed["counts"]["unsent"] == 200 - 10 - printed["counts"]["unknown"]
    assert sandbox.requests["fields"] > 1  # it looked whether the platform was there


def test_upload_continues_when_the_platform_returns(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    platform(faults="close@5-7,fields:503@2-3")
    ran = command("upload", leads(30), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["counts"]["unknown"]) == (6, 27, 3)


def test_outage_loses_nothing(command, platform, leads, monkeypatch) -> None:
    """No connection at all: nothing was sent, so nothing is unknown."""
    monkeypatch.setenv("UPLOADER_PATIENCE", "1")
    sandbox = platform()
    real, calls = "uploader.api.client.Client.request", iter(range(10_000))
    from uploader.api.client import Client
    from uploader.api.protocol import NotSent

    request = Client.request

    async def unplugged(self, *args, **more):
        if next(calls) >= 20:
            raise NotSent("no connection")
        return await request(self, *args, **more)

    monkeypatch.setattr(real, unplugged)
    ran = command("upload", leads(60), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["unknown"]) == (5, 0)
    assert printed["counts"]["accepted"] == len(sandbox.received)
    assert "no connection" in ran.err
    monkeypatch.setattr(real, request)
    assert command("resume").code == 0
    assert len(sandbox.received) == 60


def test_twenty_rejections_in_a_row_stop_the_run(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    Path("map.yaml").write_text(MAPPING.replace("  telephone: Phone", "  optIn: Phone"))
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(100)), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert ran.code == 5
    assert "the mapping is probably wrong" in printed["stopped"]
    assert printed["counts"]["rejected"] <= 20 + 4
    assert sandbox.requests["lead"] <= 20 + 4


@pytest.fixture
def doubtful(command, platform, leads, monkeypatch):
    """An upload of 20 rows of which rows 6 (stored) and 7 (not stored) are unknown."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="store-close@5,close@6")
    printed = json.loads(command("upload", leads(20), "-m", "map.yaml", "--json").out)
    assert printed["counts"]["unknown"] == 2
    return sandbox, printed["run"], printed["report"]


@every_api_variant
def test_unknown_rows_need_the_users_decision(command, doubtful) -> None:
    sandbox, _, report = doubtful
    assert command("retry", report).code == 6
    assert command("resume").code == 2
    assert len(sandbox.received) == 19
    assert command("upload", "leads.csv", "-m", "map.yaml").code == 6  # accepted or unknown: none is sent
    assert len(sandbox.received) == 19
    assert command("retry", report, "--include-unknown").code == 0
    assert len(sandbox.received) == 21


def test_resolve_records_decisions(command, doubtful) -> None:
    sandbox, run, report = doubtful
    assert command("resolve", run, "--rows", "6", "--accepted", "--lead-id", "55911").code == 0
    assert command("resolve", run, "--rows", "7", "--not-sent").code == 0
    printed = json.loads(command("retry", report, "--json").out)
    assert printed["counts"]["accepted"] == 20
    assert len(sandbox.received) == 20
    row = read_report(Path(printed["report"]))[4]
    assert (row["upload_outcome"], row["upload_lead_id"]) == ("accepted", "55911")
    assert "resolved as accepted" in row["upload_reason"]


def test_resume_follows_decisions(command, doubtful) -> None:
    sandbox, run, _ = doubtful
    assert command("resolve", run, "--rows", "7", "--resend").code == 0
    assert command("resolve", run, "--rows", "all", "--accepted").code == 0
    printed = json.loads(command("resume", run, "--json").out)
    assert (printed["counts"]["accepted"], len(sandbox.received)) == (20, 20)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--rows", "5", "--accepted"], "Not unknown"),
        (["--rows", "6"], "Specify exactly one of --accepted, --not-sent, --resend."),
        (["--rows", "6", "--accepted", "--resend"], "Specify exactly one of --accepted, --not-sent, --resend."),
        (["--rows", "six", "--accepted"], "is not a row number"),
        (["--rows", "6-7", "--accepted", "--lead-id", "1"], "one row"),
    ],
)
def test_resolve_errors(command, doubtful, args, words) -> None:
    ran = command("resolve", doubtful[1], *args)
    assert ran.code == 2, ran
    assert words in ran.err


def test_reconcile_with_an_export(command, doubtful) -> None:
    sandbox, run, _ = doubtful
    now = datetime.now(UTC)
    with Path("export.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "email", "createdTs"])
        writer.writerow(["1", people(20)[5][2], (now - timedelta(days=40)).isoformat()])  # an older lead of row 7's
        for lead in sandbox.received:
            writer.writerow([lead.lead_id, dict(lead.fields)["email"].upper(), now.strftime("%Y-%m-%d %H:%M:%S")])
    ran = command("reconcile", run, "--export", "export.csv")
    assert ran.code == 0
    assert "1 row found and marked as accepted: 6" in ran.out
    assert "1 row not found: 7" in ran.out
    printed = json.loads(command("resume", run, "--json").out)
    stored = {dict(lead.fields)["email"]: str(lead.lead_id) for lead in sandbox.received}
    row = read_report(Path(printed["report"]))[4]
    assert (row["upload_outcome"], row["upload_lead_id"]) == ("accepted", stored[row["Email"]])
    assert printed["counts"]["unknown"] == 1


@pytest.mark.parametrize("variant", ["publisher-v2.5", "publisher-v2.4"])
def test_reconcile_with_the_platform(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="store-close@75,close@76")
    run = json.loads(command("upload", leads(80), "-m", "map.yaml", "--json").out)["run"]
    ran = command("reconcile", run)
    assert ran.code == 0, ran
    assert "1 row found and marked as accepted: 76" in ran.out
    assert "1 row not found: 77" in ran.out
    assert sandbox.requests["leads"] == 3  # pages
    assert command("resolve", run, "--rows", "77", "--not-sent").code == 0
    assert command("resume", run).code == 0
    assert len(sandbox.received) == 80


def test_reconcile_without_permission_is_reported(command, doubtful) -> None:
    sandbox, run, _ = doubtful
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": "leads:403inactive@1-9"}))
    ran = command("reconcile", run)
    assert ran.code == 5, ran
    assert "does not show the leads of campaign 44400" in ran.err


def test_full_disk_stops_sending(command, platform, leads, monkeypatch) -> None:
    real, calls = Database.transaction, iter(range(10_000))

    def full(self):
        if next(calls) >= 40:
            raise LedgerError("The ledger cannot be used: database or disk is full.")
        return real(self)

    monkeypatch.setattr(Database, "transaction", full)
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    sandbox = platform()
    ran = command("upload", leads(100), "-m", "map.yaml")
    assert ran.code == 5
    assert "ledger" in ran.err
    monkeypatch.setattr(Database, "transaction", real)
    known = len(sandbox.received)
    assert known < 60
    ran = command("resume", "--json")
    counts = json.loads(ran.out)["counts"]
    assert counts["accepted"] + counts["unknown"] == 100
    assert counts["unknown"] <= 4
    emails = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert len(emails) == len(set(emails))
