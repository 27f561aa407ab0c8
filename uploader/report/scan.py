"""A first look at a whole report: its runs, and how the program that saved it wrote numbers and empty cells."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from uploader.report.number_cells import NumberStyle, parse_number
from uploader.spreadsheet import Chunk

# Words that R, SQL tools, pandas and others write for an empty cell.
BLANK_WORDS = frozenset({"NA", "N/A", "#N/A", "NULL", "NaN", "nan", "None", "<NA>"})

# Columns of ours in which such a word means an empty cell, as no report ever has it there.
WITHOUT_WORDS = ("upload_lead_id", "upload_http_status", "upload_attempts", "upload_sent_at", "upload_run")


@dataclass
class ReportScan:
    """What the cells of our columns show about how the report was saved.

    Attributes:
        runs: The run ids, with their number of rows.
        style: How `upload_row` is written.
        blank_word: The word that stands for an empty cell, or "" if empty cells are empty.
    """

    runs: Counter[str] = field(default_factory=Counter)
    style: NumberStyle = field(default_factory=NumberStyle)
    blank_word: str = ""
    _numbers: "array[int]" = field(default_factory=lambda: array("I"))

    @cached_property
    def clear_numbers(self) -> frozenset[int]:
        """The row numbers that are clear by themselves."""
        return frozenset(self._numbers)

    @cached_property
    def repeated_numbers(self) -> frozenset[int]:
        """The clear row numbers that several rows have."""
        return frozenset(number for number, count in Counter(self._numbers).items() if count > 1)

    @property
    def highest_number(self) -> int:
        """The highest clear row number; 0 if there is none."""
        return max(self._numbers, default=0)

    def add(self, chunk: Chunk, places: Mapping[str, int]) -> None:
        """Take a chunk into account; `places` are the positions of our columns."""
        self._add_numbers(chunk.columns[places["upload_row"]])
        self.runs.update(run for run in map(str.strip, chunk.columns[places["upload_run"]]))
        for name in WITHOUT_WORDS:
            if not self.blank_word and name in places:
                self.blank_word = next(iter(BLANK_WORDS.intersection(chunk.columns[places[name]])), "")

    def _add_numbers(self, texts: Sequence[str]) -> None:
        for text in texts:
            if text.isdecimal():
                self.style.has_plain = True
            else:
                self.style.add(text)
            if len(numbers := parse_number(text, NumberStyle())) == 1:
                self._numbers.append(numbers[0])


def scan_report(chunks: Iterable[Chunk], places: Mapping[str, int]) -> ReportScan:
    """Read a report's rows once.

    Args:
        chunks: All its rows.
        places: The positions of our columns, by name.
    """
    scan = ReportScan()
    for chunk in chunks:
        scan.add(chunk, places)
    for word in {"", scan.blank_word}:
        scan.runs.pop(word, None)
    return scan
