"""A report that cannot have the format or the place asked for is written anyway, and messages say where."""

import json
import os
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from uploader.report.columns import XLSX_CELL


def a_long_cell() -> Path:
    Path("map.yaml").write_text(MAPPING + "ignore: [Notes]\n")
    rows = [[*person, ""] for person in people(3)]
    rows[1][5] = "x" * (XLSX_CELL + 1)
    return write_csv(Path("leads.csv"), rows, ["First Name", "Last Name", "Email", "Phone", "Company", "Notes"])


def test_rows_that_xlsx_cannot_hold_become_csv(command, platform) -> None:
    """It is known only when the leads were sent, and then there must be a report."""
    sandbox = platform(faults="400@3")
    ran = command("upload", a_long_cell(), "-m", "map.yaml", "--report", "leads.xlsx")
    assert ran.code == 1
    assert "2 accepted · 1 rejected" in ran.out
    assert "Report: leads-2.csv (as CSV, because the cells do not fit into an xlsx file)" in ran.out
    rows = read_report(Path("leads-2.csv"))
    assert [len(row["Notes"]) for row in rows] == [0, XLSX_CELL + 1, 0]
    assert "2 of 3 leads were accepted" in Path("leads-2.html").read_text("utf-8")
    assert command("report", rows[0]["upload_run"], "--report", "again.csv").code == 1
    assert command("retry", "again.csv").code == 0
    assert len(sandbox.received) == 3


def test_killed_run_whose_report_does_not_fit_xlsx_becomes_csv(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setattr("uploader.pipeline.run.UploadRun._finish", stopped_dead)
    command("upload", a_long_cell(), "-m", "map.yaml", "--report", "r.xlsx")
    (run,) = json.loads(command("runs", "--json").out)
    ran = command("report", run["run"])
    assert ran.code == 5, ran
    assert ".csv (as CSV, because" in ran.out
    assert "HTML report: " in ran.out


def stopped_dead(*_: object) -> None:
    raise KeyboardInterrupt


def test_unwritten_report_names_the_command_that_writes_it(command, platform, monkeypatch) -> None:
    """Not `uploader resume`: that run is over, and the newest one that is not would be sent."""
    platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(2))
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if str(target).startswith("first"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "first.csv", "--json")
    printed = json.loads(ran.out)
    assert (printed["report"], printed["counts"]["accepted"], ran.code) == (None, 2, 1)
    assert "resume" not in ran.err
    assert f"`uploader report {printed['run']} --report PATH`" in ran.err
    assert command("report", printed["run"], "--report", "second.csv").code == 0
    assert [row["upload_outcome"] for row in read_report(Path("second.csv"))] == ["accepted"] * 2


@pytest.mark.parametrize("name", [f"{'n' * 250}.csv", f"{'線' * 82}ab.csv"])
def test_file_with_the_longest_name_gets_a_report(command, platform, name) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", write_csv(Path(name), people(2)), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"]) == (0, 2)
    assert len(read_report(Path(printed["report"]))) == 2
    assert Path(printed["report"]).with_suffix(".html").exists()
    assert Path(printed["report"]).name.startswith(name[:50])


def test_too_long_report_name_is_refused_before_sending(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(2))
    ran = command("upload", leads, "-m", "map.yaml", "--report", f"{'n' * 300}.csv")
    assert (ran.code, sandbox.received) == (2, [])
    assert "longer than 240 bytes" in ran.err
