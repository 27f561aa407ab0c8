"""The rows of a run's report: the input's rows, joined with what the ledger knows of them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uploader.core.errors import NextStep, UploaderError
from uploader.core.messages import THEN_RETRY, UNSENT_HINT
from uploader.core.model import Outcome, Problem, RowState, Run
from uploader.core.validation_result import LeadResult
from uploader.ledger import Ledger
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import MappedRows
from uploader.pipeline.plan import Plan, RowAction
from uploader.pipeline.planner import Planner
from uploader.pipeline.report_output import name_columns
from uploader.report import HEAD, ReportContext, next_step_of, utc
from uploader.spreadsheet.source import RowBatch

LIMITED = "left for later by --limit"
CHECKED = "it would be sent"
SKIPPED_HINT = "No action needed. To send it, correct the spreadsheet or `where`, then upload it again"

# A spreadsheet cell holds 32,767 UTF-16 units; a longer result reason is cut, with a note, well below that.
LONGEST_REASON = 16_000


@dataclass(frozen=True)
class _BatchFacts:
    """What is known about a batch's rows: states by row number, results by lead id, warnings by position."""

    states: Mapping[int, RowState] = field(default_factory=dict)
    results: Mapping[int, LeadResult] = field(default_factory=dict)
    warnings: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportRows:
    """The rows of a report, in file order: HEAD, the input's cells, TAIL. May be iterated several times.

    Attributes:
        planner: Reads and maps the input again.
        plan: What was decided about each row.
        ledger: What was sent and what became of it.
        run: The run's id; None for a check.
        stopped: Why the run ended before its end.
        scope: The enterprise whose results are looked up.
        warns: Whether the quality warnings are shown.
        messages: The platform's own words by row, as far as they are known.
    """

    planner: Planner
    plan: Plan
    ledger: Ledger
    run: str | None
    stopped: UploaderError | None
    scope: str = ""
    warns: bool = True
    messages: Mapping[int, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[list[str]]:
        """Yield every row. Raises TableError when the input can't be read again."""
        actions = iter(self.plan.actions)
        for part, mapped in itertools.islice(self.planner.mapped, self.plan.parts):
            facts = self._facts(mapped)
            for at, (inputs, action) in enumerate(zip(part.chunk.cells(), actions, strict=False)):
                if action == RowAction.SETTLED:
                    head, tail = _settled_cells(part.settled[at])
                else:
                    head, tail = self._own_cells(part, mapped, at, action, facts)
                yield [*head, *inputs, *tail]

    def _facts(self, mapped: MappedRows) -> _BatchFacts:
        warnings = mapped.quality_warnings if self.warns else {}
        if self.run is None:
            return _BatchFacts(warnings=warnings)
        states = self.ledger.rows.states(self.run, mapped.rows)
        lead_ids = [state.lead_id for state in states.values() if state.lead_id]
        return _BatchFacts(states, self.ledger.results.find(self.scope, lead_ids), warnings)

    def _own_cells(
        self, part: RowBatch, mapped: MappedRows, at: int, action: int, facts: _BatchFacts
    ) -> tuple[Sequence[str], Sequence[str]]:
        """Return HEAD and TAIL of a row that this run decided about."""
        row = mapped.rows[at]
        known = None if at in part.chunk.faults else facts.states.get(row)  # a copied row is not the one it copies
        state = known or self._state_without_attempt(mapped, at, action)
        reason = self.messages.get(row, state.reason) if known else state.reason
        head = (str(row or ""), state.outcome.value, reason, state.hint)
        tail = (
            _text(state.lead_id),
            _text(state.status),
            str(state.attempts) if state.attempts else "",
            utc(state.sent) if state.sent is not None else "",
            self.run or "",
            "; ".join([*mapped.notes.get(at, ()), *facts.warnings.get(at, ())]),
            *result_cells(facts.results.get(state.lead_id or 0)),
        )
        return head, tail

    def _state_without_attempt(self, mapped: MappedRows, at: int, action: int) -> RowState:
        """Return the state of a row that this run never sent."""
        row = mapped.rows[at]
        if action == RowAction.SKIPPED:
            return RowState(Outcome.SKIPPED, mapped.skipped[at], SKIPPED_HINT)
        if action == RowAction.INVALID:
            problems = mapped.problems[at]
            return RowState(Outcome.INVALID, "; ".join(problem.text for problem in problems), _hints(problems))
        if action in {RowAction.DUPLICATE, RowAction.UNKNOWN}:
            return self.plan.duplicate_state(row)
        if self.run is None:
            return RowState(Outcome.UNSENT, CHECKED)
        if action == RowAction.LIMITED:
            return RowState(Outcome.UNSENT, LIMITED, UNSENT_HINT)
        why = self.stopped.message if self.stopped else "the run ended before its turn"
        return RowState(Outcome.UNSENT, f"not sent: {why}", UNSENT_HINT)


def context_of_run(
    run: Run, ledger: Ledger, fixes: Mapping[str, str] | None = None, next_step: NextStep | None = None
) -> ReportContext:
    """Return what a report shows of a run that is in the ledger.

    Args:
        run: The run.
        ledger: Knows how the run ended.
        fixes: YAML for the mapping, by the sentence that says where, for the page.
        next_step: How to continue the run, where the caller knows it better than the ledger.
    """
    return ReportContext(
        Path(run.file),
        mapping=Path(run.mapping_path),
        run=run,
        stopped=ledger.runs.stop_reason(run.id) or "",
        is_sandbox=run.in_sandbox,
        next_step=next_step or next_step_of(run),
        fixes=fixes,
        slowest=ledger.rows.slowest(run.id),
        name_columns=_name_columns(run),
    )


def _name_columns(run: Run) -> tuple[str, ...]:
    if run.is_purged or not run.shows_names:
        return ()
    return name_columns(parse_mapping(run.mapping, Path(run.mapping_path)))


def result_cells(result: LeadResult | None) -> tuple[str, str]:
    """Return the cells of a lead's result: its validity, and the reason with a hint. A very long reason is cut."""
    if result is None:
        return "", ""
    reason = result.reason
    if len(reason) > LONGEST_REASON:
        reason = f"{reason[:LONGEST_REASON]}… (cut: {len(result.reason):,} characters do not fit into a cell)"
    return result.validity.value, f"{reason} ({result.hint})" if result.hint else reason


def _settled_cells(cells: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return HEAD and TAIL of a row that keeps what the earlier report says."""
    return (cells[0], cells[1].strip().casefold(), *cells[2 : len(HEAD)]), cells[len(HEAD) :]


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _hints(problems: Sequence[Problem]) -> str:
    hints = list(dict.fromkeys(problem.hint.rstrip(".") for problem in problems if problem.hint))
    return f"{'. '.join(hints or ['Fix the row'])}, {THEN_RETRY}"
