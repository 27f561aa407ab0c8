"""The sheet "Summary": where the rows came from, what became of them and why, and what to do next."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from xlsxwriter.format import Format

from uploader.report.context import REHEARSAL, ReportContext
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import MEANINGS, OUTCOMES, RESULT_MEANINGS, RESULTS, RUNS, Paint, next_steps
from uploader.report.xlsx.styles import Looks
from uploader.report.xlsx.text_sheet import LINE, TextSheet, text_width

SHOWN = 50  # groups of like reasons

WIDTHS = 22, 12, 84, 26
REASON_FITS = 80  # characters of a line of a reason, as words are wrapped
TITLE_HEIGHT = 30  # points


class SummarySheet:
    """Writes the sheet from top to bottom."""

    def __init__(self, sheet: TextSheet, looks: Looks) -> None:
        self._sheet = sheet
        self._looks = looks
        self._row = 0

    def write(self, tally: ReportStatistics, about: ReportContext) -> None:
        """All of it. Raises OSError."""
        for column, width in enumerate(WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.set_row(0, TITLE_HEIGHT)
        self._line([("Upload report", self._looks.title)])
        for label, fact in _facts(tally, about):
            self._line([(label, self._looks.label), (fact, self._looks.theirs.flat)])
        self._steps(next_steps(tally, about))
        self._counts("Outcome", tally.outcomes, OUTCOMES, MEANINGS)
        if any(tally.results[word] for word in RESULTS):
            self._counts("Platform's result", tally.results, RESULTS, RESULT_MEANINGS)
        self._reasons(tally)
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)

    def _line(self, cells: Sequence[tuple[str | int, Format]]) -> None:
        for column, (cell, look) in enumerate(cells):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, column, cell, look)
            elif cell:
                self._sheet.write_text(self._row, column, cell, look)
        self._row += 1

    def _header(self, *names: str) -> None:
        self._row += 1
        padded = [*names, *" " * (len(WIDTHS) - len(names))]  # so that the bar reaches across the sheet
        self._line([(name, self._looks.our_header.flat) for name in padded])

    def _steps(self, steps: Sequence[tuple[str, str]]) -> None:
        self._header("What to do next")
        for what, command in steps:
            self._line([(what, self._looks.theirs.flat)])
            self._line([(command, self._looks.command)])

    def _counts(
        self, title: str, counts: Mapping[str, int], paints: Mapping[str, Paint], meanings: Mapping[str, str]
    ) -> None:
        self._header(title, "Rows", "What it means")
        for word, paint in paints.items():
            number = counts[word]
            look = self._looks.painted(paint) if number else self._looks.label
            self._line([(str(word), look), (number, self._looks.count), (meanings[word], self._looks.theirs.tall)])

    def _reasons(self, tally: ReportStatistics) -> None:
        groups = list(tally.reasons)
        if not groups:
            return
        self._header("Outcome", "Rows", "Reason, the most frequent first", "upload_row")
        for group in groups[:SHOWN]:
            paint = {**RESULTS, **OUTCOMES}[group.label]
            # Not every program makes a row as high as what is wrapped in it.
            self._sheet.set_row(self._row, LINE * (1 + text_width(group.message) // REASON_FITS))
            self._line(
                [
                    (group.label, self._looks.painted(paint)),
                    (group.count, self._looks.count),
                    (group.message, self._looks.theirs.tall),
                    (group.row_list, self._looks.theirs.tall),
                ]
            )
        if len(groups) > SHOWN:
            rest = sum(group.count for group in groups[SHOWN:])
            told = f"… and {len(groups) - SHOWN:,} more kinds of reason; the sheet Report has every row"
            self._line([("", self._looks.theirs.flat), (rest, self._looks.count), (told, self._looks.theirs.tall)])


def _facts(tally: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Label and text of what is known, empty lines left out."""
    runs = [f"{run} ({count:,} rows)" for run, count in tally.runs.most_common(RUNS)]
    more = [f"and {len(tally.runs) - RUNS} more"] if len(tally.runs) > RUNS else []
    facts = {
        "Rehearsal": REHEARSAL if about.rehearsed else "",
        "File": about.file.name,
        "Run": ", ".join([*runs, *more]),
        "Sent": " to ".join(dict.fromkeys(tally.sent or ())),
        "Written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Rows": f"{tally.outcomes.total():,}",
    }
    return [(label, fact) for label, fact in facts.items() if fact]
