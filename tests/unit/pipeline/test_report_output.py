"""Writing a report and its page, and what its rows add up to."""

from collections import Counter
from pathlib import Path

import pytest

from tests.support.files import read_report
from uploader.core.errors import UploaderError
from uploader.core.model import Outcome
from uploader.pipeline.report_output import ReportContent, count_rows, write_report_files
from uploader.report import TAIL, ReportContext

LONG = "x" * 40_000  # more than a cell of a workbook holds


def a_row(number: str, outcome: Outcome, run: str = "run1", cell: str = "Ann") -> list[str]:
    tail = dict.fromkeys(TAIL, "") | {"upload_run": run, "upload_attempts": "1"}
    return [number, outcome.value, "", "", cell, *tail.values()]


def content(*rows: list[str]) -> ReportContent:
    return ReportContent(("Name",), lambda: list(rows), ReportContext(Path("leads.csv")))


def test_rows_are_counted_while_they_are_written(tmp_path: Path) -> None:
    rows = [a_row("2", Outcome.ACCEPTED), a_row("3", Outcome.UNKNOWN), a_row("5", Outcome.UNKNOWN, "run0")]
    written = write_report_files(content(*rows), tmp_path / "r.csv")
    assert written.totals.outcomes == Counter({Outcome.ACCEPTED: 1, Outcome.UNKNOWN: 2})
    assert written.totals.unknown_rows == {"run1": [3], "run0": [5]}
    assert written.statistics.outcomes["unknown"] == 2
    assert [row["upload_row"] for row in read_report(written.path)] == ["2", "3", "5"]
    assert written.page == tmp_path / "r.html"


def test_unreadable_number_of_an_unknown_row_is_left_out(tmp_path: Path) -> None:
    written = write_report_files(content(a_row("5.59E+04", Outcome.UNKNOWN)), tmp_path / "r.csv")
    assert written.totals.outcomes[Outcome.UNKNOWN] == 1
    assert written.totals.unknown_rows == {}


def test_report_that_no_workbook_holds_becomes_a_csv(tmp_path: Path) -> None:
    rows = [a_row("2", Outcome.ACCEPTED), a_row("3", Outcome.REJECTED, cell=LONG)]
    written = write_report_files(content(*rows), tmp_path / "r.xlsx")
    assert written.path == tmp_path / "r.csv"
    assert [row["Name"] for row in read_report(written.path)] == ["Ann", LONG]
    assert written.totals.outcomes.total() == 2  # not counted twice
    assert not (tmp_path / "r.xlsx").exists()


def test_page_that_cannot_be_written_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("uploader.pipeline.report_output.write_html_page", full)
    written = write_report_files(content(a_row("2", Outcome.ACCEPTED)), tmp_path / "r.csv")
    assert written.page is None
    assert written.path.exists()


def test_rows_can_be_counted_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    report = content(a_row("2", Outcome.FAILED))
    with pytest.raises(UploaderError):
        write_report_files(report, tmp_path / "file" / "r.csv")
    totals, statistics = count_rows(report)
    assert totals.outcomes == {Outcome.FAILED: 1}
    assert statistics.outcomes == {"failed": 1}
