"""The rows of a report, and the summary sheet made of them."""

from pathlib import Path

import openpyxl

from uploader.report import TAIL, ReportContext, write_report


def report_row(number: int, outcome: str, reason: str = "", **tail: str) -> list[str]:
    return [str(number), outcome, reason, "", "input", *(tail.get(name, "") for name in TAIL)]


def summary(path: Path, rows: list[list[str]], file: str = "leads.csv") -> list[list[object]]:
    """The sheet's lines without empty cells."""
    sheet = openpyxl.load_workbook(write_report(path, ["Input"], rows, about=ReportContext(Path(file))))["Summary"]
    return [[cell for cell in row if cell not in (None, " ")] for row in sheet.iter_rows(values_only=True)]
