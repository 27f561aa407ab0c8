"""Nothing is lost and nothing is sent twice: the server or the job is killed, the run is paused or stopped."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tests.support.sandbox import serving
from tests.support.waiting import until
from tests.support.web import PageServer, decide_columns, needs_chromium, outcome, send, serving_page
from uploader.sandbox import Sandbox, SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_chromium, pytest.mark.slow]

FILE = ROOT / "sample_data" / "leads.csv"


@contextmanager
def slow_platform() -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """A platform on which 289 leads take some seconds."""
    with serving(SandboxOptions(empty_fields=99, latency=(0.1, 0.2))) as (sandbox, url):
        yield sandbox, {**credentials(), "UPLOADER_BASE_URL": url}


def begin_sending(page: "Page", server: PageServer, sandbox: Sandbox) -> None:
    page.goto(server.url)
    decide_columns(page, FILE)
    send(page)
    page.get_by_role("progressbar", name="Leads sent").wait_for()
    until(lambda: len(sandbox.received) > 15, "sending")


def sent_twice(sandbox: Sandbox) -> list[str]:
    counts = Counter(dict(lead.fields)["email"] for lead in sandbox.received)
    return [email for email, count in counts.items() if count > 1]


def report_rows(page: "Page", folder: Path) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    path = folder / "downloaded.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def job_state(server: PageServer) -> dict[str, object]:
    (path,) = (server.home / "workspaces").glob("*/state.json")
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    return found


def test_job_goes_on_when_the_server_is_killed(tmp_path: Path, browser) -> None:
    home = tmp_path / "home"
    with slow_platform() as (sandbox, variables):
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            begin_sending(page, server, sandbox)
            server.kill()
            page.close()
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            unfinished = page.get_by_role("region", name="Unfinished")
            unfinished.wait_for()
            unfinished.get_by_role("link", name="Continue: leads.csv").or_(
                unfinished.get_by_role("link", name="Open report: leads.csv")
            ).first.click()
            assert "accepted" in outcome(page)
            rows = report_rows(page, tmp_path)
    assert len(rows) == 300
    assert sent_twice(sandbox) == []
    assert Counter(row["upload_outcome"] for row in rows)["accepted"] == len(sandbox.received)
    assert "unknown" not in {row["upload_outcome"] for row in rows}


def test_killed_job_is_continued(tmp_path: Path, browser) -> None:
    home = tmp_path / "home"
    with slow_platform() as (sandbox, variables):
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            begin_sending(page, server, sandbox)
            os.kill(int(str(job_state(server)["pid"])), signal.SIGKILL)
            server.kill()
            page.close()
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            unfinished = page.get_by_role("region", name="Unfinished")
            unfinished.get_by_role("button", name="Continue: leads.csv").click()
            text = outcome(page)
            rows = report_rows(page, tmp_path)
            unknown = [row for row in rows if row["upload_outcome"] == "unknown"]
            assert len(unknown) <= 8
            if unknown:
                assert "unknown" in text
                number = unknown[0]["upload_row"]
                page.get_by_role("button", name=f"It is there: row {number}").click()
                page.get_by_role("dialog").get_by_role("button", name="Yes").click()
                page.get_by_role("button", name=f"It is there: row {number}").wait_for(state="detached")
                page.get_by_role("status").get_by_text(f"Recorded for row {number}:").wait_for()
                again = report_rows(page, tmp_path)
                assert {row["upload_row"]: row["upload_outcome"] for row in again}[number] == "accepted"
    assert len(rows) == 300
    assert sent_twice(sandbox) == []


def test_pause_holds_everything_back_and_stop_can_be_continued(tmp_path: Path, browser) -> None:
    with slow_platform() as (sandbox, variables), serving_page(tmp_path / "home", **variables) as server:
        page = browser.new_page()
        begin_sending(page, server, sandbox)
        page.get_by_role("button", name="Pause").click()
        clicked = time.monotonic()
        page.get_by_role("button", name="Continue").wait_for()
        until(lambda: time.monotonic() > clicked + 2.5)
        late = [at for at, endpoint, _ in sandbox.log if endpoint == "lead" and at > clicked + 1.0]
        assert late == []
        before = len(sandbox.received)
        page.get_by_role("button", name="Continue").click()
        until(lambda: len(sandbox.received) > before, "continuing")
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("link", name="Open report").wait_for()
        page.get_by_role("button", name="Continue").click()
        assert "unknown" not in outcome(page)
        assert len(report_rows(page, tmp_path)) == 300
    assert sent_twice(sandbox) == []


def test_edits_survive_the_server(tmp_path: Path, browser) -> None:
    home = tmp_path / "home"
    with serving_page(home, "--sandbox") as server:
        page = browser.new_page()
        page.goto(server.url)
        decide_columns(page, FILE)
        page.get_by_role("button", name="Fix 1 row: Grmany → Germany").click()
        until(lambda: page.get_by_role("link", name="Continue: 290 of 300 are ready").count())
        server.kill()
        page.close()
    with serving_page(home, "--sandbox") as server:
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_role("link", name="Open draft: leads.csv").click()
        page.get_by_role("gridcell").first.wait_for()
        assert page.get_by_role("link", name="Continue:").inner_text() == "Continue: 290 of 300 are ready"
        page.get_by_role("button", name="Undo").click()
        until(lambda: page.get_by_role("link", name="Continue: 289 of 300 are ready").count())


def command(home: Path, variables: dict[str, str], *words: object) -> "subprocess.Popen[bytes]":
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "UPLOADER_HOME": str(home), **variables}
    home.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-m", "uploader", *map(str, words)], env=environment, cwd=home)


def test_run_of_the_page_is_continued_on_the_command_line(tmp_path: Path, browser) -> None:
    home = tmp_path / "home"
    with slow_platform() as (sandbox, variables):
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            begin_sending(page, server, sandbox)
            os.kill(int(str(job_state(server)["pid"])), signal.SIGKILL)
            server.kill()
            page.close()
        report = tmp_path / "resumed.csv"
        assert command(home, variables, "resume", "--yes", "--report", report).wait(60) in {1, 6}
    with report.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 300
    assert sent_twice(sandbox) == []


def test_run_of_the_command_line_is_continued_on_the_page(tmp_path: Path, browser) -> None:
    home = tmp_path / "home"
    with slow_platform() as (sandbox, variables):
        mapping = ROOT / "mappings" / "leads.yaml"
        upload = command(home, variables, "upload", FILE, "--mapping", mapping, "--yes", "--report", tmp_path / "r.csv")
        until(lambda: len(sandbox.received) > 15, "sending")
        upload.kill()
        upload.wait(10)
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            unfinished = page.get_by_role("region", name="Unfinished")
            unfinished.get_by_role("button", name="Continue: leads.csv").click()
            outcome(page)
            assert len(report_rows(page, tmp_path)) == 300
    assert sent_twice(sandbox) == []


def test_unknown_rows_are_looked_up_and_decided(tmp_path: Path, browser) -> None:
    faults = "store-close@20-21,close@25"
    with (
        serving(SandboxOptions(empty_fields=99, faults=faults)) as (sandbox, url),
        serving_page(tmp_path / "home", **credentials(), UPLOADER_BASE_URL=url) as server,
    ):
        page = browser.new_page()
        page.goto(server.url)
        decide_columns(page, FILE)
        send(page)
        assert "3 unknown" in outcome(page)
        rows = page.get_by_role("table", name="Unknown rows").get_by_role("row")
        assert rows.count() == 4
        page.get_by_role("button", name="Look them up on the platform").click()
        until(lambda: rows.count() == 2, "finding two of three")
        page.get_by_role("button", name="It is not there: row").click()
        page.get_by_role("dialog").get_by_role("button", name="Yes").click()
        until(lambda: not page.get_by_role("table", name="Unknown rows").count(), "deciding")
        assert "unknown" not in outcome(page)
        sent = len(sandbox.received)
        page.get_by_role("button", name="Fix and send again").click()
        page.get_by_role("gridcell").first.wait_for()
        page.get_by_role("link", name="Continue: 4 of 14 are ready").wait_for()
        send(page)
        until(lambda: "286 accepted" in outcome(page))
        assert len(sandbox.received) == sent + 1
    assert sent_twice(sandbox) == []


def test_quit_asks_while_leads_are_sent(tmp_path: Path, browser) -> None:
    with slow_platform() as (sandbox, variables), serving_page(tmp_path / "home", **variables) as server:
        page = browser.new_page()
        begin_sending(page, server, sandbox)
        page.get_by_role("button", name="Quit").click()
        page.get_by_role("dialog").get_by_text("leads.csv is being sent").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        assert server.process.poll() is None
        assert re.fullmatch(r"\d\d:\d\d", page.evaluate("clock(0)")), "not of 24 hours"
        page.get_by_role("button", name="Quit").click()
        page.get_by_role("dialog").get_by_role("button", name="Yes").click()
        assert server.process.wait(20) == 0
        page.get_by_role("heading", name="The server has ended.").wait_for()
        assert page.get_by_role("main").inner_text().endswith("Run uploader ui to start again.")
        assert page.get_by_role("link").all_inner_texts() == ["Skip to content"]
        assert page.get_by_role("button").count() == 0
        until(lambda: job_state(server)["phase"] == "ended", "sending to the end")
    assert sent_twice(sandbox) == []
