"""The report's rows: what the file says, joined with what the ledger knows; and what they add up to."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from uploader.core.errors import NextStep, UploaderError
from uploader.core.messages import UNSENT_HINT
from uploader.core.model import LeadResult, Outcome, Problem, RowState, Run
from uploader.ledger import Ledger
from uploader.mapping.row_mapper import MappedRows
from uploader.pipeline.plan import Plan, Planner, RowAction
from uploader.report import HEAD, TAIL, ReportContext, next_step_of, utc
from uploader.spreadsheet.source import RowBatch

RUN = TAIL.index("upload_run")
LIMITED = "left for later by --limit"
CHECKED = "it would be sent"
OUTCOMES = {outcome.value: outcome for outcome in Outcome}


class ReportRows:
    """Iterates once over the rows of a report, and counts their outcomes on the way into `counts`; `unknown` has the
    rows in doubt by the run that sent them."""

    def __init__(
        self,
        surveyor: Planner,
        survey: Plan,
        ledger: Ledger,
        run: str | None,
        stopped: UploaderError | None,
        *,
        scope: str = "",
        warns: bool = True,
    ) -> None:
        self._surveyor = surveyor
        self._survey = survey
        self._ledger = ledger
        self._run = run
        self._stopped = stopped
        self._scope = scope
        self._warns = warns
        self._results: Mapping[int, LeadResult] = {}
        self._foreseen: Mapping[int, list[str]] = {}
        self.counts: Counter[Outcome] = Counter()
        self.unknown: dict[str, list[int]] = {}

    def __iter__(self) -> Iterator[list[str]]:
        fates = iter(self._survey.fates)
        for part, prepared in itertools.islice(self._surveyor.mapped, self._survey.parts):
            states = self._ledger.rows.states(self._run, prepared.rows) if self._run else {}
            self._results = self._ledger.results.find(
                self._scope, [state.lead_id for state in states.values() if state.lead_id]
            )
            self._foreseen = prepared.foreseen if self._warns else {}
            for at, (row, inputs, fate) in enumerate(zip(prepared.rows, part.chunk.cells(), fates, strict=False)):
                state = None if at in part.chunk.faults else states.get(row)  # a copied row is not the one it copies
                head, tail = self._told(part, prepared, at, fate, state)
                self.counts[OUTCOMES[head[1]]] += 1
                if head[1] == Outcome.UNKNOWN:
                    self.unknown.setdefault(tail[RUN], []).append(int(head[0]))
                yield [*head, *inputs, *tail]

    def _told(
        self, part: RowBatch, prepared: MappedRows, at: int, fate: int, state: RowState | None
    ) -> tuple[Sequence[str], Sequence[str]]:
        """HEAD and TAIL of a row."""
        if fate == RowAction.SETTLED:
            cells = part.settled[at]
            outcome = cells[1].strip().casefold()
            return (cells[0], outcome, *cells[2 : len(HEAD)]), cells[len(HEAD) :]
        state = state or self._without_attempt(prepared.rows[at], fate, prepared.problems.get(at, ()))
        head = (str(prepared.rows[at] or ""), state.outcome.value, state.reason, state.hint)
        tail = (
            "" if state.lead_id is None else str(state.lead_id),
            "" if state.status is None else str(state.status),
            str(state.attempts) if state.attempts else "",
            utc(state.sent) if state.sent is not None else "",
            self._run or "",
            "; ".join([*prepared.notes.get(at, ()), *self._foreseen.get(at, ())]),
            *result_cells(self._results.get(state.lead_id or 0)),
        )
        return head, tail

    def _without_attempt(self, row: int, fate: int, problems: Sequence[Problem]) -> RowState:
        """Of a row that was never sent."""
        if fate == RowAction.INVALID:
            return RowState(Outcome.INVALID, _joined(problems), _hints(problems))
        if fate == RowAction.DUPLICATE:
            return self._survey.duplicate_state(row)
        if self._run is None:
            return RowState(Outcome.UNSENT, CHECKED)
        if fate == RowAction.LIMITED:
            return RowState(Outcome.UNSENT, LIMITED, UNSENT_HINT)
        why = self._stopped.message if self._stopped else "the run ended before its turn"
        return RowState(Outcome.UNSENT, f"not sent: {why}", UNSENT_HINT)


def context_of_run(
    run: Run, ledger: Ledger, fixes: Mapping[str, str] | None = None, next_step: NextStep | None = None
) -> ReportContext:
    """What a report tells of a run that the ledger knows; how it goes on may be known better."""
    return ReportContext(
        Path(run.file),
        mapping=Path(run.mapping_path),
        run=run,
        stopped=ledger.runs.stop_reason(run.id) or "",
        is_sandbox=run.in_sandbox,
        next_step=next_step or next_step_of(run),
        fixes=fixes,
        slowest=ledger.rows.slowest(run.id),
    )


def result_cells(known: LeadResult | None) -> tuple[str, str]:
    """What a report says of a lead's result: the finding, and its reason with our hint."""
    if known is None:
        return "", ""
    return known.validity.value, f"{known.reason} ({known.hint})" if known.hint else known.reason


def counted(survey: Plan) -> Counter[Outcome]:
    """The outcomes that a check foresees; what would be sent counts as unsent."""
    unsent = survey.count(RowAction.SEND) + survey.count(RowAction.LIMITED)
    of_fates = {Outcome.INVALID: survey.count(RowAction.INVALID), Outcome.DUPLICATE: survey.count(RowAction.DUPLICATE)}
    return survey.settled + Counter({**of_fates, Outcome.UNSENT: unsent})


def exit_code(counts: Mapping[Outcome, int], stopped: UploaderError | None, *, check: bool = False) -> int:
    """The contract's exit code for a whole report; where several hold: 130, 4, 5, 6, 1."""
    if stopped:
        return stopped.exit_code if stopped.exit_code in {130, 4} else 5
    if counts.get(Outcome.UNKNOWN):
        return 6
    bad = {Outcome.REJECTED, Outcome.INVALID, Outcome.FAILED} | (set() if check else {Outcome.UNSENT})
    return 1 if any(counts.get(outcome) for outcome in bad) else 0


def _joined(problems: Sequence[Problem]) -> str:
    return "; ".join(problem.text for problem in problems)


def _hints(problems: Sequence[Problem]) -> str:
    hints = list(dict.fromkeys(problem.hint.rstrip(".") for problem in problems if problem.hint))
    return f"{'; '.join(hints)}, then `uploader retry` this report" if hints else "Mend the row, then `uploader retry`"
