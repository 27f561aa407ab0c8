"""Ctrl-C, resume, two runs at once, a file that changed."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.crash.checker import check, newest_report
from tests.crash.process import finish, start
from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and fork are POSIX's")

ROWS = 120


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(ROWS))


def wait_for(sandbox, requests: int, kind: str = "lead") -> None:
    until(lambda: sandbox.requests[kind] >= requests, f"request {requests}", interval=0.005)


def test_first_ctrl_c_finishes_requests_and_reports(platform, leads, command) -> None:
    sandbox = platform(latency=(0.05, 0.1))
    process = start(["upload", leads, "-m", "map.yaml"])
    wait_for(sandbox, 20)
    os.kill(process.pid, signal.SIGINT)
    assert finish(process) == 130
    counts = check(newest_report(), sandbox, ROWS, max_unknown=0)
    assert counts["unsent"] > 0
    assert counts["accepted"] >= 20
    assert command("resume").code == 0
    assert check(newest_report(), sandbox, ROWS, max_unknown=0)["accepted"] == ROWS


def test_second_ctrl_c_exits_at_once(platform, leads, command) -> None:
    sandbox = platform(faults="stall@10-13")
    process = start(["upload", leads, "-m", "map.yaml"])
    wait_for(sandbox, 13)
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.2)
    process.join(10)
    assert process.exitcode == 130
    counts = check(newest_report(), sandbox, ROWS, max_unknown=4)
    assert (counts["accepted"], counts["unknown"]) == (9, 4)
    assert command("resume").code == 6
    assert check(newest_report(), sandbox, ROWS, max_unknown=4)["accepted"] == ROWS - 4


def test_interrupted_results_continue(platform, leads, command, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")
    sandbox = platform(result_delay=1)
    assert command("upload", leads, "-m", "map.yaml", "--report", "report.csv").code == 0
    process = start(["results", "report.csv"])
    wait_for(sandbox, 5, "result")
    os.kill(process.pid, signal.SIGINT)
    assert finish(process) == 130
    assert len(read_report(Path("report.csv"))) == ROWS
    found = json.loads(command("results", "report.csv", "--json").out)["results"]
    assert (found["pending"], sum(found.values())) == (0, ROWS)


def test_second_upload_of_a_file_is_refused(platform, leads, command) -> None:
    sandbox = platform(latency=(0.05, 0.1))
    process = start(["upload", leads, "-m", "map.yaml"])
    wait_for(sandbox, 5)
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == 2, ran
    assert "Another uploader is working on" in ran.err
    assert finish(process) == 0
    assert len(sandbox.received) == ROWS


def test_same_leads_in_two_files_are_sent_once(platform, leads) -> None:
    sandbox = platform(latency=(0.01, 0.05))
    other = write_csv(Path("other.csv"), list(reversed(people(ROWS))))
    processes = [start(["upload", file, "-m", "map.yaml"]) for file in (leads, other)]
    assert {finish(process) for process in processes} == {0}
    emails = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert len(emails) == len(set(emails)) == ROWS


@pytest.mark.parametrize("flags", [[], ["--stream"]])
def test_lead_in_flight_elsewhere_is_not_unknown_yet(platform, command, monkeypatch, flags: list[str]) -> None:
    """Another process waits for its response: with --include-unknown it is sent again only once that has died."""
    sandbox = platform(faults="stall@1")
    Path("map.yaml").write_text(MAPPING)
    process = start(["upload", write_csv(Path("first.csv"), people(1)), "-m", "map.yaml"])
    wait_for(sandbox, 1)
    second = write_csv(Path("second.csv"), people(2)[:1] * 2)
    assert command("upload", second, "-m", "map.yaml", "--report", "second-report.csv").code == 6
    again = ["retry", "second-report.csv", "--include-unknown", "--report", "out.csv", *flags]
    ran = command(*again)
    assert (ran.code, sandbox.requests["lead"]) == (6, 1), ran
    assert "of first.csv is still running" in ran.err
    run = read_report(Path("second-report.csv"))[0]["upload_hint"].split("uploader resume ")[1][:20]
    for line in (["resolve", run, "--rows", "2", "--not-sent"], ["reconcile", run]):
        ran = command(*line)
        assert (ran.code, "Another uploader is working on first.csv right now" in ran.err) == (2, True), ran
    process.kill()
    finish(process)
    ran = command(*again)
    assert (ran.code, sandbox.requests["lead"]) == (0, 2), ran


def test_wait_for_another_upload_is_shown(platform, command, monkeypatch) -> None:
    """Its lead is in flight when the turn of this upload's row comes."""
    sandbox = platform(faults="stall@1")
    Path("map.yaml").write_text(MAPPING)
    started = []

    def confirm_late(*args: object) -> str:
        started.append(start(["upload", write_csv(Path("first.csv"), people(1)), "-m", "map.yaml"]))
        wait_for(sandbox, 1)
        return "confirmed on a terminal"

    monkeypatch.setattr("uploader.cli.observer.ConsoleObserver.confirm", confirm_late)
    monkeypatch.setenv("UPLOADER_TIMEOUT", "1")
    ran = command("upload", write_csv(Path("second.csv"), people(2)), "-m", "map.yaml", "--report", "r.csv")
    started[0].kill()
    finish(started[0])
    assert (ran.code, sandbox.requests["lead"]) == (6, 2), ran
    assert "Waiting up to 1 s for another upload, which is sending 1 lead of this file." in ran.err


def test_resume_refuses_a_changed_file(platform, leads, command) -> None:
    sandbox = platform(campaign_cap=10)
    assert command("upload", leads, "-m", "map.yaml").code == 5
    leads.write_text(leads.read_text().replace("Smith", "Smyth"))
    ran = command("resume")
    assert ran.code == 3
    assert "has changed" in ran.err
    assert "uploader retry" in ran.err
    assert len(sandbox.received) == 10
    sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
    report = max(Path().glob("*.report-*.csv"))
    assert command("retry", report).code == 0
    assert len(sandbox.received) == ROWS


def test_resume_without_unfinished_run_is_an_error(platform, command) -> None:
    platform()
    ran = command("resume")
    assert ran.code == 2, ran
    assert "no unfinished run" in ran.err
    assert command("resume", "20260101-000000-abcd").code == 2
