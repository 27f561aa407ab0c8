"""Once leads were sent, neither an error nor a bug keeps the report and the run's end from being written."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from uploader.commands import results, retention
from uploader.ledger import LedgerError
from uploader.ledger.sqlite.rows import SqliteRows
from uploader.pipeline import run
from uploader.pipeline.canary import CanaryGate
from uploader.pipeline.report_rows import ReportRows
from uploader.pipeline.stream import Stream

ERRORS = [
    pytest.param(LedgerError("The ledger is locked."), "The ledger is locked.", id="ledger"),
    pytest.param(ZeroDivisionError("a bug"), "Internal error in uploader (ZeroDivisionError).", id="bug"),
]
ROWS = 6


@pytest.fixture
def leads() -> Path:
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(ROWS))


@pytest.mark.parametrize(("error", "stopped"), ERRORS)
@pytest.mark.parametrize(
    ("owner", "name", "flags", "sent"),
    [
        pytest.param(run, "wait_for_other_uploads", [], ROWS, id="waiting-for-another-upload"),
        pytest.param(Stream, "plan_the_rest", ["--stream"], ROWS, id="planning-the-rest"),
        pytest.param(CanaryGate, "_accepted", ["--canary", 2], 2, id="canaries"),
    ],
)
def test_error_after_sending_stops_the_run_with_its_report(
    command, platform, leads, monkeypatch, owner, name, flags, sent, error, stopped
) -> None:
    platform()

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(owner, name, fail)
    ran = command("upload", leads, "-m", "map.yaml", "--json", *flags)
    printed = json.loads(ran.out)
    assert (ran.code, printed["stopped"]) == (5, stopped), ran
    assert [row["upload_outcome"] for row in read_report(Path(printed["report"]))].count("accepted") == sent
    (listed,) = json.loads(command("runs", "--json").out)
    assert (listed["counts"]["accepted"], listed["stopped"]) == (sent, stopped)


def test_ledger_that_cannot_be_read_for_the_report_is_named_with_the_run(command, platform, leads, monkeypatch) -> None:
    platform()

    def fail(*_: object) -> None:
        raise LedgerError("The ledger is locked.")

    with monkeypatch.context() as patch:
        patch.setattr(SqliteRows, "states", fail)
        ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["stopped"]) == (5, "The report can't be made: The ledger is locked."), ran
    assert f"`uploader report {printed['run']}` writes the report" in ran.err
    assert command("report", printed["run"], "--report", "later.csv").code == 5  # the run's end is not recorded
    assert [row["upload_outcome"] for row in read_report(Path("later.csv"))] == ["accepted"] * ROWS


def test_bug_in_the_report_hides_no_upload(command, platform, leads, monkeypatch) -> None:
    platform()

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(ReportRows, "_facts", fail)
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["report"]) == (5, ROWS, None), ran
    assert printed["stopped"] == "The report can't be made: Internal error in uploader (ZeroDivisionError)."
    assert f"Please report this bug. After that, `uploader report {printed['run']}` writes the report." in ran.err


@pytest.mark.parametrize(("error", "stopped"), ERRORS)
def test_error_while_waiting_for_results_hides_no_upload(command, platform, leads, monkeypatch, error, stopped) -> None:
    platform()

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(results.ResultsUpdate, "_summary", fail)
    ran = command("upload", leads, "-m", "map.yaml", "--wait-results", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["stopped"], printed["counts"]["accepted"]) == (5, stopped, ROWS), ran
    assert Path(printed["report"]).exists()


def test_resumed_run_that_is_refused_keeps_its_counts(command, platform, leads, monkeypatch) -> None:
    sandbox = platform(campaign_cap=2)
    assert command("upload", leads, "-m", "map.yaml").code == 5
    monkeypatch.setattr(run, "refuse_new_keys", refuse)
    assert command("resume").code == 2
    (listed,) = json.loads(command("runs", "--json").out)
    assert (listed["counts"]["accepted"], len(sandbox.received)) == (2, 2)


def refuse(*_: object) -> None:
    raise run.UsageError("A ledger has been moved in.", "Run the same command again.")


def test_workspace_that_cannot_be_read_is_not_unused(tmp_path: Path, monkeypatch) -> None:
    kept = tmp_path / "workspaces" / "one"
    kept.mkdir(parents=True)
    (kept / "leads.csv").symlink_to("gone")  # such as a file that is removed at this moment
    assert retention.remove_workspaces(tmp_path, 1e12) == 0
    (kept / "leads.csv").unlink()
    assert (retention.remove_workspaces(tmp_path, 1e12), kept.exists()) == (1, False)
