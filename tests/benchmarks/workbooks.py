"""Readers of workbooks compared: seconds and megabytes for 100,000 rows of ten columns, each in a process of its own.

`python -m tests.benchmarks.workbooks [ROWS] [ROUNDS]`. One column has the number format `00000`. Which library returns
values and number formats together? Measured on 2026-11-28 (two cores, Python 3.11), in the same run:

| reader of xlsx | seconds | MB | formats |
|---|---|---|---|
| csv module, the same rows as CSV | 0.2 | 99 | |
| ours: regular expressions (`fast_xlsx`) | 0.5 | 75 | yes |
| polars 2.1 / fastexcel 0.21 (calamine) | 0.5 | 164 | no |
| python-calamine 0.9.1, `to_python` | 0.6 | 154 | no |
| expat with handlers in Python (`xlsx_rows`) | 1.4 | 50 | yes |
| lxml 6.1, `iterparse` by row | 3.0 | 56 | yes |
| openpyxl 3.1.5, read-only | 5.2 | 63 | yes |

openpyxl would make `check` five times as slow as with CSV, so `xlsx_rows` uses expat, and sheets whose rows are
written in the usual way are read by one regular expression for each row. For xls, 65,000 rows: xlrd 2.0.2 with formats
0.7 s and 217 MB; calamine 0.3 s, and 0.4 s for the formats, errors and hidden rows that it leaves out. So xls is read
by xlrd. pyxlsb and odfpy were not taken: the first returns no styles, the second builds the whole tree of the document
in memory.

What paid, in CPU time of `check`, where the CSV takes 1.0 s: one expression with a place for each column checks a row
and takes its values out (0.13 s), where calamine took 0.5 s, checking first what is safe to give to it 0.3 s, turning
its cells into texts kept once 0.3 s, and looking for numbers with a format 0.5 s more; splitting the shared strings
(0.05 s) instead of parsing them (0.5 s); and unpacking each part once. What did not: expat's ordered attributes and
namespaces, and handlers looked up in a dictionary (a quarter slower than a chain of comparisons). Not tried: calamine
in a thread beside the check. It releases the interpreter's lock, but its time and memory would still be taken.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import xlsxwriter

from tests.benchmarks.measure import PYTHON, UPLOADER, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import HEADER, write_leads

OURS = (
    "import sys; from pathlib import Path; from uploader.spreadsheet import open_table;"
    "print(sum(len(c.rows) for c in open_table(Path(sys.argv[1])).chunks()))"
)
OPENPYXL = (
    "import sys, openpyxl; s = openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets[0];"
    "print(sum(1 for row in s.iter_rows() if [(c.value, c.number_format) for c in row]))"
)
CALAMINE = (
    "import sys, python_calamine as c; b = c.CalamineWorkbook.from_path(sys.argv[1]);"
    "print(len(b.get_sheet_by_index(0).to_python()))"
)


def write_padded(path: Path, leads: Path) -> Path:
    """Write the leads of a CSV as another one, each with a different number of five digits as its postcode."""
    place = HEADER.index("Postcode")
    with leads.open(encoding="utf-8", newline="") as source, path.open("w", encoding="utf-8", newline="") as file:
        file.write(source.readline())
        for number, line in enumerate(source, 1):
            cells = line.split(",")
            cells[place] = f"{number % 99_999:05}"
            file.write(",".join(cells))
    return path


def write_workbook(path: Path, leads: Path, *, padded: bool) -> Path:
    """Write leads of a CSV as xlsx; `padded`, their postcodes as numbers with a format.

    This is done in another process: commands that are measured start with the most memory that this one has had.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_write, path, leads, padded=padded).result()
    return path


def _write(path: Path, leads: Path, *, padded: bool) -> None:
    place = HEADER.index("Postcode")
    with xlsxwriter.Workbook(str(path)) as book, leads.open(encoding="utf-8") as file:
        sheet = book.add_worksheet("Leads")
        form = book.add_format({"num_format": "00000"})
        for number, line in enumerate(file):
            for column, cell in enumerate(line.rstrip("\r\n").split(",")):
                if padded and number and column == place:
                    sheet.write_number(number, column, int(cell), form)
                else:
                    sheet.write_string(number, column, cell)


def main(rows: int = 100_000, rounds: int = 3) -> list[Line]:
    """Seconds to read a workbook, and the processor's time for `check` of it against that of the same rows as CSV."""
    with desk() as folder, server() as url:
        leads = write_leads(folder / "leads.csv", rows)
        plain = write_workbook(folder / "plain.xlsx", leads, padded=False)
        numbers = write_padded(folder / "numbers.csv", leads)
        padded = write_workbook(folder / "padded.xlsx", numbers, padded=True)
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}
        readers = [(PYTHON, "-c", OURS, plain), (PYTHON, "-c", OURS, padded)]
        readers += [(PYTHON, "-c", CALAMINE, padded), (PYTHON, "-c", OPENPYXL, padded)]
        checks = [(*UPLOADER, "check", file, "-m", folder / "map.yaml") for file in (leads, plain, numbers, padded)]
        commands = [*readers, *checks]
        costs = side_by_side(rounds, *(lambda command=command: run(command, settings) for command in commands))
    ours, ours_padded, calamine, openpyxl, csv, check, csv_padded, check_padded = costs
    return [
        Line(f"{rows:,} plain rows of a workbook read", ours.seconds, "s"),
        Line("the same with a padded format", ours_padded.seconds, "s"),
        Line("the same by calamine, without formats", calamine.seconds, "s"),
        Line("the same by openpyxl, with formats", openpyxl.seconds, "s"),
        Line("`check` of a plain workbook, against CSV", check.processor / csv.processor, "×"),
        Line(
            "`check` of a workbook with a padded format, against CSV",
            check_padded.processor / csv_padded.processor,
            "×",
        ),
        Line("the most memory that `check` of a workbook takes", max(check.megabytes, check_padded.megabytes), "MB"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
