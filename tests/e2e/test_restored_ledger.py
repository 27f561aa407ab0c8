"""A ledger that was restored from an old backup: the reports beside the file show that it is not the newest."""

import json
import shutil
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv, write_report
from uploader.ledger import open_ledger

HOME = Path("home")
WORDS = "does not know leads of run"


@pytest.fixture
def upload(command, platform):
    """Leads of another file are accepted and backed up; then those of this file are accepted."""
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    assert command("upload", write_csv(Path("old.csv"), people(8)[5:]), "-m", "map.yaml").code == 0
    shutil.copytree(HOME, "backup")
    leads = write_csv(Path("leads.csv"), people(4))

    def run(*flags: object, name: str = "upload", file: Path = leads):
        return command(name, file, "-m", "map.yaml", *flags)

    assert run().code == 0
    run.sandbox = sandbox
    return run


def report_of_leads() -> Path:
    return max(Path().glob("leads.report-*.csv"))


def put_back() -> None:
    shutil.rmtree(HOME)
    shutil.copytree("backup", HOME)


def start_over() -> None:
    shutil.rmtree(HOME)
    open_ledger(HOME).__exit__()


def lose_the_last_leads() -> None:
    """As if the backup was made in the middle of the run: the run is known, and some of its leads are not."""
    rows = read_report(report_of_leads())
    rows[-1]["upload_lead_id"] = "999999"
    write_report(report_of_leads(), rows)


@pytest.mark.parametrize("accident", [put_back, start_over, lose_the_last_leads])
@pytest.mark.parametrize("name", ["upload", "check"])
def test_older_ledger_is_noticed(upload, accident, name: str) -> None:
    run = {row["upload_run"] for row in read_report(report_of_leads())}.pop()
    accident()
    ran = upload(name=name)
    said = " ".join(ran.err.split())
    assert f"Warning: The ledger in {HOME.resolve()} {WORDS} {run}, which" in said, ran
    assert "restore the newest one" in said


@pytest.mark.parametrize("accident", [put_back, lose_the_last_leads])
def test_required_ledger_that_is_older_sends_nothing(upload, accident) -> None:
    accident()
    ran = upload("--require-ledger", "--json")
    assert (ran.code, WORDS in ran.err) == (5, True), ran
    assert len(upload.sandbox.received) == 3 + 4
    assert json.loads(ran.out)["exit_code"] == 5


@pytest.mark.parametrize(
    "kind", ["same", "purged", "forgotten", "edited", "other name", "page", "not a report", "huge"]
)
def test_right_ledger_is_not_doubted(upload, command, monkeypatch, kind: str) -> None:
    report = report_of_leads()
    if kind == "forgotten":
        assert "1 row forgotten" in command("forget", "--email", people(1)[0][2]).out
    elif kind == "purged":
        with open_ledger(HOME) as ledger:
            ledger.retention.purge(2e10, [], forget_leads=False)
    elif kind == "edited":
        rows = read_report(report)
        for row in rows:
            row["upload_lead_id"] = f"{float(row['upload_lead_id']):.2E}"
        write_report(report, rows)
    else:
        if kind != "same":
            put_back()
        if kind == "other name":
            report.rename("other.report-20260101T000000Z.csv")
        elif kind == "page":
            report.rename(report.with_suffix(".html"))
        elif kind == "not a report":
            report.write_text("a,b\n1,2\n")
        elif kind == "huge":
            monkeypatch.setattr("uploader.pipeline.newest_report.LARGEST", 10)
    ran = upload(name="check")
    assert ran.code == 0, ran
    assert WORDS not in " ".join(ran.err.split())


def test_report_of_another_enterprise_is_no_sign(upload, command, monkeypatch) -> None:
    """As of a trial with --sandbox: its lead ids are in the ledger, and are no ids of this enterprise."""
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "another")
    assert command("upload", "leads.csv", "-m", "map.yaml").code == 0
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "sandbox")
    ran = upload(name="check")
    assert ran.code == 0, ran
    assert WORDS not in " ".join(ran.err.split())


def test_report_that_sent_nothing_is_no_sign(upload, command) -> None:
    rows = read_report(report_of_leads())
    for row in rows:
        row.update(upload_outcome="rejected", upload_run="20260101-000000-aaaa")
    write_report(report_of_leads(), rows)
    assert WORDS not in " ".join(upload(name="check").err.split())
