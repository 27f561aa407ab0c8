"""An input in memory, with what will happen to each row, while someone edits its cells."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from uploader.core.messages import LEFT_OUT_ON_PAGE, earlier_state
from uploader.core.model import EarlierAttempt, Outcome, Problem, RowState
from uploader.mapping.field_plan import Columns, FieldPlan, Template
from uploader.mapping.row_filter import RowFilter
from uploader.mapping.unmatched_texts import SeenCells
from uploader.pipeline.plan import SENT_BY_THIS_RUN, Plan, PlannedRows, RowAction
from uploader.pipeline.planner import Planner
from uploader.pipeline.report_rows import CHECKED, SKIPPED_HINT
from uploader.pipeline.run_warnings import changed_row_warnings, where_warnings
from uploader.report import HEAD, TAIL
from uploader.report.reader import PastReport
from uploader.spreadsheet import Chunk
from uploader.spreadsheet.source import RowBatch, Spreadsheet
from uploader.spreadsheet.table import names_extra_cells

LEAVE_OUT = -1  # the column of a change that leaves a row out, or takes it back in


class Change(NamedTuple):
    """A new text for a cell. Of the column `LEAVE_OUT`: whether the row is left out (not empty) or not (empty).

    Attributes:
        place: The row's position, from 0.
        column: The column's position, from 0.
        text: The new text.
    """

    place: int
    column: int
    text: str


@dataclass(frozen=True)
class _SomeRows(Spreadsheet):
    """A few rows that are already in memory, as a source for the planner."""

    batch: RowBatch

    def batches(self) -> Iterator[RowBatch]:
        yield self.batch


@dataclass
class Worksheet:
    """All rows of an input, planned. An edited row is planned again, without reading the file.

    Attributes:
        planner: Decides what happens to rows.
        numbers: The row number of each row; 0 if a report has lost it.
        cells: The input's cells, column by column.
        problems: Why rows are invalid, by position.
        settled: The cells that a report has for rows that are not sent again, by position.
        left_out: The positions of rows that were left out by hand.
        edited: The positions of rows that were edited.
        earlier: What the report has about rows that are sent again, by position: outcome, reason and hint.
        tails: The last cells of a report's rows, by position.
        duplicates: What keeps rows from being sent, by position: an earlier row with the same lead, or an attempt.
        skipped: Why the mapping's `where` leaves rows out, by position.
    """

    planner: Planner
    numbers: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    problems: dict[int, Sequence[Problem]] = field(default_factory=dict)
    settled: dict[int, tuple[str, ...]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    edited: set[int] = field(default_factory=set)
    earlier: dict[int, RowState] = field(default_factory=dict)
    tails: dict[int, Sequence[str]] = field(default_factory=dict)
    duplicates: dict[int, EarlierAttempt] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)
    _changed: Sequence[str] = ()
    _actions: bytearray = field(default_factory=bytearray)
    _marks: list[bytes | None] = field(default_factory=list)
    _faults: dict[int, Problem] = field(default_factory=dict)

    @property
    def columns(self) -> Sequence[str]:
        """The names of the input's columns."""
        return self.planner.source.columns

    @property
    def plans(self) -> Sequence[FieldPlan]:
        """How each form field is made from the columns."""
        return self.planner.mapper.plans

    @property
    def warnings(self) -> list[str]:
        """What is probably not meant by `where`, and rows of a report that were sent before and were changed since."""
        seen = SeenCells(self.planner.mapper.row_filter or RowFilter(()))
        seen.add(Chunk(self.numbers, self.cells))
        return [*where_warnings([*seen.doubts()], self._actions), *self._changed]

    def read(self, progress: Callable[[int], None]) -> None:
        """Read and plan all rows; `progress` gets the number of rows read so far. Raises TableError."""
        plan = Plan()
        self.cells = [[] for _ in self.columns]
        for planned in self.planner.plan_parts(plan):
            begin = len(self.numbers)
            self.numbers += planned.part.chunk.rows
            for column, cells in zip(self.cells, planned.part.chunk.columns, strict=True):
                column.extend(cells)
            self._marks += planned.fingerprints
            self._actions += planned.actions
            self._faults |= {begin + at: fault for at, fault in planned.part.chunk.faults.items()}
            self.settled |= {begin + at: cells for at, cells in planned.part.settled.items()}
            self._add_facts(range(begin, len(self.numbers)), planned, plan)
            progress(len(self.numbers))
        self._changed = changed_row_warnings(plan)
        if isinstance(self.planner.source, PastReport):
            self._add_earlier(self.planner.source)

    @property
    def ready(self) -> int:
        """The number of rows that will be sent."""
        return self._actions.count(RowAction.SEND) - sum(self._actions[at] == RowAction.SEND for at in self.left_out)

    def to_fix(self) -> list[int]:
        """Return the positions of the rows to look at: invalid ones, and those that did not get through."""
        again = {
            at for at, state in self.earlier.items() if state.outcome is not Outcome.UNSENT and at not in self.edited
        }
        return sorted((self.problems.keys() | again) - self.left_out)

    def state(self, place: int) -> RowState:
        """Return the outcome that a row has before sending, with its reason and a hint."""
        if place in self.left_out:
            return RowState(Outcome.SKIPPED, LEFT_OUT_ON_PAGE)
        if place in self.settled:
            _, outcome, reason, hint = self.settled[place][: len(HEAD)]
            return RowState(Outcome(outcome.strip().casefold()), reason, hint)
        if problems := self.problems.get(place):
            hints = dict.fromkeys(problem.hint for problem in problems if problem.hint)
            return RowState(Outcome.INVALID, "; ".join(problem.text for problem in problems), "; ".join(hints))
        return self._state_of_valid(place)

    def _state_of_valid(self, place: int) -> RowState:
        if place in self.skipped:
            return RowState(Outcome.SKIPPED, self.skipped[place], SKIPPED_HINT)
        if earlier := self.duplicates.get(place):
            return earlier_state(earlier)
        if place in self.earlier and place not in self.edited:
            return self.earlier[place]
        return RowState(Outcome.UNSENT, CHECKED)

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Change cells, and plan their rows again.

        Returns:
            The changes that undo it. Rows that are settled do not change.
        """
        before, places, finds_repeats = [], set[int](), False
        for place, column, text in changes:
            if place in self.settled or not 0 <= place < len(self.numbers) or column >= len(self.cells):
                continue
            before.append(Change(place, column, self._set(place, column, text)))
            places.add(place)
            finds_repeats |= column == LEAVE_OUT
        self._plan_again(sorted(places), finds_repeats=finds_repeats)
        return before[::-1]

    def to_send(self) -> list[int]:
        """Return the positions of the rows that will be sent."""
        return [at for at, action in enumerate(self._actions) if action == RowAction.SEND and at not in self.left_out]

    def columns_of(self, problem: Problem) -> list[int]:
        """Return the positions of the columns that a problem is about."""
        if problem.column in self.columns:
            return [list(self.columns).index(problem.column)]
        source = next((plan.source for plan in self.plans if plan.name == problem.field), None)
        match source:
            case Columns(positions):
                return [*positions]
            case Template(parts):
                return [part for part in parts if isinstance(part, int)]
            case _:
                return []

    def repaired(self, place: int) -> list[int]:
        """Return the positions of a row's cells that are sent repaired."""
        plans = [(plan, plan.source.positions[0]) for plan in self.plans if isinstance(plan.source, Columns)]
        return [at for plan, at in plans if plan.region is None and plan.convert(self.cells[at][place]).notes]

    def _set(self, place: int, column: int, text: str) -> str:
        """Set a cell; return what it was."""
        if column == LEAVE_OUT:
            was = place in self.left_out
            (self.left_out.add if text else self.left_out.discard)(place)
            return "yes" if was else ""
        before, self.cells[column][place] = self.cells[column][place], text
        self.edited.add(place)
        if place in self._faults and names_extra_cells(self._faults[place].message):
            del self._faults[place]  # someone has looked at the shifted row
        return before

    def chunk(self, places: Sequence[int]) -> Chunk:
        """Return the rows at some positions."""
        columns = [[column[place] for place in places] for column in self.cells]
        faults = {at: self._faults[place] for at, place in enumerate(places) if place in self._faults}
        return Chunk([self.numbers[place] for place in places], columns, faults)

    def _plan_again(self, places: Sequence[int], *, finds_repeats: bool) -> None:
        """Plan these rows again, then look again which rows repeat an earlier row's lead, if that can have changed."""
        if not places:
            return
        lines = {at: place + 2 for at, place in enumerate(places) if not self.numbers[place]}
        batch = RowBatch(self.chunk(places), lines=lines)
        source = _SomeRows(self.planner.source.table, batch)
        plan = Plan()
        before = [(self._actions[place], self._marks[place]) for place in places]
        for planned in replace(self.planner, source=source, limit=None).plan_parts(plan):
            for at, place in enumerate(places):
                self._actions[place], self._marks[place] = planned.actions[at], planned.fingerprints[at]
                self.problems.pop(place, None)
                self.duplicates.pop(place, None)
                self.skipped.pop(place, None)
            self._add_facts(places, planned, plan)
        if finds_repeats or before != [(self._actions[place], self._marks[place]) for place in places]:
            self._find_repeats()

    def _add_facts(self, places: Sequence[int], planned: PlannedRows, plan: Plan) -> None:
        """Take over the problems and the earlier attempts of planned rows."""
        mapped = planned.mapped
        without = planned.part.settled.keys() | mapped.skipped.keys()
        self.problems |= {places[at]: found for at, found in mapped.problems.items() if at not in without}
        for at, action in enumerate(planned.actions):
            if action == RowAction.SKIPPED:
                self.skipped[places[at]] = mapped.skipped[at]
            if action in {RowAction.DUPLICATE, RowAction.UNKNOWN}:
                self.duplicates[places[at]] = plan.duplicates[planned.mapped.rows[at]]

    def _find_repeats(self) -> None:
        """Send the first row of each lead only."""
        if self.planner.identity is None or not self.planner.identity.finds_duplicates or self.planner.allow_duplicates:
            return
        first: dict[bytes, int] = {}
        for place, mark in enumerate(self._marks):
            if mark is None or place in self.left_out:
                continue
            action = self._actions[place]
            is_repeat = action == RowAction.DUPLICATE and self.duplicates[place].outcome is Outcome.UNSENT
            if action not in SENT_BY_THIS_RUN and not is_repeat:
                continue
            if (earlier := first.setdefault(mark, place)) != place:
                self._actions[place] = RowAction.DUPLICATE
                self.duplicates[place] = self.planner.earlier_row(self.numbers[earlier])
            elif is_repeat:
                self._actions[place] = RowAction.SEND
                del self.duplicates[place]

    def _add_earlier(self, report: PastReport) -> None:
        """Note what a report says of the rows that are sent again."""
        for place, (cells, _) in enumerate(report.rows()):
            self.tails[place] = [cells[name] for name in TAIL]
            if place not in self.settled and cells["upload_outcome"] in {*Outcome}:
                outcome = Outcome(cells["upload_outcome"])
                self.earlier[place] = RowState(outcome, cells["upload_reason"], cells["upload_hint"])

    def rows_to_send(self) -> Iterator[list[str]]:
        """Yield all rows as a report that `retry` sends: HEAD, the input's cells, TAIL.

        Which rows are duplicates, or left out by `where`, is decided again when they are sent, as it is for an upload.
        """
        for place, number in enumerate(self.numbers):
            inputs = [column[place] for column in self.cells]
            if place in self.settled:
                head, tail = self.settled[place][: len(HEAD)], self.settled[place][len(HEAD) :]
                yield [*head, *inputs, *tail]
                continue
            state = self.state(place)
            if state.outcome in {Outcome.DUPLICATE, Outcome.UNKNOWN} or place in self.skipped:
                state = state._replace(outcome=Outcome.UNSENT, hint="")
            yield [
                str(number or ""),
                state.outcome.value,
                state.reason,
                state.hint,
                *inputs,
                *self.tails.get(place, [""] * len(TAIL)),
            ]
