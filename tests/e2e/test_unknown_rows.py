"""A lead whose outcome is unknown from an earlier run is unknown, not a duplicate, until someone settles it."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv

FAULTS = {"closed": "close@2", "stalled": "stall@2", "500": "500@2"}


@pytest.fixture
def earlier(command, platform, monkeypatch):
    """A run in which row 3 is unknown."""

    def run(fault: str = "close@2"):
        monkeypatch.setenv("UPLOADER_TIMEOUT", "1")
        monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")  # the leads arrive in the file's order
        sandbox = platform(faults=fault)
        Path("map.yaml").write_text(MAPPING)
        first = command("upload", write_csv(Path("a.csv"), people(3)), "-m", "map.yaml", "--yes", "--json")
        assert first.code == 6, first
        return sandbox, json.loads(first.out)["run"]

    return run


def rows_of(path: str) -> list[dict[str, str]]:
    return read_report(Path(path))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("command_name", ["upload", "check"])
@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1]])
def test_lead_is_reported_unknown(command, earlier, fault: str, command_name: str, order: list[int]) -> None:
    sandbox, run = earlier(fault)
    before = len(sandbox.received)
    rows = [people(4)[at] for at in order]
    flags = [] if command_name == "check" else ["--yes"]
    ran = command(command_name, write_csv(Path("b.csv"), rows), "-m", "map.yaml", "--report", "b.report.csv", *flags)
    assert ran.code == 6, ran
    (unknown,) = [row for row in rows_of("b.report.csv") if row["upload_outcome"] == "unknown"]
    assert unknown["Email"] == people(4)[1][2]
    assert run in unknown["upload_reason"]
    assert f"uploader resolve {run} --rows 3" in unknown["upload_hint"]
    assert f"uploader resume {run}" in unknown["upload_hint"]
    assert "allow-duplicates" not in unknown["upload_hint"] + unknown["upload_reason"]
    assert "allow-duplicates" not in ran.err + ran.out
    assert run in ran.err
    new = 1 if 3 in order and command_name == "upload" else 0
    assert len(sandbox.received) == before + new


def test_json_counts_it_as_unknown(command, earlier) -> None:
    earlier()
    ran = command("upload", write_csv(Path("b.csv"), people(3)), "-m", "map.yaml", "--yes", "--json")
    counts = json.loads(ran.out)["counts"]
    assert (counts["unknown"], counts["duplicate"]) == (1, 2)


@pytest.mark.parametrize(
    ("decision", "outcome", "sent"),
    [("--accepted", "duplicate", 0), ("--not-sent", "accepted", 1), (None, "unknown", 0)],
)
@pytest.mark.parametrize("how", ["upload", "retry", "report"])
def test_it_follows_what_is_decided(command, earlier, decision, outcome: str, sent: int, how: str) -> None:
    sandbox, run = earlier()
    ran = command("upload", write_csv(Path("b.csv"), people(3)), "-m", "map.yaml", "--yes", "--json")
    report = json.loads(ran.out)
    before = len(sandbox.received)
    if decision:
        assert command("resolve", run, "--rows", "3", decision).code == 0
    lines = {
        "upload": ["upload", "b.csv", "-m", "map.yaml", "--yes", "--json"],
        "retry": ["retry", report["report"], "--yes", "--json"],
        "report": ["report", report["run"], "--report", "again.csv"],
    }
    ran = command(*lines[how])
    if how == "report":
        outcome = "unsent" if outcome == "accepted" else outcome
        assert [row["upload_outcome"] for row in rows_of("again.csv")] == ["duplicate", outcome, "duplicate"]
        assert len(sandbox.received) == before
        return
    found = [row["upload_outcome"] for row in rows_of(json.loads(ran.out)["report"])]
    assert found[1] == outcome, ran
    assert len(sandbox.received) == before + sent


def test_include_unknown_sends_it(command, earlier) -> None:
    sandbox, _ = earlier()
    ran = command("upload", write_csv(Path("b.csv"), people(3)), "-m", "map.yaml", "--yes", "--json")
    before = len(sandbox.received)
    ran = command("retry", json.loads(ran.out)["report"], "--include-unknown", "--yes", "--json")
    assert ran.code == 0, ran
    assert len(sandbox.received) == before + 1


def test_unfinished_run_of_the_file_is_named(command, platform) -> None:
    platform(campaign_cap=1)
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("a.csv"), people(3))
    ran = command("upload", leads, "-m", "map.yaml", "--yes", "--json")
    run = json.loads(ran.out)["run"]
    for line in (["check", leads, "-m", "map.yaml"], ["upload", leads, "-m", "map.yaml", "--yes"]):
        ran = command(*line)
        assert f"uploader resume {run}" in ran.err, ran
        assert "did not reach its end" in ran.err
