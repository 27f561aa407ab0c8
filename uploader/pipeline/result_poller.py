"""Asks the platform what became of accepted leads, again and again with growing pauses, until all is known or time is
over."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from uploader.api.hints import result_hint
from uploader.api.publisher import PublisherApi, RepeatedServerError
from uploader.config.settings import Settings
from uploader.core.model import LeadResult, Validity
from uploader.core.redaction import redact
from uploader.ledger import Ledger
from uploader.pipeline.cancellation import StopRequested, StopSignal
from uploader.pipeline.worker_pool import as_uploader_error

# One lead's result may be broken on the platform; where so many workers' leads in a row are, the platform is.
MAX_CONSECUTIVE_FAILURES = 3

# Each round's pause is so many times the one before; none is longer than this: seconds.
GROWTH, LONGEST = 1.7, 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """An accepted lead whose result is not known yet. `values` are the row's cells: reasons are kept without them."""

    lead_id: int
    publisher: int
    values: tuple[str, ...] = ()


@dataclass
class ResultPoller:
    """Asks with `concurrency` requests at once. `pause` is the first round's, in seconds; `patience` the longest that
    all rounds may take; `heard` gets every answer as it comes; no further round begins once there `is_enough`."""

    api: PublisherApi
    stop: StopSignal
    concurrency: int
    pause: float
    patience: float
    heard: Callable[[Asked, LeadResult], None]
    is_enough: Callable[[], bool] = lambda: False
    _fruitless: int = 0

    async def ask(self, leads: Iterable[Asked]) -> list[Asked]:
        """Returns those that the platform is still at when time is over or the run stops."""
        open_ones = list(leads)
        waited, pause = 0.0, self.pause
        began = self.stop.now()
        while open_ones := await self._round(open_ones):
            waited = self.stop.now() - began
            if self.stop.is_set or self.is_enough() or waited + pause > self.patience:
                break
            try:
                await self.stop.sleep(pause)
            except StopRequested:
                break
            pause = min(pause * GROWTH, LONGEST)
        return open_ones

    async def _round(self, leads: list[Asked]) -> list[Asked]:
        """Asks for each lead once; those that are still pending."""
        pending: list[Asked] = []
        stream = iter(leads)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(leads))):
                group.create_task(self._work(stream, pending))
        return pending + list(stream)

    async def _work(self, leads: Iterator[Asked], pending: list[Asked]) -> None:
        while not self.stop.is_set and (lead := next(leads, None)):
            try:
                result = await self._result(lead)
                self.heard(lead, result)
            except StopRequested:
                pending.append(lead)
                return
            except Exception as error:  # noqa: BLE001 - leads were sent, and their report is still to be written
                self.stop.request(as_uploader_error(error))
                pending.append(lead)
                return
            if result.is_awaited:
                pending.append(lead)

    async def _result(self, lead: Asked) -> LeadResult:
        """What the platform says; if it can say nothing about a lead, that. Raises UploaderError, StopRequested."""
        try:
            result = await self.api.lead_result(lead.publisher, lead.lead_id)
        except RepeatedServerError as error:
            self._fruitless += 1
            if self._fruitless >= MAX_CONSECUTIVE_FAILURES * self.concurrency:
                raise
            return LeadResult(Validity.PENDING, f"the platform returned no result: {error.reason}")
        self._fruitless = 0
        return result


async def ask(
    leads: list[Asked],
    api: PublisherApi,
    stop: StopSignal,
    settings: Settings,
    ledger: Ledger,
    heard: Callable[[int, LeadResult], None],
    is_enough: Callable[[], bool] = lambda: False,
) -> list[Asked]:
    """Asks for leads and notes every answer, without a lead's own words; those that are still pending in the end.

    `heard` gets the ids, and the answers in the platform's own words; no further round begins once there `is_enough`.
    """

    def note(lead: Asked, result: LeadResult) -> None:
        hint = result_hint(result.reason) if result.validity is Validity.INVALID else ""
        kept = LeadResult(result.validity, redact(result.reason, lead.values), hint)
        ledger.results.record(settings.scope, lead.lead_id, kept)
        heard(lead.lead_id, replace(result, hint=hint))

    asker = ResultPoller(
        api, stop, settings.concurrency, settings.result_pause, settings.result_patience, note, is_enough
    )
    return await asker.ask(leads)
