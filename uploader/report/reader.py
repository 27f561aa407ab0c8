"""Where rows come from: a spreadsheet, or the report of an earlier run with some rows already settled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import TableError
from uploader.core.model import MAX_ROW, Decision, Outcome, Problem, parse_whole_number
from uploader.report import HEAD, TAIL, unescape_cell
from uploader.spreadsheet import Chunk, Table
from uploader.spreadsheet.column_names import find_column, fold, matching_columns
from uploader.spreadsheet.source import RowBatch, Spreadsheet

OURS = (*HEAD, *TAIL)
FOLDED = {fold(name) for name in OURS}
WORDS = {outcome.value for outcome in Outcome}

OUTCOME_HINT = "Put back the word that the report had there: accepted, rejected, invalid, …"

# What a report can say of a row that somebody decides about: that it is in doubt, or what was decided before.
DECIDABLE = {Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNSENT}


@dataclass(frozen=True)
class PastReport:
    """A report, edited, sorted or filtered perhaps. `again` are the outcomes whose rows are sent again.

    `escaped` says that it was written as CSV, whatever it was saved as since. `decided` is what was said since about
    its rows in doubt, by (run, row).
    """

    table: Table
    again: frozenset[Outcome]
    escaped: bool
    decided: Mapping[tuple[str, int], Decision] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the input that the report was made of."""
        return tuple(self._plain(self.table.columns[place]) for place in self._inputs)

    def batches(self) -> Iterator[RowBatch]:
        """All rows, in the report's order, numbered as in the file they come from."""
        seen: set[int] = set()
        for chunk in self.table.chunks():
            yield self._part(chunk, seen)

    def told(self) -> Iterator[tuple[dict[str, str], list[str]]]:
        """Every row as it stands: our own cells by their names, then the input's cells."""
        seen: set[int] = set()
        for chunk in self.table.chunks():
            rows, faults = self._numbers(chunk, seen)
            for at, cells in enumerate(replace(chunk, columns=self._input_columns(chunk)).cells()):
                row = 0 if at in faults else rows[at]  # nothing was decided about a row whose number is in doubt
                yield dict(zip(OURS, self._told(chunk, at, row), strict=True)), list(cells)

    def runs(self) -> list[str]:
        """The run ids that stand in `upload_run`."""
        place = self._places["upload_run"]
        return sorted({run.strip() for chunk in self.table.chunks() for run in chunk.columns[place]} - {""})

    def is_of_a_check(self) -> bool:
        """Whether nothing was sent with it: no row names a run, or has an outcome that only sending brings."""
        said = {told["upload_outcome"] for told, _ in self.told()}
        return not self.runs() and said <= {Outcome.UNSENT, Outcome.INVALID, Outcome.DUPLICATE}

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where our own columns stand. Raises TableError when this is no report, or has one of them twice."""
        found = {name: find_column(name, self.table.columns) for name in OURS}
        twice = [name for name in OURS if len(matching_columns(name, self.table.columns)) > 1]
        if twice:
            raise TableError(
                f"{self.table.path.name} has two columns {', '.join(twice)}, and only one is the report's own.",
                "Delete the other one.",
            )
        missing = [name for name in ("upload_row", "upload_outcome", "upload_run") if found[name] is None]
        if missing:
            upload = uploader_command("upload", shell_quote(self.table.path), "--mapping MAP.yaml")
            raise TableError(
                f"{self.table.path.name} is not a report of ours: it has no column {', '.join(missing)}.",
                f"Give the report that an upload wrote, or send the file with `{upload}`.",
            )
        return {name: place for name, place in found.items() if place is not None}

    @cached_property
    def _inputs(self) -> list[int]:
        ours = set(self._places.values())
        return [place for place in range(len(self.table.columns)) if place not in ours]

    def _part(self, chunk: Chunk, seen: set[int]) -> RowBatch:
        rows, faults = self._numbers(chunk, seen)
        settled: dict[int, tuple[str, ...]] = {}
        for at, row in enumerate(rows):
            if at not in faults:
                told = self._told(chunk, at, row)
                if told[1] not in WORDS:
                    faults[at] = Problem(f"upload_outcome {told[1]!r} is not an outcome", OUTCOME_HINT)
                elif Outcome(told[1]) not in self.again:
                    settled[at] = told
        columns = self._input_columns(chunk)
        lines = {at: chunk.rows[at] for at in faults if not rows[at]}
        return RowBatch(replace(chunk, rows=rows, columns=columns, faults={**chunk.faults, **faults}), settled, lines)

    def _input_columns(self, chunk: Chunk) -> list[Sequence[str]]:
        """The cells of the input's columns."""
        columns = [chunk.columns[place] for place in self._inputs]
        return [list(map(unescape_cell, column)) for column in columns] if self.escaped else columns

    def _numbers(self, chunk: Chunk, seen: set[int]) -> tuple[list[int], dict[int, Problem]]:
        """The rows' own numbers; a row without one, or with another row's, can't be sent."""
        rows: list[int] = []
        faults: dict[int, Problem] = {}
        for at, text in enumerate(chunk.columns[self._places["upload_row"]]):
            number = parse_whole_number(text, MAX_ROW) or 0
            if number in seen or not number:
                faults[at] = _misnumbered(text, number)
            seen.add(number)
            rows.append(number)
        return rows, faults

    def _told(self, chunk: Chunk, at: int, row: int) -> tuple[str, ...]:
        """What the report says of a row, or what was decided about it since: the cells of HEAD and TAIL."""
        cells = {
            name: self._plain(chunk.columns[self._places[name]][at]) if name in self._places else "" for name in OURS
        }
        cells["upload_outcome"] = cells["upload_outcome"].strip().casefold()
        decided = self.decided.get((cells["upload_run"].strip(), row))
        if decided and _says_more(decided, cells["upload_outcome"]):
            state = decided.state
            lead_id = "" if state.lead_id is None else str(state.lead_id)
            cells |= {
                "upload_outcome": state.outcome.value,
                "upload_reason": state.reason,
                "upload_hint": state.hint,
                "upload_lead_id": lead_id,
            }
        return tuple(cells.values())

    def _plain(self, cell: str) -> str:
        return unescape_cell(cell) if self.escaped else cell


def _misnumbered(text: str, number: int) -> Problem:
    """What is wrong with an upload_row that is no number (then `number` is 0), or another row's."""
    new = "send new rows with `uploader upload`"
    if number:
        return Problem(f"upload_row {text!r} stands twice in this report", f"Delete the copy, or {new}")
    if not text.strip():
        return Problem("upload_row is empty, as in a row that was added", f"{new.capitalize()}, in a file of their own")
    return Problem("upload_row is not a number", f"Put back the number that the report had there, or {new}")


def _says_more(decided: Decision, outcome: str) -> bool:
    """Whether what was decided is not what a report says already; ids that were put into that by hand stay there.

    A report that says `accepted` where nobody ever decided so was told so by hand, which is a decision as well.
    """
    if outcome == decided.state.outcome:
        return decided.state.lead_id is not None
    return outcome in DECIDABLE and (outcome != Outcome.ACCEPTED or decided.was_accepted)


Source = Spreadsheet | PastReport


def leftover_columns(columns: Sequence[str]) -> list[str]:
    """The columns of a spreadsheet that are named as a report's own: in its report they would be taken for those."""
    return [name for name in columns if fold(name) in FOLDED]
