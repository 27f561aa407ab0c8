"""Stopping a command: what it means depends on how far the command has come."""

import asyncio
import signal

import pytest

from uploader.core.errors import StoppedError
from uploader.pipeline.cancellation import Interrupted, Phase, StopSignal, interruptible


async def test_phase_follows_the_run() -> None:
    stop = StopSignal()
    assert stop.phase is Phase.PREPARING
    with interruptible(stop):
        assert stop.phase is Phase.SENDING
    assert stop.phase is Phase.FINISHING


@pytest.mark.parametrize("from_signals", [True, False])
async def test_signal_handlers_are_replaced_only_if_signals_request_the_stop(from_signals: bool) -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible(StopSignal(from_signals=from_signals)):
        assert (signal.getsignal(signal.SIGINT) is not before) is from_signals
    assert signal.getsignal(signal.SIGINT) is before


async def test_second_interruption_that_comes_too_late_cancels_nothing_else() -> None:
    """What was to be canceled has ended by then: the report is written, and what follows is not canceled."""
    stop = StopSignal()
    with interruptible(stop) as interruption:
        interruption._handle(signal.SIGINT, None)
        interruption._handle(signal.SIGINT, None)
        stop.phase = Phase.FINISHING
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert isinstance(stop.error, Interrupted)


async def test_second_interruption_cancels_what_is_under_way() -> None:
    with interruptible(StopSignal()) as interruption:
        interruption._handle(signal.SIGINT, None)
        interruption._handle(signal.SIGINT, None)
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(60)


def test_the_first_reason_wins_except_for_an_interruption() -> None:
    stop = StopSignal()
    stop.raise_error()
    for reason in (StoppedError("closed"), StoppedError("down"), Interrupted("Interrupted."), StoppedError("late")):
        stop.request(reason)
    with pytest.raises(Interrupted):
        stop.raise_error()
