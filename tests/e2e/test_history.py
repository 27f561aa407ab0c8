"""`runs` and `report`: what was uploaded, from the ledger alone."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.runs import a_run
from uploader.core.model import Outcome, RowState
from uploader.ledger import DuplicateMark, lock_names_of, open_ledger


@pytest.fixture
def leads():
    Path("map.yaml").write_text(MAPPING)
    return lambda rows, name="leads.csv": write_csv(Path(name), rows)


def uploaded(command, *args: object) -> dict:
    return json.loads(command("upload", *args, "-m", "map.yaml", "--json").out)


def without_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, and no server at the address."""
    for name in [name for name in os.environ if name.startswith("UPLOADER_") and name != "UPLOADER_HOME"]:
        monkeypatch.delenv(name)


def test_runs_of_an_empty_ledger(command) -> None:
    assert command("runs").out == "Nothing was uploaded yet.\n"
    assert json.loads(command("runs", "--json").out) == []


def test_runs_are_listed_newest_first(command, platform, leads, monkeypatch) -> None:
    platform(faults="400@2")
    first = uploaded(command, leads(people(3)))
    second = json.loads(command("retry", first["report"], "--json").out)
    without_platform(monkeypatch)
    heads, *lines = command("runs").out.splitlines()
    assert heads.split() == ["run", "when", "command", "file", "enterprise", "campaign", "state", "outcomes"]
    assert [line.split()[0] for line in lines] == [second["run"], first["run"]]
    assert "2 accepted · 1 rejected" in lines[1]
    assert "3 accepted" in lines[0]
    printed = json.loads(command("runs", "--json").out)
    assert [run["command"] for run in printed] == ["retry", "upload"]
    assert printed[1]["counts"] == first["counts"]
    assert (printed[1]["state"], printed[1]["campaign"], printed[1]["file"]) == (
        "finished",
        44400,
        str(Path("leads.csv").resolve()),
    )
    assert len(json.loads(command("runs", "--json", "--limit", 1).out)) == 1


async def test_file_name_cannot_control_the_terminal(command) -> None:
    with open_ledger(Path("home")) as ledger:
        ledger.runs.start(replace(a_run("one"), file="/leads/\x1b[31mred\nleads\u202e.csv"))
    _, *lines = command("runs").out.splitlines()
    assert len(lines) == 1
    assert "\ufffd[31mred\ufffdleads\ufffd.csv" in lines[0]


def test_runs_include_later_decisions(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    platform(faults="store-close@2,close@4")
    run = uploaded(command, leads(people(6)))["run"]
    command("resolve", run, "--rows", "3", "--accepted")
    command("resolve", run, "--rows", "5", "--not-sent")
    (printed,) = json.loads(command("runs", "--json").out)
    counts = printed["counts"]
    assert (counts["accepted"], counts["failed"], counts["unknown"]) == (5, 1, 0)


async def test_killed_run_is_unfinished(command) -> None:
    with open_ledger(Path("home")) as ledger:
        ledger.runs.start(a_run("one"))
        ledger.rows.mark_duplicates("one", [DuplicateMark(2, "sent before", "")])
        ledger.attempts.answer(await ledger.attempts.intend("one", 3, None), RowState(Outcome.FAILED))
        ledger.attempts.answer(await ledger.attempts.intend("one", 3, None), RowState(Outcome.ACCEPTED, lead_id=1))
        await ledger.attempts.intend("one", 4, None)
        ledger.attempts.flush()
    (printed,) = json.loads(command("runs", "--json").out)
    assert (printed["state"], printed["ended"]) == ("unfinished", None)
    assert {word: count for word, count in printed["counts"].items() if count} == {
        "accepted": 1,
        "duplicate": 1,
        "unknown": 1,
    }


def test_runs_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['uploader', 'runs']; from uploader.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += "heavy = ('pandas', 'aiohttp', 'numpy', 'pydantic_settings', 'keyring', 'tqdm')\n"
    code += "print([name for name in heavy if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("flags", [[], ["--limit", 8], ["--allow-duplicates"]])
def test_report_is_written_again_offline(command, platform, leads, monkeypatch, flags) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="400@2,store-close@4")
    rows = people(12)
    rows[5][2], rows[6][2], rows[7][1] = "bad", rows[0][2], ""
    report = Path(uploaded(command, leads(rows), *flags)["report"])
    without_platform(monkeypatch)
    ran = command("report", json.loads(command("runs", "--json").out)[0]["run"], "--report", "again.csv", "--json")
    again, first = read_report(Path("again.csv")), read_report(report)
    for row in [*again, *first]:
        row["upload_reason"] = row["upload_reason"].replace(
            "left for later by --limit", "not sent: the run ended before its turn"
        )
    assert again == first
    assert (ran.code, json.loads(ran.out)["report"]) == (6, "again.csv")
    assert sandbox.requests["fields"] == 1


def test_report_remembers_required_fields(command, platform, leads, monkeypatch) -> None:
    """The mapping does not say that a last name is required; the live form did."""
    platform()
    rows = people(2)
    rows[1][1] = ""
    printed = uploaded(command, leads(rows))
    assert printed["counts"]["invalid"] == 1
    without_platform(monkeypatch)
    again = json.loads(command("report", printed["run"], "--json").out)
    assert (again["counts"], again["exit_code"]) == (printed["counts"], 1)
    assert again["report"] != printed["report"]


def test_report_of_a_retry_and_a_stopped_run(command, platform, leads) -> None:
    sandbox = platform(faults="403fulfilled@4-99")
    first = uploaded(command, leads(people(9)))
    assert first["exit_code"] == 5
    ran = command("report", first["run"], "--report", "again.csv", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"], printed["stopped"]) == (5, first["counts"], first["stopped"])
    assert read_report(Path("again.csv")) == read_report(Path(first["report"]))
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    second = json.loads(command("retry", "again.csv", "--json").out)
    assert len(sandbox.received) == 9
    assert command("report", second["run"], "--report", "third.csv").code == 0
    assert read_report(Path("third.csv")) == read_report(Path(second["report"]))


def test_report_errors(command, platform, leads) -> None:
    platform()
    file = leads(people(3))
    run = uploaded(command, file)["run"]
    ran = command("report", "20200101-000000-0000")
    assert ran.code == 2, ran
    assert "does not know run" in ran.err
    ran = command("report", run, "--report", "again.xlsx")
    assert ran.code == 2, ran
    assert "ends in .csv" in ran.err
    ran = command("report", run, "--report", file)
    assert ran.code == 2, ran
    assert "overwrite an input" in ran.err
    with open_ledger(Path("home")) as ledger, ledger.lock(lock_names_of(ledger.runs.find(run)), "leads.csv"):
        ran = command("report", run)
    assert ran.code == 2, ran
    assert "working on leads.csv" in ran.err
    leads(people(4))
    ran = command("report", run, "--json")
    assert ran.code == 3, ran
    assert "has changed since run" in json.loads(ran.out)["stopped"]
    file.unlink()
    assert command("report", run).code == 3
