"""A row with cells beyond the header loses them in the report. No retry sends it before its cells are corrected."""

from pathlib import Path

import pytest

from tests.support.files import MAPPING, read_report, write_report

LEADS = """\
First Name,Last Name,Email,Phone,Company
Ann,Low,ann.low@example.com,(+44)07700900001,Low
Cat,Low,cat.low@example.com,(+44)07700900002,Low, Inc
"""
REASON = "the row has 1 cell more than the header: 'Inc'"


@pytest.fixture
def uploaded(command, platform):
    """The report of an upload with a shifted row."""
    platform()
    Path("map.yaml").write_text(MAPPING)
    Path("leads.csv").write_text(LEADS)
    command("upload", "leads.csv", "-m", "map.yaml", "--report", "q1.csv")
    report = read_report(Path("q1.csv"))
    assert [row["upload_outcome"] for row in report] == ["accepted", "invalid"]
    return report


def shifted_row(path: str) -> dict[str, str]:
    return read_report(Path(path))[1]


def test_unedited_row_stays_invalid_however_often_it_is_retried(command, uploaded) -> None:
    for before, after in (("q1.csv", "q2.csv"), ("q2.csv", "q3.csv")):
        assert command("retry", before, "--report", after).code == 1
        row = shifted_row(after)
        assert (row["upload_outcome"], row["upload_reason"]) == ("invalid", REASON)
        assert row["upload_hint"].startswith("Correct the cells of this row: ")


@pytest.mark.parametrize("cell", ["upload_reason", "upload_hint", "upload_warnings"])
def test_edit_of_our_own_cells_corrects_nothing(command, uploaded, cell) -> None:
    uploaded[1][cell] = ""
    write_report(Path("q1.csv"), uploaded)
    command("retry", "q1.csv", "--report", "q2.csv")
    assert shifted_row("q2.csv")["upload_outcome"] == "invalid"


def test_corrected_row_is_sent(command, uploaded) -> None:
    uploaded[1] |= {"Company": "Low, Inc"}
    write_report(Path("q1.csv"), uploaded)
    assert command("retry", "q1.csv", "--report", "q2.csv").code == 0
    row = shifted_row("q2.csv")
    assert (row["upload_outcome"], row["Company"]) == ("accepted", "Low, Inc")


@pytest.mark.parametrize("change", [lambda file: file.unlink(), lambda file: file.write_text(LEADS + "\n")])
def test_without_the_uploaded_file_the_reason_has_to_be_cleared(command, uploaded, change) -> None:
    change(Path("leads.csv"))
    uploaded[1] |= {"Company": "Low, Inc"}
    write_report(Path("q1.csv"), uploaded)
    command("retry", "q1.csv", "--report", "q2.csv")
    row = shifted_row("q2.csv")
    assert (row["upload_outcome"], row["upload_reason"]) == ("invalid", REASON)
    assert "clear its upload_reason" in row["upload_hint"]
    rows = read_report(Path("q2.csv"))
    rows[1]["upload_reason"] = ""
    write_report(Path("q2.csv"), rows)
    command("retry", "q2.csv", "--report", "q3.csv")
    assert shifted_row("q3.csv")["upload_outcome"] == "accepted"
