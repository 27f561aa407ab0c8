"""A report that stands for itself: its columns, its apostrophes, and what it says without a ledger."""

from pathlib import Path

import pytest

from uploader.core.errors import TableError
from uploader.core.model import Outcome
from uploader.report.reader import PastReport, leftover_columns
from uploader.spreadsheet import open_table

RUN = "20261123-174501-3f9a"
AGAIN = frozenset(outcome for outcome in Outcome if outcome.is_retried)


@pytest.mark.parametrize(("shown", "number"), [("55901.0", "55901"), (" 55,901 ", "55901"), ("5E+04", "5E+04")])
@pytest.mark.parametrize("column", ["upload_lead_id", "upload_http_status", "upload_attempts"])
def test_numbers_are_digits_again_without_a_ledger_too(tmp_path: Path, column: str, shown: str, number: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f'upload_row,upload_outcome,upload_run,{column}\n2,accepted,x,"{shown}"\n')
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True)
    assert [cells[column] for cells, _ in report.rows()] == [number]


def test_a_column_of_ours_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("upload_row,upload_outcome,upload_run,upload_run\n2,accepted,x,y\n")
    with pytest.raises(TableError, match="two columns upload_run"):
        list(PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True).batches())


def test_a_column_may_have_the_name_of_an_empty_cell(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        "upload_row,upload_outcome,upload_run,NA,upload_lead_id\n2,rejected,x,NA,NA\n3,rejected,x,Nadia,7\n"
    )
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True)
    assert report.columns == ("NA",)
    assert [(cells["upload_lead_id"], inputs) for cells, inputs in report.rows()] == [("", [""]), ("7", ["Nadia"])]


def test_word_for_an_empty_cell_is_a_value_where_empty_cells_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("upload_row,upload_outcome,upload_run,Email,upload_lead_id\n2,rejected,x,NA,\n3,rejected,x,,\n")
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True)
    assert [inputs for _, inputs in report.rows()] == [["NA"], [""]]


def test_columns_of_an_earlier_report_are_found_in_any_spelling() -> None:
    columns = ["Email", "upload_row", " Upload_Run ", "UPLOAD_OUTCOME", "upload", "Row"]
    assert leftover_columns(columns) == ["upload_row", " Upload_Run ", "UPLOAD_OUTCOME"]


@pytest.mark.parametrize(("escaped", "column", "cell"), [(True, "=Total", "=7"), (False, "'=Total", "'=7")])
def test_apostrophes_are_taken_away_only_where_they_were_added(
    tmp_path: Path, escaped: bool, column: str, cell: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("upload_row,upload_outcome,upload_reason,upload_run,'=Total\n2,rejected,'=No,x,'=7\n")
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=escaped)
    assert report.columns == (column,)
    ((cells, inputs),) = report.rows()
    assert (cells["upload_reason"], inputs) == ("=No" if escaped else "'=No", [cell])


def test_without_a_ledger_the_report_stands_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("upload_row,upload_outcome,upload_run,Email\n2, accepted,x,a\n###,rejected,x,b\n4,rejected,x,c\n")
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True)
    (batch,) = report.batches()
    assert (batch.chunk.rows, list(batch.settled), batch.foreign) == ([2, 0, 4], [0], frozenset())
    assert list(batch.chunk.faults) == [1]
    assert report.foreign_runs() == []


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("run", ["", RUN])
def test_report_of_a_check_names_no_run_and_nothing_that_sending_brings(
    tmp_path: Path, outcome: Outcome, run: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"upload_row,upload_outcome,upload_run,Email\n2,{outcome.value},{run},a\n3,unsent,,b\n")
    report = PastReport(open_table(path, wanted=["upload_row"]), AGAIN, escaped=True)
    is_of_a_check = not run and outcome.value in {"unsent", "invalid", "duplicate", "skipped"}
    assert report.is_of_a_check() is is_of_a_check
