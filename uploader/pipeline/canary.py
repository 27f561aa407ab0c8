"""Canaries: some leads go first, and the rest only if the platform finds enough of them valid."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError, UploaderError
from uploader.core.model import Lead, LeadResult, Run, Validity
from uploader.ledger import Ledger
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.result_poller import Asked, ask
from uploader.pipeline.row_cache import Mapped
from uploader.pipeline.worker_pool import next_lead
from uploader.report import step_after_canaries

# Per cent of the canaries that must be valid where nobody said how many.
ENOUGH = 80.0


async def draw(leads: Iterator[Lead | None], count: int, stop: StopSignal) -> list[Lead]:
    """The first so many leads. A fault of the file before them stops the run, and none is drawn."""
    drawn: list[Lead] = []
    try:
        while len(drawn) < count and (lead := await next_lead(leads, stop)):
            drawn.append(lead)
    except UploaderError as error:
        stop.request(error)
    return [] if stop.is_set else drawn


def sent_before(rows: Collection[int], mapped: Iterable[Mapped]) -> list[Lead]:
    """The canaries that a run sent before it was gone on with: these rows, as they stand in its file."""
    found: list[Lead] = []
    for _, prepared in mapped if rows else ():
        found += [Lead(row, prepared.fields(at) or ()) for at, row in enumerate(prepared.rows) if row in rows]
        if len(found) >= len(rows):
            break
    return found


@dataclass
class CanaryGate:
    """Waits for the results of a run's canaries. `needed` per cent of them must be valid (None: `ENOUGH`); `heard` gets
    each answer as it comes."""

    run: Run
    api: PublisherApi
    stop: StopSignal
    settings: Settings
    ledger: Ledger
    needed: float | None
    heard: Callable[[int, LeadResult], None]
    _known: dict[int, LeadResult] = field(default_factory=dict)

    async def judge(self, canaries: Sequence[Lead]) -> None:
        """Stops the run where too few of these leads are valid, else notes that the rest may go.

        A lead that was not accepted, or whose result did not come in time, is not valid. Nobody waits for a result
        that makes no difference any more.
        """
        try:
            accepted = self._accepted(canaries)
            open_ones = [lead for lead in accepted if lead.lead_id not in self._known]
            context = self.api, self.stop, self.settings, self.ledger
            await ask(open_ones, *context, self._hear, lambda: self._is_decided(len(accepted), len(canaries)))
            if self._is_enough(self._found[Validity.VALID], len(canaries)):
                self.ledger.runs.mark_canaries_passed(self.run.id)
            elif not self.stop.is_set:
                self.stop.request(self._too_few(len(accepted), len(canaries)))
        except UploaderError as error:  # leads were sent, and their report is still to be written
            self.stop.request(error)

    def _accepted(self, canaries: Sequence[Lead]) -> list[Asked]:
        """Those that were accepted; what the ledger has of their results is heard at once."""
        self.ledger.attempts.flush()
        states = self.ledger.rows.states(self.run.id, [lead.row for lead in canaries])
        accepted = [
            Asked(lead_id, self.run.publisher, tuple(value for _, value in lead.fields))
            for lead in canaries
            if lead.row in states and (lead_id := states[lead.row].lead_id)
        ]
        for lead_id, result in self.ledger.results.find(
            self.settings.scope, [lead.lead_id for lead in accepted]
        ).items():
            if result.is_settled:
                self._hear(lead_id, result)
        return accepted

    def _hear(self, lead_id: int, result: LeadResult) -> None:
        self._known[lead_id] = result
        self.heard(lead_id, result)

    @property
    def _found(self) -> Counter[Validity]:
        return Counter(result.validity for result in self._known.values())

    def _is_enough(self, valid: int, canaries: int) -> bool:
        return valid * 100 >= (ENOUGH if self.needed is None else self.needed) * canaries

    def _is_decided(self, accepted: int, canaries: int) -> bool:
        """Whether the results that are still to come can't change anything."""
        valid, invalid = self._found[Validity.VALID], self._found[Validity.INVALID]
        return self._is_enough(valid, canaries) or not self._is_enough(accepted - invalid, canaries)

    def _too_few(self, accepted: int, canaries: int) -> StoppedError:
        """Why the rest stays, and what helps: other leads, patience, or another address."""
        valid, invalid = self._found[Validity.VALID], self._found[Validity.INVALID]
        pending = accepted - valid - invalid
        others = {"invalid": invalid, "without a verdict": pending, "not accepted": canaries - accepted}
        told = ", ".join(f"{count} {words}" for words, count in others.items() if count)
        needed = ENOUGH if self.needed is None else self.needed
        why = f"Of {canaries} canaries {valid} are valid ({told}); {needed:g} % were asked for."
        if not self._is_enough(accepted - invalid, canaries):
            next_step = step_after_canaries(self.run)
            again = uploader_command("retry", "REPORT", *next_step.flags)
            return StoppedError(why, f"Mend what is wrong, then `{again}`; {_anyway()}.", next_step)
        untold = next((result.reason for result in self._known.values() if result.reason and not result.is_settled), "")
        if untold:
            return StoppedError(
                f"{why} Of some {untold}.", f"Look at UPLOADER_ENDPOINTS__RESULT; {_again()}, {_anyway()}."
            )
        return StoppedError(why, f"Too few verdicts came in time: {_again()}, {_anyway()}.")


def _again() -> str:
    return f"`{uploader_command('resume')}` asks again and sends the rest if enough are valid"


def _anyway() -> str:
    return f"`{uploader_command('resume', '--no-canaries')}` sends the rest anyway"
