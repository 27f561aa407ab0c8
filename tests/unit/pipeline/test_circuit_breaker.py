"""The circuit breaker: bounded harm when nothing comes back."""

import asyncio

import pytest

from tests.support.stop_signal import NoWait
from uploader.core.errors import StoppedError
from uploader.pipeline.circuit_breaker import MAX_FAILURES, MAX_ROUNDS, CircuitBreaker


def answers(*said: bool):
    left = list(said)

    async def probe() -> bool:
        return left.pop(0) if len(left) > 1 else left[0]

    return probe


async def test_two_troubles_change_nothing() -> None:
    stop = NoWait()
    breaker = CircuitBreaker(answers(False), stop, 60)
    for _ in range(MAX_FAILURES - 1):
        await breaker.record_failure("no response")
    breaker.record_success()
    for _ in range(MAX_FAILURES - 1):
        await breaker.record_failure("no response")
    assert stop.slept == []


async def test_a_platform_that_comes_back_is_gone_on_with() -> None:
    stop = NoWait()
    breaker = CircuitBreaker(answers(False, False, True), stop, 60)
    for _ in range(MAX_FAILURES):
        await breaker.record_failure("no response")
    assert stop.slept == [0.5, 1.0, 2.0]


async def test_a_platform_that_stays_away_stops_the_run() -> None:
    stop = NoWait()
    breaker = CircuitBreaker(answers(False), stop, 60)
    for _ in range(MAX_FAILURES - 1):
        await breaker.record_failure("no response")
    with pytest.raises(StoppedError, match="no response"):
        await breaker.record_failure("no response")
    assert sum(stop.slept) == 60


async def test_a_platform_that_only_looks_well_costs_a_few_leads() -> None:
    breaker = CircuitBreaker(answers(True), NoWait(), 60)
    for _ in range(MAX_FAILURES + MAX_ROUNDS - 1):
        await breaker.record_failure("HTTP 500")
    with pytest.raises(StoppedError, match="HTTP 500"):
        await breaker.record_failure("HTTP 500")


async def test_only_one_worker_tries_while_the_way_is_closed() -> None:
    breaker = CircuitBreaker(answers(True), NoWait(), 60)
    entered: list[str] = []

    async def prober() -> None:
        for _ in range(MAX_FAILURES):
            await breaker.record_failure("no response")
        await breaker.enter()
        entered.append("prober")
        await asyncio.sleep(0)
        breaker.record_success()

    async def other() -> None:
        await asyncio.sleep(0)
        await breaker.enter()
        entered.append("other")

    await asyncio.gather(prober(), other(), other())
    assert entered == ["prober", "other", "other"]


async def test_a_prober_without_leads_lets_another_try() -> None:
    breaker = CircuitBreaker(answers(True), NoWait(), 60)

    async def prober() -> None:
        for _ in range(MAX_FAILURES):
            await breaker.record_failure("no response")
        breaker.leave()

    await asyncio.create_task(prober())
    async with asyncio.timeout(1):
        assert await breaker.enter() is None


async def test_worker_that_waits_does_not_keep_the_program_busy(monkeypatch) -> None:
    waits = 0
    wait = NoWait.wait

    async def counting(stop: NoWait, event: asyncio.Event, seconds: float) -> None:
        nonlocal waits
        waits += 1
        await wait(stop, event, seconds)

    monkeypatch.setattr(NoWait, "wait", counting)
    breaker = CircuitBreaker(answers(True), NoWait(), 60)
    breaker.record_success()
    for _ in range(MAX_FAILURES):
        await breaker.record_failure("no response")
    waiting = asyncio.create_task(breaker.enter())
    for _ in range(50):
        await asyncio.sleep(0)
    assert waits == 1
    breaker.record_success()
    await waiting
