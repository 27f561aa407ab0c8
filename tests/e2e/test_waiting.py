"""A command that waits for the rate limit says so, and for how long."""

import re
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv


@pytest.fixture
def tight(platform, monkeypatch) -> Path:
    """A limit that the requests before the first lead already use up."""
    platform()
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "2/0.3")
    monkeypatch.setattr("uploader.cli.observer.MIN_SHOWN_WAIT", 0.05)
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(1))


@pytest.mark.parametrize("name", ["check", "upload"])
def test_wait_is_shown_with_its_end(command, tight, name: str) -> None:
    ran = command(name, tight, "-m", "map.yaml")
    assert ran.code == 0, ran
    assert re.search(r"^Waiting for the rate limit until \d\d:\d\d:\d\d\.$", ran.err, re.MULTILINE), ran


@pytest.mark.parametrize("flags", [["--quiet"], ["--json"]])
def test_wait_never_disturbs_what_a_program_reads(command, tight, flags: list[str]) -> None:
    ran = command("check", tight, "-m", "map.yaml", *flags)
    assert ("Waiting" in ran.err) == ("--json" in flags), ran
    assert "Waiting" not in ran.out


def test_command_that_need_not_wait_says_nothing(command, tight, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "20/1")
    assert "Waiting" not in command("check", tight, "-m", "map.yaml").err
