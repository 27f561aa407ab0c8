"""The canary batch: some leads are sent first, the others only if the platform finds enough of them valid."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError
from uploader.core.model import Lead, Run
from uploader.core.validation_result import LeadResult, Validity
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.context import RunContext
from uploader.pipeline.result_poller import PolledLead, poll_results
from uploader.pipeline.row_cache import Mapped
from uploader.pipeline.worker_pool import next_lead, stopped_by_errors
from uploader.report import step_after_canaries

# The percentage of the canary batch that must be valid unless --canary-pass says otherwise.
DEFAULT_PASS = 80.0


async def draw(leads: Iterator[Lead | None], count: int, stop: StopSignal) -> list[Lead]:
    """Return the next leads, up to `count`. An error before them stops the run, and none is returned."""
    drawn: list[Lead] = []
    with stopped_by_errors(stop):
        while len(drawn) < count and (lead := await next_lead(leads, stop)):
            drawn.append(lead)
    return [] if stop.is_set else drawn


def sent_before(rows: Collection[int], mapped: Iterable[Mapped]) -> list[Lead]:
    """Return the canary leads that a run sent before it was resumed: these rows, with the values of its file."""
    found: list[Lead] = []
    for _, prepared in mapped if rows else ():
        found += [Lead(row, prepared.fields(at) or ()) for at, row in enumerate(prepared.rows) if row in rows]
        if len(found) >= len(rows):
            break
    return found


@dataclass
class CanaryGate:
    """Waits for the results of a run's canary batch, and stops the run if too few leads are valid.

    Attributes:
        context: The open resources.
        run: The run that sent the batch.
        needed: The percentage that must be valid; None for `DEFAULT_PASS`.
        on_result: Gets each result as it comes.
    """

    context: RunContext[Any]
    run: Run
    needed: float | None
    on_result: Callable[[int, LeadResult], None]
    _known: dict[int, LeadResult] = field(default_factory=dict)

    async def judge(self, canaries: Sequence[Lead]) -> None:
        """Stop the run if too few of these leads are valid, otherwise note that the others may be sent.

        A lead that was not accepted, or whose result did not come in time, is not valid. Results that can no longer
        change the decision are not waited for.
        """
        with stopped_by_errors(self.context.stop):
            accepted = self._accepted(canaries)
            pending = [lead for lead in accepted if lead.lead_id not in self._known]
            await poll_results(
                self.context, pending, self._note, lambda: self._is_decided(len(accepted), len(canaries))
            )
            if self._is_enough(self._count(Validity.VALID), len(canaries)):
                self.context.ledger.runs.mark_canaries_passed(self.run.id)
            elif not self.context.stop.is_set:
                self.context.stop.request(self._too_few(len(accepted), len(canaries)))

    def _accepted(self, canaries: Sequence[Lead]) -> list[PolledLead]:
        """Return the leads that were accepted; note the results that the ledger has already."""
        ledger = self.context.ledger
        ledger.attempts.flush()
        states = ledger.rows.states(self.run.id, [lead.row for lead in canaries])
        accepted = [
            PolledLead(lead_id, self.run.publisher, tuple(value for _, value in lead.fields))
            for lead in canaries
            if lead.row in states and (lead_id := states[lead.row].lead_id)
        ]
        known = ledger.results.find(self.context.settings.scope, [lead.lead_id for lead in accepted])
        for lead_id, result in known.items():
            if result.is_settled:
                self._note(lead_id, result)
        return accepted

    def _note(self, lead_id: int, result: LeadResult) -> None:
        self._known[lead_id] = result
        self.on_result(lead_id, result)

    def _count(self, validity: Validity) -> int:
        return Counter(result.validity for result in self._known.values())[validity]

    def _is_enough(self, valid: int, canaries: int) -> bool:
        return valid * 100 >= (DEFAULT_PASS if self.needed is None else self.needed) * canaries

    def _is_decided(self, accepted: int, canaries: int) -> bool:
        """Whether the results that are still to come can't change the decision."""
        possible = accepted - self._count(Validity.INVALID)
        return self._is_enough(self._count(Validity.VALID), canaries) or not self._is_enough(possible, canaries)

    def _too_few(self, accepted: int, canaries: int) -> StoppedError:
        """Return why the other leads are not sent, and what helps: fixing, waiting, or another address."""
        valid, invalid = self._count(Validity.VALID), self._count(Validity.INVALID)
        pending = accepted - valid - invalid
        others = {"invalid": invalid, "without a result": pending, "not accepted": canaries - accepted}
        breakdown = ", ".join(f"{count} {words}" for words, count in others.items() if count)
        needed = DEFAULT_PASS if self.needed is None else self.needed
        why = f"Only {valid} of {canaries} canary leads are valid ({breakdown}); {needed:g}% required."
        if not self._is_enough(accepted - invalid, canaries):
            next_step = step_after_canaries(self.run)
            retry = uploader_command("retry", "REPORT", *next_step.flags)
            return StoppedError(why, f"Fix the cause, then run `{retry}`. {_anyway()}.", next_step)
        reason = next((result.reason for result in self._known.values() if result.reason and not result.is_settled), "")
        if reason:
            return StoppedError(
                f"{why} For some, {reason}.", f"Check UPLOADER_ENDPOINTS__RESULT. {_again()}. {_anyway()}."
            )
        return StoppedError(why, f"Too few results came in time. {_again()}. {_anyway()}.")


def _again() -> str:
    return f"`{uploader_command('resume')}` checks the results again and sends the other leads if enough are valid"


def _anyway() -> str:
    return f"`{uploader_command('resume', '--no-canaries')}` sends the other leads anyway"
