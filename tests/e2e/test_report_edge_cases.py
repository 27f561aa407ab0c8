"""Edge cases of retry and resume: copied rows, decisions during a run, several unknown attempts, odd responses."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv, write_report
from uploader.ledger import open_ledger


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING)
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    monkeypatch.setenv("UPLOADER_PATIENCE", "1")


def emails(sandbox) -> list[str]:
    return [dict(lead.fields)["email"] for lead in sandbox.received]


def outcomes(path: str) -> list[str]:
    return [row["upload_outcome"] for row in read_report(Path(path))]


def test_copied_report_row_is_invalid(command, platform) -> None:
    sandbox = platform(faults="400@2")
    leads = write_csv(Path("leads.csv"), people(3))
    assert command("upload", leads, "-m", "map.yaml", "--report", "one.csv").code == 1
    rows = read_report(Path("one.csv"))
    write_report(Path("one.csv"), [*rows, {**rows[1], "Email": "new.lead@example.com"}])
    assert command("retry", "one.csv", "--report", "two.csv").code == 1
    assert outcomes("two.csv") == ["accepted", "accepted", "accepted", "invalid"]
    assert read_report(Path("two.csv"))[3]["upload_lead_id"] == ""
    assert "new.lead@example.com" not in emails(sandbox)


def test_row_added_to_a_report_is_named_by_line(command, platform) -> None:
    """It has no number: there is no row 0, neither on the terminal nor in the new report or its page."""
    sandbox = platform(faults="400@2")
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--report", "one.csv")
    rows = read_report(Path("one.csv"))
    new = [{**dict.fromkeys(rows[0], ""), "Email": f"new.{n}@example.com", "upload_outcome": "unsent"} for n in "12"]
    write_report(Path("one.csv"), [*rows[:2], new[0], rows[2], new[1] | {"upload_row": "new"}])
    ran = command("retry", "one.csv", "--report", "two.csv")
    assert ran.code == 1
    printed = (
        "upload_row is empty, as in a row that was added. Send new rows with `uploader upload`, in a file of their own"
    )
    assert f"1 × {printed} (row 4 of the report)" in ran.err
    assert "upload_row is not a number. Put back the number" in ran.err
    assert "(row 6 of the report)" in ran.err
    assert [row["upload_row"] for row in read_report(Path("two.csv"))] == ["2", "3", "", "4", ""]
    page = Path("two.html").read_text("utf-8")
    assert "row 4 of the report" in page
    assert "row 6 of the report" in page
    assert "row 0" not in page
    assert not [email for email in emails(sandbox) if email.startswith("new")]


def test_running_run_cannot_be_resolved(command, platform, tmp_path) -> None:
    platform(faults="close@2")
    leads = write_csv(Path("leads.csv"), people(3))
    printed = json.loads(command("upload", leads, "-m", "map.yaml", "--json").out)
    assert printed["counts"]["unknown"] == 1
    with open_ledger(tmp_path / "home") as ledger, ledger.lock([f"family {printed['run']}"], "leads.csv"):
        ran = command("resolve", printed["run"], "--rows", "all", "--not-sent")
    assert ran.code == 2, ran
    assert "Another uploader" in ran.err
    assert command("resolve", printed["run"], "--rows", "all", "--not-sent").code == 0


def test_resume_skips_rows_a_retry_sent(command, platform) -> None:
    sandbox = platform(campaign_cap=1)
    leads = write_csv(Path("leads.csv"), people(3))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--allow-duplicates", "--json")
    assert ran.code == 5
    sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
    assert command("retry", "one.csv", "--report", "two.csv").code == 0
    assert command("resume", json.loads(ran.out)["run"], "--report", "three.csv").code == 0
    assert len(emails(sandbox)) == len(set(emails(sandbox))) == 3
    assert outcomes("three.csv") == ["accepted", "duplicate", "duplicate"]


def test_accepted_lead_is_not_resent_for_an_unknown_attempt(command, platform) -> None:
    sandbox = platform(faults="close@1-2")
    leads = write_csv(Path("leads.csv"), people(1))
    first = json.loads(command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--json").out)["run"]
    assert command("retry", "one.csv", "--include-unknown", "--report", "two.csv").code == 6
    before = len(sandbox.received)
    assert command("resolve", first, "--rows", "2", "--accepted", "--lead-id", "77").code == 0
    assert command("retry", "two.csv", "--include-unknown", "--report", "three.csv").code == 0
    assert (outcomes("three.csv"), len(sandbox.received)) == (["duplicate"], before)


def test_not_sent_covers_every_attempt_of_the_row(command, platform) -> None:
    platform(faults="close@1-2")
    leads = write_csv(Path("leads.csv"), people(1))
    command("upload", leads, "-m", "map.yaml", "--report", "one.csv")
    ran = command("retry", "one.csv", "--include-unknown", "--report", "two.csv", "--json")
    assert command("resolve", json.loads(ran.out)["run"], "--rows", "2", "--not-sent").code == 0
    assert command("retry", "two.csv", "--report", "three.csv").code == 0
    assert outcomes("three.csv") == ["accepted"]


def test_export_without_ids_decides_nothing(command, platform) -> None:
    platform(faults="close@1")
    leads = write_csv(Path("leads.csv"), people(1))
    printed = json.loads(command("upload", leads, "-m", "map.yaml", "--json").out)
    Path("export.csv").write_text("email,createdTs\nann.0@example.com,2026-11-23T10:00:00Z\n")
    ran = command("reconcile", printed["run"], "--export", "export.csv")
    assert ran.code == 3, ran
    assert "no column with the leads' id" in ran.err


def test_xlsx_report_of_a_csv_keeps_cells(command, platform) -> None:
    sandbox = platform(faults="400@1")
    people_ = people(1)
    people_[0][4] = "-Smith & Sons"
    leads = write_csv(Path("leads.csv"), people_)
    command("upload", leads, "-m", "map.yaml", "--report", "one.xlsx")
    run = json.loads(command("retry", "one.xlsx", "--report", "two.csv", "--limit", "0", "--json").out)["run"]
    assert run
    assert command("retry", "two.csv", "--report", "three.csv").code == 0
    assert [dict(lead.fields)["companyName"] for lead in sandbox.received] == ["-Smith & Sons"]


def test_unwritable_report_keeps_the_outcome_visible(command, platform, monkeypatch) -> None:
    platform(faults="close@2")
    leads = write_csv(Path("leads.csv"), people(3))
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if str(target) == "one.xlsx":
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "one.xlsx", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["report"], printed["counts"]["unknown"], printed["counts"]["accepted"]) == (6, None, 1, 2)
    assert "No space left on device" in ran.err
    assert command("resume", printed["run"], "--report", "one.csv").code == 6
    assert outcomes("one.csv") == ["accepted", "unknown", "accepted"]
    shutil.copy(leads, "a_file")
    assert command("upload", leads, "-m", "map.yaml", "--report", "a_file/one.csv").code == 2


def test_unknown_rows_are_named_with_their_run(command, platform) -> None:
    platform(faults="close@1,400@2")
    leads = write_csv(Path("leads.csv"), people(2))
    first = json.loads(command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--json").out)["run"]
    ran = command("retry", "one.csv", "--report", "two.csv")
    assert ran.code == 6, ran
    assert f"uploader resolve {first} --rows 2 " in ran.out


@pytest.mark.parametrize("column", ["upload_hint", "upload_reason", "upload_http_status"])
def test_report_with_a_missing_column_is_read(command, platform, column) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(1))
    command("upload", leads, "-m", "map.yaml", "--report", "one.csv")
    write_report(
        Path("one.csv"),
        [{name: cell for name, cell in row.items() if name != column} for row in read_report(Path("one.csv"))],
    )
    ran = command("upload", "one.csv", "-m", "map.yaml")
    assert ran.code == 3, ran
    assert "is a report" in ran.err


def test_other_base_url_is_another_enterprise(command, platform, monkeypatch) -> None:
    """A sandbox run with an enterprise's name set is not a live run."""
    platform()
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    leads = write_csv(Path("leads.csv"), people(1))
    assert command("upload", leads, "-m", "map.yaml", "--report", "one.csv").code == 0
    sandbox = platform()
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    assert command("upload", leads, "-m", "map.yaml", "--report", "two.csv").code == 0
    assert (outcomes("two.csv"), len(sandbox.received)) == (["accepted"], 1)


