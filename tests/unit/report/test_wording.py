"""What the words of a report mean."""

import pytest

from tests.support.summary_sheet import report_row
from uploader.core.model import Outcome
from uploader.report import ReportStatistics
from uploader.report.wording import SKIPPED_BY_FILTER, SKIPPED_ON_PAGE, outcome_meanings

FILTER = "where: column 'Status' is 'New', not 'Qualified'"


@pytest.mark.parametrize(
    ("reasons", "meaning"),
    [
        (["left out on the page"], SKIPPED_ON_PAGE),
        ([FILTER, FILTER.replace("New", "Old")], SKIPPED_BY_FILTER),
        (["left out on the page", FILTER], Outcome.SKIPPED.meaning),
        (["left out by hand"], Outcome.SKIPPED.meaning),
        ([], Outcome.SKIPPED.meaning),
    ],
)
def test_skipped_rows_are_explained_by_who_left_them_out(reasons: list[str], meaning: str) -> None:
    statistics = ReportStatistics()
    list(statistics.counting(report_row(at, "skipped", reason) for at, reason in enumerate(reasons, 2)))
    assert outcome_meanings(statistics, is_check=False)[Outcome.SKIPPED] == meaning
