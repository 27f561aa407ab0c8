"""The summary of a workbook: counts, like reasons together, what to do next; and its colors."""

import itertools
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from tests.support.summary_sheet import report_row, summary
from uploader.core.message_groups import MAX_GROUPS, OTHER_REASONS
from uploader.core.model import Outcome
from uploader.report import write_report
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import OUTCOME_COLORS, RESULT_COLORS, RESULT_MEANINGS

# How the three kinds of color blindness see linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0).
SIGHTS = {
    "all colors": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def test_summary_counts_outcomes_and_lists_next_steps(tmp_path: Path) -> None:
    of_run = {"upload_run": "20261123-174501-3f9a", "upload_sent_at": "2026-11-23T17:45:01Z"}
    later = {**of_run, "upload_sent_at": "2026-11-23T17:46:00Z"}
    rows = [
        report_row(2, "accepted", **of_run, upload_result="pending"),
        report_row(3, "accepted", **later, upload_result="valid"),
        report_row(
            4, "invalid", "country (column 'Country'): 'Grmany' is not a country", upload_run=of_run["upload_run"]
        ),
        report_row(5, "unknown", "no answer", **of_run),
    ]
    lines = summary(tmp_path / "my report.xlsx", rows)
    assert ["File", "leads.csv"] in lines
    assert ["Run", "20261123-174501-3f9a (4 rows)"] in lines
    assert ["Sent", "2026-11-23T17:45:01Z to 2026-11-23T17:46:00Z"] in lines
    assert ["Rows", "4"] in lines
    assert ["accepted", 2, Outcome.ACCEPTED.meaning] in lines
    assert ["failed", 0, Outcome.FAILED.meaning] in lines
    assert ["pending", 1, RESULT_MEANINGS["pending"]] in lines
    assert ["invalid", 1, "country (column 'Country'): 'Grmany' is not a country", "4"] in lines
    assert ['uploader retry "my report.xlsx"'] in lines
    assert ["uploader resolve 20261123-174501-3f9a --rows 5 --accepted"] in lines
    assert ["uploader resolve 20261123-174501-3f9a --rows 5 --not-sent"] in lines


def test_long_reasons_get_higher_rows(tmp_path: Path) -> None:
    """LibreOffice leaves a row as low as any other, whatever is wrapped in it."""
    reasons = ["short", "many words " * 30, "中文" * 60]
    rows = [report_row(number, "invalid", reason, upload_run="r") for number, reason in enumerate(reasons, 2)]
    sheet = openpyxl.load_workbook(write_report(tmp_path / "r.xlsx", ["Input"], rows))["Summary"]
    heights = {row[2].value: sheet.row_dimensions[row[0].row].height for row in sheet.iter_rows(min_row=10)}
    assert heights["short"] in {None, 15}
    assert heights[reasons[1]] >= 15 * 5
    assert heights[reasons[2]] >= 15 * 4


def test_summary_without_results_has_no_result_table(tmp_path: Path) -> None:
    lines = summary(tmp_path / "r.xlsx", [report_row(2, "accepted", upload_run="r")])
    assert not [line for line in lines if line[:1] == ["Validation result"]]
    assert ["Nothing to do: every row is accepted, duplicate or skipped."] in lines


def test_summary_of_a_check_suggests_upload(tmp_path: Path) -> None:
    lines = summary(tmp_path / "r.xlsx", [report_row(2, "unsent", "it would be sent")])
    assert ["uploader upload leads.csv --mapping MAP.yaml"] in lines


def test_number_of_reasons_is_bounded(tmp_path: Path) -> None:
    statistics = ReportStatistics()
    list(statistics.counting(report_row(n, "rejected", f"reason {n:x}z") for n in range(MAX_GROUPS + 100)))
    largest = next(iter(statistics.reasons))
    assert len(statistics.reasons) == MAX_GROUPS + 1
    assert (largest.message, largest.count) == (OTHER_REASONS, 100)
    lines = summary(tmp_path / "r.xlsx", [report_row(n, "rejected", f"reason {n:x}z") for n in range(60)])
    assert [10, "… and 10 more reasons. The sheet Report has every row."] in lines


def linear(color: str) -> np.ndarray:
    """Linear RGB of `#RRGGBB` (sRGB, IEC 61966-2-1)."""
    part = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* of linear RGB."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHTS)
def test_colors_differ_for_color_blind_readers(sight: str) -> None:
    for tables in (OUTCOME_COLORS, RESULT_COLORS):
        seen = [lab(np.array(SIGHTS[sight]) @ linear(color.background)) for color in tables.values()]
        assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 15


def test_words_are_readable_on_their_colors() -> None:
    assert set(OUTCOME_COLORS) == set(Outcome)
    for color in [*OUTCOME_COLORS.values(), *RESULT_COLORS.values()]:
        dark, light = sorted(float(np.dot([0.2126, 0.7152, 0.0722], linear(c))) for c in (color.background, color.text))
        assert (light + 0.05) / (dark + 0.05) > 4.5  # WCAG 2.2, 1.4.3