def test_locked_report_is_reported(command, platform, monkeypatch: pytest.MonkeyPatch) -> None:
    platform()
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if Path(target).name == "mine.csv":
            raise PermissionError(13, "in use")
        real(source, target)

    leads = write_csv(Path("leads.csv"), people(2))
    Path("mine.csv").write_text(is_open := "upload_row,upload_outcome\n2,the report that is open\n")
    monkeypatch.setattr(os, "replace", replace)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "mine.csv")
    assert ran.code == 0
    assert "Report: mine-2.csv (mine.csv is open in another program or write-protected)\n" in ran.out
    assert Path("mine.csv").read_text() == is_open
    ran = command("upload", leads, "-m", "map.yaml", "--report", "other.csv")
    assert "Report: other.csv\n" in ran.out


@pytest.mark.parametrize("number", [str(2**32), "9" * 5000])
def test_impossible_row_number_is_reported(command, platform, number) -> None:
    platform()
    printed = json.loads(command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--json").out)
    rows = read_report(Path(printed["report"]))
    rows[0] |= {"upload_row": number, "upload_outcome": "rejected"}
    write_report(Path("edited.csv"), rows)
    rows[0] |= {"upload_lead_id": "", "Email": "someone.else@example.com"}  # nothing identifies the row any more
    write_report(Path("fixed.csv"), rows)
    assert command("resolve", printed["run"], "--rows", number, "--accepted").code == 2
    assert command("resolve", printed["run"], "--rows", 2, "--accepted", "--lead-id", 2**63).code == 2
    ran = command("retry", "edited.csv", "--json")
    known = read_report(Path(json.loads(ran.out)["report"]))
    assert (ran.code, known[0]["upload_row"], known[0]["upload_outcome"]) == (0, "2", "accepted")
    ran = command("retry", "fixed.csv", "--json")
    again = read_report(Path(json.loads(ran.out)["report"]))
    assert (ran.code, again[0]["upload_outcome"]) == (1, "invalid")
    assert "upload_row is not a number" in again[0]["upload_reason"]
