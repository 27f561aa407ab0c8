"""Decisions about unknown rows: the latest one counts, and it never undoes what was sent."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv


@pytest.fixture
def doubtful(command, platform, monkeypatch):
    """An upload of 20 rows of which rows 6 (stored) and 7 (not stored) are unknown."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    sandbox = platform(faults="store-close@5,close@6")
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    leads = write_csv(Path("leads.csv"), [["Anna", *row[1:]] for row in people(20)])
    printed = json.loads(command("upload", leads, "-m", "map.yaml", "--json").out)
    assert printed["counts"]["unknown"] == 2
    return sandbox, printed["run"], printed["report"]


def test_decision_can_be_corrected(command, doubtful) -> None:
    """Row 6 should have been 7: the last decision counts in the ledger, the report and the list of runs."""
    sandbox, run, report = doubtful
    assert command("resolve", run, "--rows", "7", "--accepted").out == f"1 row of run {run}: accepted.\n"
    printed = json.loads(command("retry", report, "--report", "wrong.csv", "--json").out)
    assert (printed["counts"]["accepted"], printed["counts"]["unknown"]) == (19, 1)
    assert command("resolve", run, "--rows", "6-7", "--not-sent").code == 0
    assert command("resolve", run, "--rows", "6", "--accepted", "--lead-id", "55911").code == 0
    counts = json.loads(command("runs", "--json").out)[1]["counts"]
    assert {word: count for word, count in counts.items() if count} == {"accepted": 19, "failed": 1}
    printed = json.loads(command("retry", "wrong.csv", "--report", "right.csv", "--json").out)
    assert (printed["counts"]["accepted"], len(sandbox.received)) == (20, 20)
    assert [row["upload_lead_id"] for row in read_report(Path("right.csv"))][4] == "55911"


def test_resent_row_cannot_be_decided_again(command, doubtful) -> None:
    sandbox, run, report = doubtful
    assert command("resolve", run, "--rows", "7", "--not-sent").code == 0
    assert command("retry", report).code == 6
    ran = command("resolve", run, "--rows", "7", "--accepted")
    assert ran.code == 2, ran
    assert "Not unknown in run" in ran.err
    assert "Unknown rows: 6.\n" in ran.err
    command("resolve", run, "--rows", "6", "--not-sent")
    ran = command("resolve", run, "--rows", "7", "--accepted")
    assert ran.code == 2, ran
    assert "Already resolved and can be changed: 6." in ran.err
    assert len(sandbox.received) == 20


def test_correction_applies_to_both_unknown_attempts(command, doubtful) -> None:
    sandbox, _, report = doubtful
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": "close@21-22"}))
    printed = json.loads(command("retry", report, "--include-unknown", "--report", "two.csv", "--json").out)
    assert printed["counts"]["unknown"] == 2
    for way in ("--accepted", "--not-sent"):
        assert command("resolve", printed["run"], "--rows", "7", way).code == 0
    assert command("retry", "two.csv").code == 6
    assert len(sandbox.received) == 20


def test_accepted_row_without_id_is_not_polled(command, doubtful) -> None:
    sandbox, run, report = doubtful
    sandbox.state.apply(sandbox.state.options.with_changes({"result_delay": 0}))
    command("resolve", run, "--rows", "7", "--not-sent")
    command("resolve", run, "--rows", "6", "--accepted")
    command("retry", report, "--report", "two.csv")
    ran = command("results", "two.csv")
    assert "Cannot fetch results for row 6: resolved as accepted without a lead id" in ran.out
    assert "lost" not in ran.out
    assert "1 without a lead id" in ran.out
    assert ran.code == 0, ran
    assert "19 valid" in ran.out


def test_outcome_edited_in_report_wins_over_older_decision(command, doubtful) -> None:
    """Row 6 was resolved as not sent; then someone found it and wrote its id into the report."""
    sandbox, run, report = doubtful
    command("resolve", run, "--rows", "6-7", "--not-sent")
    printed = read_report(Path(report))
    printed[4] |= {"upload_outcome": "accepted", "upload_lead_id": "1234"}
    with Path("mine.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, [*printed[0]])
        writer.writeheader()
        writer.writerows(printed)
    assert command("retry", "mine.csv", "--report", "two.csv").code == 0
    assert (len(sandbox.received), read_report(Path("two.csv"))[4]["upload_lead_id"]) == (20, "1234")
    command("resolve", run, "--rows", "6", "--accepted")
    assert command("retry", "two.csv", "--report", "three.csv").code == 0
    assert read_report(Path("three.csv"))[4]["upload_lead_id"] == "1234", "an id that was put in by hand stays"


def test_old_decision_does_not_cover_a_later_attempt(command, doubtful) -> None:
    """Row 7 was resolved as not sent; `resume` sends it again, and it becomes unknown again."""
    sandbox, run, _ = doubtful
    command("resolve", run, "--rows", "7", "--not-sent")
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": "store-close@21"}))
    printed = json.loads(command("resume", run, "--report", "two.csv", "--json").out)
    assert printed["counts"]["unknown"] == 2
    printed = json.loads(command("retry", "two.csv", "--json").out)
    assert (printed["counts"]["unknown"], printed["exit_code"], len(sandbox.received)) == (2, 6, 20)


def test_row_with_a_result_cannot_be_decided_again(command, doubtful) -> None:
    sandbox, run, report = doubtful
    sandbox.state.apply(sandbox.state.options.with_changes({"result_delay": 0}))
    lead_id = str(next(lead.lead_id for lead in sandbox.received if dict(lead.fields)["email"] == people(5)[4][2]))
    assert command("resolve", run, "--rows", "6", "--accepted", "--lead-id", lead_id).code == 0
    assert command("retry", report, "--report", "two.csv").code == 6
    command("results", "two.csv")
    ran = command("resolve", run, "--rows", "6", "--not-sent")
    assert ran.code == 2, ran
    assert "Not unknown in run" in ran.err
