"""Ctrl-C, SIGTERM and SIGHUP: the first one stops in order, the second one at once, whatever is running."""

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.crash.checker import check, newest_report
from tests.crash.process import finish, start
from tests.support.files import MAPPING, people, write_csv
from tests.support.slow import few_quick
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and fork are POSIX's")

ROWS = 60
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(ROWS))


@pytest.mark.parametrize("number", few_quick(SIGNALS))
def test_first_signal_stops_in_order(platform, leads, command, number) -> None:
    sandbox = platform(latency=(0.05, 0.1))
    process = start(["upload", leads, "-m", "map.yaml"])
    until(lambda: sandbox.requests["lead"] >= 10)
    os.kill(process.pid, number)
    assert finish(process) == 130
    assert check(newest_report(), sandbox, ROWS, max_unknown=0)["unsent"] > 0
    assert command("resume").code == 0
    assert check(newest_report(), sandbox, ROWS, max_unknown=0)["accepted"] == ROWS


@pytest.mark.parametrize("number", few_quick(SIGNALS))
@pytest.mark.parametrize("presses", [1, 2])
def test_signal_before_anything_is_sent(platform, leads, number, presses) -> None:
    """The platform does not answer: at the first request there is nothing to finish."""
    sandbox = platform(faults="fields:stall@1-99")
    process = start(["upload", leads, "-m", "map.yaml"])
    until(lambda: sandbox.requests["fields"] >= 1)
    for _ in range(presses):
        with suppress(ProcessLookupError):  # the first one was enough
            os.kill(process.pid, number)
        time.sleep(0.05)
    begin = time.monotonic()
    assert finish(process) == 130
    assert time.monotonic() - begin < 3
    assert sandbox.received == []


SLOW = """
import sys, time
from pathlib import Path
import {module}
real = {module}.{function}
def slow(*args, **more):
    Path("reached").touch()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pass
    return real(*args, **more)
{module}.{function} = slow
from uploader.cli import main
sys.argv = ["uploader", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize("number", few_quick(SIGNALS))
@pytest.mark.parametrize(
    ("module", "function", "presses"),
    [
        ("uploader.pipeline.inputs", "open_table", 1),
        ("uploader.pipeline.inputs", "open_table", 2),
        ("uploader.pipeline.run", "collect_quality_warnings", 2),
        ("uploader.pipeline.report_output", "write_report", 2),
        ("uploader.pipeline.report_output", "write_html_page", 2),
    ],
)
def test_second_signal_exits_whatever_is_running(platform, leads, module, function, presses, number) -> None:
    platform()
    code = SLOW.format(module=module, function=function)
    args = [sys.executable, "-c", code, "upload", leads, "-m", "map.yaml", "--yes"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(Path("reached").exists)
    for _ in range(presses):
        process.send_signal(number)
        time.sleep(0.1)
    assert process.wait(5) == 130


def test_report_is_written_if_the_first_signal_comes_while_it_is(platform, leads, command) -> None:
    platform()
    code = SLOW.format(module="uploader.pipeline.report_output", function="write_report").replace("+ 30", "+ 1")
    args = [sys.executable, "-c", code, "upload", leads, "-m", "map.yaml", "--yes", "--report", "r.csv"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(Path("reached").exists)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) in {0, 130}
    assert Path("r.csv").exists()


def test_closed_window_is_an_interruption(platform, leads, command) -> None:
    """When a terminal goes away, the system sends SIGHUP, and writing to it fails."""
    import pty

    sandbox = platform(latency=(0.05, 0.1))
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "uploader", "upload", str(leads), "-m", "map.yaml", "--yes"])

    def has_sent() -> bool:
        while select.select([terminal], [], [], 0)[0]:
            os.read(terminal, 4096)
        return sandbox.requests["lead"] >= 10

    until(has_sent)
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    assert check(newest_report(), sandbox, ROWS, max_unknown=0)["unsent"] > 0
    assert command("resume").code == 0
    assert check(newest_report(), sandbox, ROWS, max_unknown=0)["accepted"] == ROWS


def test_ignored_hangup_stays_ignored(platform, leads) -> None:
    """As under `nohup`."""
    sandbox = platform(latency=(0.02, 0.05))
    args = [sys.executable, "-m", "uploader", "upload", leads, "-m", "map.yaml", "--yes"]
    ignore = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # noqa: E731
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=ignore)  # noqa: PLW1509
    until(lambda: sandbox.requests["lead"] >= 5)
    process.send_signal(signal.SIGHUP)
    assert process.wait(30) == 0
    assert len(sandbox.received) == ROWS
