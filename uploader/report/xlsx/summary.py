"""The sheet "Summary": where the rows came from, their outcomes and reasons, and what to do next."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from xlsxwriter.format import Format

from uploader.core.message_groups import MessageGroups
from uploader.report.columns import REPORT_SHEET
from uploader.report.context import SANDBOX_NOTE, ReportContext
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import (
    OUTCOME_COLORS,
    RESULT_COLORS,
    RESULT_MEANINGS,
    RUNS,
    Colors,
    next_steps,
    outcome_meanings,
)
from uploader.report.xlsx.styles import CellFormats
from uploader.report.xlsx.text_sheet import LINE_HEIGHT, TextSheet, text_width

MAX_REASONS = 50  # groups of similar reasons

COLUMN_WIDTHS = 22, 12, 84, 26  # characters
REASON_WIDTH = 80  # characters of a reason on one line, as words are wrapped
TITLE_HEIGHT = 30  # points


class SummarySheet:
    """Writes the sheet from top to bottom."""

    def __init__(self, sheet: TextSheet, formats: CellFormats) -> None:
        self._sheet = sheet
        self._formats = formats
        self._row = 0

    def write(self, statistics: ReportStatistics, about: ReportContext) -> None:
        """Write the whole sheet. Raises OSError."""
        for column, width in enumerate(COLUMN_WIDTHS):
            self._sheet.set_column(column, column, width)
        self._sheet.set_row(0, TITLE_HEIGHT)
        self._line([("Upload report", self._formats.title)])
        for label, fact in _facts(statistics, about):
            self._line([(label, self._formats.label), (fact, self._formats.input.one_line)])
        self._steps(next_steps(statistics, about))
        self._counts("Outcome", statistics.outcomes, OUTCOME_COLORS, outcome_meanings(statistics, is_check=False))
        if any(statistics.results[word] for word in RESULT_COLORS):
            self._counts("Validation result", statistics.results, RESULT_COLORS, RESULT_MEANINGS)
        self._reasons("Outcome", statistics.reasons)
        self._reasons("Validation result", statistics.validation_reasons)
        self._sheet.hide_gridlines(2)
        self._sheet.set_landscape()
        self._sheet.fit_to_pages(1, 0)

    def _line(self, cells: Sequence[tuple[str | int, Format]]) -> None:
        for column, (cell, cell_format) in enumerate(cells):
            if isinstance(cell, int):
                self._sheet.write_number(self._row, column, cell, cell_format)
            elif cell:
                self._sheet.write_text(self._row, column, cell, cell_format)
        self._row += 1

    def _header(self, *names: str) -> None:
        self._row += 1
        padded = [*names, *" " * (len(COLUMN_WIDTHS) - len(names))]  # so that the bar reaches across the sheet
        self._line([(name, self._formats.added_header.one_line) for name in padded])

    def _steps(self, steps: Sequence[tuple[str, str]]) -> None:
        self._header("Next steps")
        for what, command in steps:
            self._line([(what, self._formats.input.one_line)])
            self._line([(command, self._formats.command)])

    def _counts(
        self, title: str, counts: Mapping[str, int], colors: Mapping[str, Colors], meanings: Mapping[str, str]
    ) -> None:
        self._header(title, "Rows", "Meaning")
        for word, its_colors in colors.items():
            number = counts[word]
            word_format = self._formats.colored(its_colors) if number else self._formats.label
            meaning = (meanings[word], self._formats.input.wrapped)
            self._line([(str(word), word_format), (number, self._formats.count), meaning])

    def _reasons(self, title: str, reasons: MessageGroups) -> None:
        groups = list(reasons)
        if not groups:
            return
        self._header(title, "Rows", "Reasons, most frequent first", "upload_row")
        text = self._formats.input.wrapped
        for group in groups[:MAX_REASONS]:
            colors = {**RESULT_COLORS, **OUTCOME_COLORS}[group.label]
            # Not every program makes a row as high as the text that is wrapped in it.
            self._sheet.set_row(self._row, LINE_HEIGHT * (1 + text_width(group.message) // REASON_WIDTH))
            label, count = (group.label, self._formats.colored(colors)), (group.count, self._formats.count)
            self._line([label, count, (group.message, text), (group.row_list, text)])
        if len(groups) > MAX_REASONS:
            rest = sum(group.count for group in groups[MAX_REASONS:])
            note = f"… and {len(groups) - MAX_REASONS:,} more reasons. The sheet {REPORT_SHEET} has every row."
            self._line([("", text), (rest, self._formats.count), (note, text)])


def _facts(statistics: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Return label and text of each fact that is known."""
    runs = [f"{run} ({count:,} rows)" for run, count in statistics.runs.most_common(RUNS)]
    more = [f"and {len(statistics.runs) - RUNS} more"] if len(statistics.runs) > RUNS else []
    facts = {
        "Sandbox run": SANDBOX_NOTE if about.is_sandbox else "",
        "File": about.file.name,
        "Run": ", ".join([*runs, *more]),
        "Sent": " to ".join(dict.fromkeys(statistics.sent or ())),
        "Written": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Rows": f"{statistics.outcomes.total():,}",
    }
    return [(label, fact) for label, fact in facts.items() if fact]
