"""Polls the platform for the results of accepted leads, with growing pauses, until all are known or time is up."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from uploader.api.hints import result_hint
from uploader.api.publisher import PublisherApi, RepeatedServerError
from uploader.core.messages import NO_RESULT_RETURNED
from uploader.core.redaction import redact
from uploader.core.validation_result import LeadResult, Validity
from uploader.pipeline.cancellation import StopRequested, StopSignal
from uploader.pipeline.context import RunContext
from uploader.pipeline.worker_pool import as_uploader_error

# One lead's result may be broken on the platform. This many failures in a row, per worker, mean the platform is.
MAX_CONSECUTIVE_FAILURES_PER_WORKER = 3

# Each pause is this many times the one before; none is longer than this: seconds.
GROWTH, LONGEST = 1.7, 120.0


@dataclass(frozen=True, slots=True)
class PolledLead:
    """An accepted lead whose result is not known yet.

    Attributes:
        lead_id: Its id on the platform.
        publisher: The publisher that sent it.
        values: The row's cells: they are removed from the reasons that are kept.
    """

    lead_id: int
    publisher: int | None
    values: tuple[str, ...] = ()


@dataclass
class ResultPoller:
    """Asks for results in rounds.

    Attributes:
        api: The platform.
        stop: Ends the polling early.
        concurrency: Number of requests at once.
        pause: Seconds before the second round.
        patience: Seconds that all rounds may take together.
        on_result: Gets every result as it comes.
        is_enough: Whether no further round is needed.
    """

    api: PublisherApi
    stop: StopSignal
    concurrency: int
    pause: float
    patience: float
    on_result: Callable[[PolledLead, LeadResult], None]
    is_enough: Callable[[], bool] = lambda: False
    _consecutive_failures: int = 0

    async def poll(self, leads: Iterable[PolledLead]) -> list[PolledLead]:
        """Return the leads that are still being processed when time is up or the run stops."""
        pending = list(leads)
        waited, pause = 0.0, self.pause
        began = self.stop.now()
        while pending := await self._round(pending):
            waited = self.stop.now() - began
            if self.stop.is_set or self.is_enough() or waited + pause > self.patience:
                break
            try:
                await self.stop.sleep(pause)
            except StopRequested:
                break
            pause = min(pause * GROWTH, LONGEST)
        return pending

    async def _round(self, leads: list[PolledLead]) -> list[PolledLead]:
        """Ask for each lead once; return those that are still pending."""
        pending: list[PolledLead] = []
        stream = iter(leads)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(leads))):
                group.create_task(self._work(stream, pending))
        return pending + list(stream)

    async def _work(self, leads: Iterator[PolledLead], pending: list[PolledLead]) -> None:
        while not self.stop.is_set and (lead := next(leads, None)):
            try:
                result = await self._result(lead)
                self.on_result(lead, result)
            except StopRequested:
                pending.append(lead)
                return
            except Exception as error:  # noqa: BLE001 - leads were sent, and their report is still to be written
                self.stop.request(as_uploader_error(error))
                pending.append(lead)
                return
            if result.is_awaited:
                pending.append(lead)

    async def _result(self, lead: PolledLead) -> LeadResult:
        """Return the platform's result, or pending where it fails for this lead alone.

        Raises:
            UploaderError: The platform fails for every lead.
            StopRequested: The run is stopping.
        """
        try:
            result = await self.api.lead_result(lead.publisher, lead.lead_id)
        except RepeatedServerError as error:
            self._consecutive_failures += 1
            if self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES_PER_WORKER * self.concurrency:
                raise
            return LeadResult(Validity.PENDING, f"{NO_RESULT_RETURNED}: {error.reason}")
        self._consecutive_failures = 0
        return result


async def poll_results(
    context: RunContext[Any],
    leads: list[PolledLead],
    on_result: Callable[[int, LeadResult], None],
    is_enough: Callable[[], bool] = lambda: False,
) -> list[PolledLead]:
    """Poll for the results of leads and keep each in the ledger, without the lead's own values.

    Args:
        context: The open resources.
        leads: The leads to ask for.
        on_result: Gets each lead's id and its result in the platform's own words.
        is_enough: Whether no further round is needed.

    Returns:
        The leads that are still being processed in the end.
    """

    def note(lead: PolledLead, result: LeadResult) -> None:
        hint = result_hint(result.reason) if result.validity is Validity.INVALID else ""
        kept = LeadResult(result.validity, redact(result.reason, lead.values), hint)
        context.ledger.results.record(context.settings.scope, lead.lead_id, kept, replaces=kept.is_statement)
        on_result(lead.lead_id, replace(result, hint=hint))

    settings = context.settings
    poller = ResultPoller(
        context.api,
        context.stop,
        settings.concurrency,
        settings.result_pause,
        settings.result_patience,
        note,
        is_enough,
    )
    return await poller.poll(leads)
