"""What a scheduler sees, and what a person is asked: log lines, the log file, the confirmation."""

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import MAPPING, people, write_csv
from uploader.ledger import Ledger


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Somebody sits there and types this."""
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda question, err: answer == "y")


def lawful(home: Path, run: str) -> str:
    with Ledger(home) as ledger:
        facts = ledger.run(run)
    assert facts is not None
    return facts.lawful


@pytest.mark.parametrize(("flags", "words"), [((), "not asked: no terminal"), (("--yes",), "--yes")])
def test_how_it_was_confirmed_stays_with_the_run(command, platform, tmp_path, flags, words) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(1))
    ran = command("upload", leads, "-m", "map.yaml", "--json", *flags)
    assert lawful(tmp_path / "home", json.loads(ran.out)["run"]) == words


def test_a_person_is_asked_whether_it_is_lawful(command, platform, tmp_path, monkeypatch) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), people(2))
    with monkeypatch.context() as patch:
        at_a_terminal(patch, "n")
        ran = command("upload", leads, "-m", "map.yaml")
    assert (ran.code, sandbox.received) == (1, [])
    assert "may lawfully be passed on" in ran.err
    assert "of 3,000 requests are left in this window" in ran.err
    with monkeypatch.context() as patch:
        at_a_terminal(patch, "y")
        ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert len(sandbox.received) == 2
    assert lawful(tmp_path / "home", json.loads(ran.out)["run"]) == "confirmed on a terminal"


def test_without_a_terminal_a_line_comes_now_and_then(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setattr("uploader.cli.progress.EVERY", 0.0)
    leads = write_csv(Path("leads.csv"), people(3))
    lines = command("upload", leads, "-m", "map.yaml").err.splitlines()
    assert any("3 of 3: 3 accepted, end about" in line for line in lines)
    assert not any("end about" in line for line in command("retry", leads, "-m", "map.yaml", "-q").err.splitlines())


def test_the_log_file_has_what_happened_and_nobody_in_it(command, platform, monkeypatch) -> None:
    platform(faults="400@1")
    monkeypatch.setattr("uploader.cli.progress.EVERY", 0.0)
    leads = write_csv(Path("leads.csv"), people(3))
    command("upload", leads, "-m", "map.yaml", "--log-file", "log.jsonl")
    command("upload", leads, "-m", "nothing.yaml", "--log-file", "log.jsonl")
    text = Path("log.jsonl").read_text("utf-8")
    told = [json.loads(line) for line in text.splitlines()]
    events = [line["event"] for line in told]
    assert [events.count(name) for name in ("prepared", "surveyed", "ended", "failed")] == [1, 1, 1, 1]
    assert {"request", "progress"} <= set(events)
    assert next(line for line in told if line["event"] == "ended")["counts"]["accepted"] == 2
    for row in people(3):
        assert not [cell for cell in row if cell in text]
    ran = command("upload", leads, "-m", "map.yaml", "--log-file", ".")
    assert (ran.code, "--log-file" in ran.err) == (2, True)
