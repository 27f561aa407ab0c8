"""A report as people write it with XlsxWriter: constant memory, one text cell after the other."""

import csv
import sys
from collections.abc import Iterator

import xlsxwriter

from uploader.report import HEAD, TAIL


def report_rows(path: str) -> Iterator[list[str]]:
    """Yield the header and the rows of a report of accepted leads."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        yield [*HEAD, *next(rows), *TAIL]
        sent = ["201", "1", "2026-11-28T12:00:00Z", "20261128-120000-3f9a", "", "", ""]
        for number, row in enumerate(rows, 2):
            yield [str(number), "accepted", "", "", *row, str(number), *sent]


def main(path: str, report: str) -> None:
    with xlsxwriter.Workbook(report, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Report")
        for number, row in enumerate(report_rows(path)):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, column, cell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
