"""A sandbox that was just started has no leads: none is called a duplicate of what an earlier sandbox received."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import uploader
from tests.support.files import MAPPING, people, write_csv


@contextmanager
def sandbox(monkeypatch: pytest.MonkeyPatch, *flags: str) -> Iterator[None]:
    """`uploader sandbox` in another process, and the settings that it prints."""
    command = [sys.executable, "-u", "-m", "uploader", "sandbox", "--port", "0", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if match := re.fullmatch(r"export (\w+)=(\S+)\n", line):
                    monkeypatch.setenv(match[1], match[2])
                if "Received leads" in line:
                    break
            yield
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture
def upload(command):
    Path("map.yaml").write_text(MAPPING)

    def run(*args: object) -> dict[str, int]:
        printed = json.loads(command(*args, "--yes", "--json").out)
        return {outcome: count for outcome, count in printed["counts"].items() if count}

    return run


def test_next_sandbox_takes_the_same_file(upload, command, monkeypatch) -> None:
    leads = write_csv(Path("leads.csv"), people(3))
    for _ in range(2):
        with sandbox(monkeypatch):
            assert upload("upload", leads, "-m", "map.yaml") == {"accepted": 3}
            assert upload("upload", leads, "-m", "map.yaml") == {"duplicate": 3}


def test_report_of_an_earlier_sandbox_is_retried_in_the_next(upload, command, monkeypatch) -> None:
    """What failed there is sent here; what was accepted there stays settled. Unknown rows are not in the way."""
    leads = write_csv(Path("leads.csv"), people(4))
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    with sandbox(monkeypatch, "--faults", "400@1,close@2"):
        upload("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    with sandbox(monkeypatch):
        assert upload("retry", "r.csv") == {"accepted": 3, "unknown": 1}
        assert upload("upload", leads, "-m", "map.yaml") == {"accepted": 3, "duplicate": 1}


def test_header_of_another_platform_means_nothing(upload, platform, monkeypatch) -> None:
    """Only a sandbox on this machine can have forgotten its leads."""
    from uploader.config.settings import Settings

    monkeypatch.setattr(Settings, "is_sandbox", False)
    monkeypatch.setattr(Settings, "scope", "acme")
    leads = write_csv(Path("leads.csv"), people(2))
    for outcome in ("accepted", "duplicate"):
        with sandbox(monkeypatch):
            assert upload("upload", leads, "-m", "map.yaml") == {outcome: 2}


async def upload_at_once(*files: Path) -> list[uploader.Result]:
    uploads = [uploader.upload_async(file, "map.yaml", consent=True, page=False) for file in files]
    return list(await asyncio.gather(*uploads))


def test_two_uploads_at_once_send_no_lead_twice(monkeypatch) -> None:
    """Also a sandbox that was just started takes each lead once; what an earlier one received does not count."""
    Path("map.yaml").write_text(MAPPING)
    rows = people(12)
    one, two = write_csv(Path("one.csv"), rows), write_csv(Path("two.csv"), rows[::-1])
    for _ in range(2):
        with sandbox(monkeypatch, "--latency", "0.1-0.1"):
            results = asyncio.run(upload_at_once(one, two))
            assert sum(result.counts["accepted"] for result in results) == 12
            assert sum(result.counts["duplicate"] for result in results) == 12
