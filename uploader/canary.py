"""Canaries: some leads go first, and the rest only if the platform finds enough of them valid."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from uploader.api import PublisherApi
from uploader.asking import Asked, ask
from uploader.errors import StoppedError, UploaderError
from uploader.leadresult import Finding, LeadResult
from uploader.ledger import Ledger
from uploader.model import Lead, Run
from uploader.pool import next_lead
from uploader.settings import Settings
from uploader.stop import Stop

# Per cent of the canaries that must be valid where nobody said how many.
ENOUGH = 80.0


async def draw(leads: Iterator[Lead | None], count: int, stop: Stop) -> list[Lead]:
    """The first so many leads. A fault of the file before them stops the run, and none is drawn."""
    drawn: list[Lead] = []
    try:
        while len(drawn) < count and (lead := await next_lead(leads, stop)):
            drawn.append(lead)
    except UploaderError as error:
        stop.because(error)
    return [] if stop.is_set else drawn


async def judge(
    leads: Sequence[Lead],
    needed: float | None,
    run: Run,
    api: PublisherApi,
    stop: Stop,
    settings: Settings,
    ledger: Ledger,
    heard: Callable[[int, LeadResult], None],
) -> None:
    """Waits for the results of leads that were sent, and stops the run where fewer than `needed` per cent are valid.

    A lead that was not accepted, or whose result did not come in time, is not valid.
    """
    needed = ENOUGH if needed is None else needed
    ledger.flush()
    states = ledger.states(run.id, [lead.row for lead in leads])
    accepted = [
        Asked(lead_id, run.publisher, tuple(value for _, value in lead.fields))
        for lead in leads
        if lead.row in states and (lead_id := states[lead.row].lead_id)
    ]
    pending = await ask(accepted, api, stop, settings, ledger, heard)
    known = ledger.results(settings.scope, [lead.lead_id for lead in accepted])
    found = Counter(result.finding for result in known.values())
    if not stop.is_set and found[Finding.VALID] * 100 < needed * len(leads):
        stop.because(_too_few(found, len(pending), len(leads), needed))


def _too_few(found: Counter[Finding], pending: int, sent: int, needed: float) -> StoppedError:
    others = [f"{found[Finding.INVALID]} invalid", f"{pending} still pending"]
    rest = sent - found[Finding.VALID] - found[Finding.INVALID] - pending
    told = ", ".join([*others, *([f"{rest} not accepted"] if rest else [])])
    hint = "The reasons are in the report. Mend it and `uploader retry` it; `uploader resume` sends the rest anyway."
    if (found[Finding.VALID] + pending) * 100 >= needed * sent:
        hint = (
            "Too few verdicts came in time: ask again with `uploader results`, then `uploader resume` sends the rest."
        )
    return StoppedError(
        f"Of {sent} canaries {found[Finding.VALID]} are valid ({told}); {needed:g} % were asked for.", hint
    )
