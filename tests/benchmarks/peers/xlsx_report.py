"""The same rows as `xlsxwriter_loop`, written by this program, with its colors, widths, filter and summary."""

import sys
from pathlib import Path

from tests.benchmarks.peers.xlsxwriter_loop import report_rows
from uploader.report import HEAD, TAIL
from uploader.report.writer import write_report


def main(path: str, report: str) -> None:
    rows = report_rows(path)
    columns = next(rows)[len(HEAD) : -len(TAIL)]
    write_report(Path(report), columns, rows)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
