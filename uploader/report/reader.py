"""Reads a report back, whatever a person or a spreadsheet program did to it since it was written."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import TableError
from uploader.core.messages import UNSENT_CHANGES, replaced_lead_note
from uploader.core.model import MAX_ID, Decision, Outcome, RowState
from uploader.report.columns import HEAD, TAIL
from uploader.report.csv_format import unescape_cell
from uploader.report.lead_matcher import LeadMatcher, ReportedRow, RowCheck, skip_doubts
from uploader.report.number_cells import parse_number
from uploader.report.reported_cells import (
    NEW_ROW,
    NUMBER_COLUMNS,
    EarlierRows,
    NoEarlierRows,
    clean_number,
    has_proof,
    may_lack_run,
    repair_cells,
    sent_row,
    settled_place,
    without_id,
)
from uploader.report.row_problems import row_doubt, row_problem, unproven_problem
from uploader.report.scan import ReportScan, scan_report
from uploader.spreadsheet import Chunk, Table
from uploader.spreadsheet.column_names import find_column, fold, matching_columns
from uploader.spreadsheet.source import RowBatch, Spreadsheet
from uploader.spreadsheet.table import names_extra_cells

COLUMNS = (*HEAD, *TAIL)
FOLDED_COLUMNS = {fold(name) for name in COLUMNS}
WORD_COLUMNS = ("upload_outcome", "upload_sent_at", "upload_run", "upload_result")
# The byte-order mark of UTF-8, read as Western European.
_MISREAD_MARK = "ï»¿"
REQUIRED_COLUMNS = ("upload_row", "upload_outcome", "upload_run")


@dataclass(frozen=True)
class PastReport:
    """A report of an earlier run or check.

    Attributes:
        table: The file.
        again: The outcomes whose rows are sent again.
        escaped: Whether it was written as CSV, with apostrophes, whatever it was saved as since.
        decided: What the user decided since about rows with an unknown outcome, by (run, row).
        earlier: What the ledger knows about the rows.
        matcher: Compares the leads of the rows with those that were sent; None if that is not possible.
        check: Finds rows whose values a program changed, or whose cells are still shifted.
        known_scan: The scan of this table, if there was one before.
    """

    table: Table
    again: frozenset[Outcome]
    escaped: bool
    decided: Mapping[tuple[str, int], Decision] = field(default_factory=dict)
    earlier: EarlierRows = field(default_factory=NoEarlierRows)
    matcher: LeadMatcher | None = None
    check: RowCheck | None = None
    known_scan: ReportScan | None = None

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the input that the report was made of."""
        names = [self.table.columns[place] for place in self._input_places]
        return tuple(map(unescape_cell, names)) if self.escaped else tuple(names)

    @cached_property
    def scan(self) -> ReportScan:
        """What the whole report shows about how it was saved. Raises TableError when this is not a report."""
        return self.known_scan or scan_report(self.table.chunks(), self._places)

    def batches(self) -> Iterator[RowBatch]:
        """Yield all rows in the report's order, numbered as in the file that they came from."""
        for chunk, inputs, rows in self._read():
            problems = {at: row.problem for at, row in enumerate(rows) if row.problem}
            settled = {
                at: tuple(row.cells.values())
                for at, row in enumerate(rows)
                if not row.problem and Outcome(row.cells["upload_outcome"]) not in self.again
            }
            lines = {at: chunk.rows[at] for at, row in enumerate(rows) if not row.number}
            foreign = frozenset(at for at, row in enumerate(rows) if row.is_foreign)
            numbered = replace(inputs, rows=[row.number for row in rows])
            again = [at for at in range(len(rows)) if at not in problems and at not in settled]
            sent = [at for at in again if at not in foreign]
            reasons = {at: rows[at].cells["upload_reason"] for at in again}
            shifted = {at: reason for at, reason in reasons.items() if names_extra_cells(reason)}
            found = self.check(numbered, sent, shifted) if self.check and again else {}
            replaced = {at: row.replaced for at, row in enumerate(rows) if row.replaced}
            notes = {**chunk.notes, **{at: replaced_lead_note(earlier) for at, earlier in replaced.items()}}
            checked = replace(numbered, faults={**found, **chunk.faults, **problems}, notes=notes)
            changes = self._unsent_changes(numbered, rows, settled)
            yield RowBatch(checked, settled, lines, foreign, replaced, changes)

    def _unsent_changes(
        self, inputs: Chunk, rows: Sequence[ReportedRow], settled: Mapping[int, object]
    ) -> dict[int, str]:
        """Return why rows that someone changed are not sent again even so, by position."""
        kept = {at: rows[at].doubt for at in settled if rows[at].doubt} | skip_doubts(inputs, rows, self.matcher)
        whys = {at: UNSENT_CHANGES.get(Outcome(rows[at].cells["upload_outcome"])) for at in settled if at not in kept}
        asked = {at: sent for at, why in whys.items() if why and (sent := rows[at].place)}
        changed = self.check.changed_rows(inputs, asked) if self.check and asked else ()
        return kept | {at: why for at in changed if (why := whys[at])}

    def rows(self) -> Iterator[tuple[dict[str, str], list[str]]]:
        """Yield every row: our own cells by column name, then the cells of the input."""
        for _, inputs, rows in self._read():
            for row, cells in zip(rows, inputs.cells(), strict=True):
                yield row.cells, list(cells)

    def runs(self) -> list[str]:
        """Return the run ids in the column `upload_run`."""
        return sorted(self.scan.runs)

    def foreign_runs(self) -> list[str]:
        """Return the runs of the report that do not belong to the upload that it goes back to."""
        return [run for run in self.runs() if self.earlier.is_foreign(run)]

    def is_of_a_check(self) -> bool:
        """Whether nothing was sent with it: no row names a run, or has an outcome that only sending brings."""
        outcomes = {cells["upload_outcome"] for cells, _ in self.rows()}
        return not self.runs() and outcomes <= {Outcome.UNSENT, Outcome.INVALID, Outcome.DUPLICATE, Outcome.SKIPPED}

    @cached_property
    def _places(self) -> dict[str, int]:
        """The positions of our columns. Raises TableError when this is not a report, or has a column twice."""
        name = self.table.path.name
        found = {column: find_column(column, self.table.columns) for column in COLUMNS}
        twice = [column for column in COLUMNS if len(matching_columns(column, self.table.columns)) > 1]
        if twice:
            raise TableError(
                f"{name} has two columns {', '.join(twice)}, but only one comes from the report.", "Delete the other."
            )
        missing = [column for column in REQUIRED_COLUMNS if found[column] is None]
        if missing:
            if any(column.startswith(_MISREAD_MARK) for column in self.table.columns):
                misread = f"{name} was saved by a program that had opened the report with a wrong character set."
                raise TableError(misread, "Open the CSV report again as UTF-8 (Unicode), and save it again.")
            upload = uploader_command("upload", shell_quote(self.table.path), "--mapping MAP.yaml")
            raise TableError(
                f"{name} is not a report: it has no column {', '.join(missing)}.",
                f"Specify the report that an upload wrote, or send the file with `{upload}`.",
            )
        return {column: place for column, place in found.items() if place is not None}

    @cached_property
    def _input_places(self) -> list[int]:
        ours = set(self._places.values())
        return [place for place in range(len(self.table.columns)) if place not in ours]

    def _read(self) -> Iterator[tuple[Chunk, Chunk, list[ReportedRow]]]:
        """Yield each chunk, its input's cells, and what the report says about its rows."""
        seen: set[int] = set()
        fresh = itertools.count(self.scan.highest_number + 1)
        for chunk in self.table.chunks():
            inputs = replace(chunk, columns=[self._input_column(chunk.columns[place]) for place in self._input_places])
            cells = self._own_cells(chunk)
            foreign = [self.earlier.is_foreign(row["upload_run"]) for row in cells]
            numbers = self._numbers(cells, inputs, seen, foreign)
            self._number_foreign_rows(cells, numbers, foreign, fresh)
            yield chunk, inputs, self._reported_rows(cells, inputs, numbers, foreign)

    def _input_column(self, column: Sequence[str]) -> Sequence[str]:
        if self.scan.blank_word:
            column = ["" if cell == self.scan.blank_word else cell for cell in column]
        return list(map(unescape_cell, column)) if self.escaped else column

    def _own_cells(self, chunk: Chunk) -> list[dict[str, str]]:
        """Return our own cells of each row by column name; they are empty where a column was deleted."""
        absent = [""] * len(chunk.rows)
        columns = {name: chunk.columns[self._places[name]] if name in self._places else absent for name in COLUMNS}
        cells = {name: list(map(self._plain, column)) for name, column in columns.items()}
        for name in NUMBER_COLUMNS:
            cells[name] = list(map(clean_number, cells[name]))
        for name in WORD_COLUMNS:
            cells[name] = list(map(str.strip, cells[name]))
        rows = zip(*cells.values(), strict=True)
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]

    def _plain(self, cell: str) -> str:
        if cell == self.scan.blank_word:
            return ""
        return unescape_cell(cell) if self.escaped else cell

    def _number_foreign_rows(
        self, cells: Sequence[dict[str, str]], numbers: list[int], foreign: Sequence[bool], fresh: Iterator[int]
    ) -> None:
        """Give foreign rows numbers that are unique in this report: their own or fresh ones, 0 if unreadable."""
        for at, row in enumerate(cells):
            if foreign[at]:
                found = parse_number(row["upload_row"], self.scan.style)
                if len(found) == 1:
                    numbers[at] = next(fresh) if found[0] in self.scan.repeated_numbers else found[0]

    def _numbers(
        self, cells: Sequence[Mapping[str, str]], inputs: Chunk, seen: set[int], foreign: Sequence[bool]
    ) -> list[int]:
        """Return the row number of each row, 0 where it is lost. A number is given once in the whole report."""
        candidates = [parse_number(row["upload_row"], self.scan.style) for row in cells]
        numbers = [0] * len(cells)
        for at, found in enumerate(candidates):
            if len(found) == 1 and found[0] not in seen and not foreign[at]:
                numbers[at] = found[0]
                seen.add(found[0])
        for match in (self._match_ids, self._match_leads):
            lost = [at for at, number in enumerate(numbers) if not number and not foreign[at]]
            for at, number in match(cells, inputs, lost).items() if lost else ():
                if self._is_free(number, candidates[at], seen):
                    numbers[at] = number
                    seen.add(number)
        return numbers

    def _is_free(self, number: int, candidates: Sequence[int], seen: set[int]) -> bool:
        """Whether a row that has lost its number can have this one: no other row of the report has it."""
        is_possible = len(candidates) < 2 or number in candidates
        return is_possible and number not in seen and number not in self.scan.clear_numbers

    def _match_ids(self, cells: Sequence[Mapping[str, str]], inputs: Chunk, lost: Sequence[int]) -> dict[int, int]:
        """Find rows by the lead's id, which the ledger knows."""
        found = {}
        for at in lost:
            lead_ids = parse_number(cells[at]["upload_lead_id"], self.scan.style, below=MAX_ID)
            if number := self.earlier.row_of_lead(cells[at]["upload_run"], lead_ids):
                found[at] = number
        return found

    def _match_leads(self, cells: Sequence[Mapping[str, str]], inputs: Chunk, lost: Sequence[int]) -> Mapping[int, int]:
        """Find rows by their leads."""
        return self.matcher.find_rows(inputs, lost) if self.matcher else {}

    def _reported_rows(
        self, cells: Sequence[Mapping[str, str]], inputs: Chunk, numbers: Sequence[int], foreign: Sequence[bool]
    ) -> list[ReportedRow]:
        candidates = [parse_number(row["upload_row"], self.scan.style) for row in cells]
        own = [self._own_number(number, candidates[at], foreign[at]) for at, number in enumerate(numbers)]
        by_run: dict[str, list[int]] = {}
        for row, number in zip(cells, own, strict=True):
            by_run.setdefault(row["upload_run"], []).append(number)
        states = {run: self.earlier.states(run, rows) for run, rows in by_run.items()}
        known = {run: self.earlier.is_known(run) for run in by_run}
        found = [states[row["upload_run"]].get(number) for row, number in zip(cells, own, strict=True)]
        asked = {at: place for at, row in enumerate(cells) if (place := sent_row(row, own[at], found[at]))}
        sent = {at: asked[at] for at in asked if known[asked[at].run] or not foreign[at]}
        others = self.matcher.other_leads(inputs, sent) if self.matcher and sent else {}
        accepted = self.earlier.possibly_accepted([own[at] for at, row in enumerate(cells) if not row["upload_run"]])
        rows = []
        for at, row in enumerate(cells):
            run, number, other = row["upload_run"], numbers[at], others.get(at)
            is_new = other is not None and (other.is_certain or not sent[at].is_settled)
            state, decided = (None, None) if is_new else (found[at], self.decided.get((run, own[at])))
            as_sent = {**row, **NEW_ROW} if is_new else row
            is_filled_down = known[run] and bool(own[at]) and self._has_id_of_another(as_sent, own[at])
            if is_filled_down:
                as_sent = without_id(as_sent, state)
            repaired = repair_cells(as_sent, 0 if foreign[at] else number, state, decided, is_known_run=known[run])
            problem = row_problem(row["upload_row"], repaired, number, candidates[at], self.again)
            is_proven = decided is not None or may_lack_run(repaired, own[at], accepted)
            if known[run] and not decided:
                is_proven = self._has_proof(repaired, own[at], state, foreign[at])
            if number and not is_proven:
                problem = unproven_problem(repaired, is_filled_down=is_filled_down) or problem
            replaced = other.earlier if other and is_new else None
            doubt = "" if is_new else row_doubt(other, is_proven=is_proven)
            place = settled_place(repaired, own[at])
            rows.append(ReportedRow(number, repaired, problem, foreign[at], place, replaced, doubt))
        return rows

    def _has_id_of_another(self, cells: Mapping[str, str], number: int) -> bool:
        """Whether a row is called accepted with the id of another row's lead."""
        lead_ids = parse_number(cells["upload_lead_id"], self.scan.style, below=MAX_ID)
        is_accepted = cells["upload_outcome"].casefold() == Outcome.ACCEPTED
        return is_accepted and self.earlier.row_of_lead(cells["upload_run"], lead_ids) not in {None, number}

    def _has_proof(self, cells: Mapping[str, str], number: int, state: RowState | None, is_foreign: bool) -> bool:
        """Whether the ledger can have led to a row's outcome. A lead that was sent has not lost its row's number."""
        if number or cells["upload_outcome"] != Outcome.ACCEPTED:
            return not number or has_proof(cells, state)
        lead_ids = parse_number(cells["upload_lead_id"], self.scan.style, below=MAX_ID)
        return is_foreign and self.earlier.row_of_lead(cells["upload_run"], lead_ids) is not None

    def _own_number(self, number: int, candidates: Sequence[int], is_foreign: bool) -> int:
        """Return a row's number in its own upload; 0 if it is lost. In this report a foreign row may have another."""
        if not is_foreign:
            return number
        return candidates[0] if len(candidates) == 1 else 0


Source = Spreadsheet | PastReport


def leftover_columns(columns: Sequence[str]) -> list[str]:
    """Return the columns of a spreadsheet that have the names of a report's own columns."""
    return [name for name in columns if fold(name) in FOLDED_COLUMNS]
