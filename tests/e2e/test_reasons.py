"""The commonest reasons stand on the terminal, without the leads' own words."""

from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv, write_report


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")


def leads(count: int, **first_names: str) -> Path:
    rows = [["Anna", *row[1:]] for row in people(count)]
    for number, name in first_names.items():
        rows[int(number.removeprefix("row")) - 2][0] = name
    return write_csv(Path("leads.csv"), rows)


def test_upload_shows_common_reasons(command, platform) -> None:
    platform(faults="400@2-3,422@5,store-close@6", result_delay=0)
    ran = command("upload", leads(9), "-m", "map.yaml", "--report", "r.csv")
    lines = ran.out.splitlines()
    assert lines[0] == "5 accepted · 3 rejected · 1 unknown"
    assert lines[1].startswith("  2 × rejected: ")
    assert lines[1].endswith(" (row 3, 4)")
    assert [line.split(":")[0] for line in lines[2:4]] == ["  1 × rejected", "  1 × unknown"]
    assert lines[4] == "Report: r.csv"
    assert " × " not in command("retry", "r.csv", "-q").out


def test_only_three_reasons_are_shown(command, platform) -> None:
    platform(faults="400@2-3,422@5,store-close@6,409@7,413@8-9")
    ran = command("upload", leads(12), "-m", "map.yaml", "--report", "r.csv")
    assert ran.out.count(" × ") == 4
    assert " × something else. The report lists every row.\n" in ran.out


def test_results_show_reasons(command, platform) -> None:
    platform(result_delay=0)
    ran = command("upload", leads(6, row3="Test", row5="Test"), "-m", "map.yaml", "--report", "r.csv", "--wait-results")
    printed = ran.out[ran.out.index("Validation results: ") :]
    assert printed.startswith("Validation results: 4 valid · 2 invalid\n  2 × invalid: ")
    assert "word ••• was found in field" in printed.splitlines()[1]
    assert "(row 3, 5)" in printed.splitlines()[1]
    assert "The word test was found" in read_report(Path("r.csv"))[1]["upload_result_reason"]
    assert printed.splitlines()[1] in command("results", "r.csv").out


def test_canary_failures_show_reasons(command, platform) -> None:
    platform(result_delay=0)
    ran = command("upload", leads(9, row2="Test", row3="Test"), "-m", "map.yaml", "--canary", 3)
    assert ran.code == 5, ran
    assert "  2 × invalid: The word ••• was found" in ran.out


def test_reason_cannot_control_the_terminal(command, platform) -> None:
    platform(faults="400@1")
    command("upload", leads(2), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    spoilt = {**rows[0], "upload_outcome": "unknown", "upload_reason": "\x1b[31m" + "red " * 99}
    write_report(Path("r.csv"), [spoilt, rows[1]])
    printed = command("retry", "r.csv").out.splitlines()[2]  # below the counts
    assert printed.startswith("  1 × unknown: \ufffd[31mred red")
    assert len(printed) < 250


def test_results_of_an_ended_sandbox_are_explained(command) -> None:
    """The report is left alone: that the new sandbox has no such lead is no result."""
    command("upload", leads(3), "-m", "map.yaml", "--report", "r.csv", "--sandbox")
    before = Path("r.csv").read_bytes()
    ran = command("results", "r.csv", "--sandbox")
    assert ran.code == 2, ran
    assert "r.csv: the leads are gone." in ran.err
    assert "--wait-results" in ran.err
    assert "`uploader sandbox`" in ran.err
    assert Path("r.csv").read_bytes() == before


def test_hint_of_a_duplicate_does_not_suggest_to_send_it(command, platform) -> None:
    platform()
    command("upload", leads(2), "-m", "map.yaml")
    command("upload", leads(2), "-m", "map.yaml", "--report", "r.csv")
    assert {row["upload_hint"] for row in read_report(Path("r.csv"))} == {"No action needed"}
