"""A job runs on a thread of its own; Ctrl-C and cancellation stop it in order."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from uploader.core.errors import RESUME_STEP, RETRY_STEP, FitError, StoppedError
from uploader.pipeline.cancellation import Phase, StopRequested, StopSignal, interruptible
from uploader.python.background import Job
from uploader.python.interruption import RunInterrupted


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(autouse=True)
def _default_handler():
    """As in a program that has set no handler."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def stopped(stop: StopSignal) -> None:
    """Return as soon as the stop was requested."""
    with suppress(StopRequested):
        await stop.sleep(60)


async def sending(job: Job[str], *, presses: int) -> str:
    """Send until the run is stopped; with two presses a request never ends by itself."""
    stop = job.new_stop_signal()
    with interruptible(stop):
        press_ctrl_c()
        await stopped(stop)
        if presses > 1:
            press_ctrl_c()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)
    assert stop.phase is Phase.FINISHING
    return "report"


def test_result_and_error_reach_the_caller() -> None:
    async def fine(job: Job[int]) -> int:
        return threading.get_ident()

    async def wrong(job: Job[int]) -> int:
        raise FitError("It does not fit.", "Fix it.", ["row 2"])

    assert Job(fine).run() != threading.get_ident()
    with pytest.raises(FitError) as raised:
        Job(wrong).run()
    assert raised.value.__notes__ == ["row 2", "Fix it."]


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_while_sending_keeps_the_result(presses) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RunInterrupted) as raised:
        Job(lambda job: sending(job, presses=presses)).run()
    assert raised.value.result == "report"
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_before_sending_cancels() -> None:
    async def waiting(job: Job[str]) -> str:
        press_ctrl_c()
        await asyncio.sleep(60)
        return "report"

    with pytest.raises(KeyboardInterrupt, match="Nothing was sent") as raised:
        Job(waiting).run()
    assert raised.value.result is None


@pytest.mark.parametrize("fails", [False, True])
def test_ctrl_c_after_sending_does_not_claim_that_nothing_was_sent(fails) -> None:
    async def sent(job: Job[str]) -> str:
        with interruptible(job.new_stop_signal()):
            pass
        job.new_stop_signal()  # of the results
        press_ctrl_c()
        if fails:
            raise StoppedError("The report can't be made.")
        await asyncio.sleep(60)
        return "report"

    with pytest.raises(RunInterrupted, match=r"^Interrupted\. Leads may have been sent") as raised:
        Job(sent).run()
    assert raised.value.result is None
    assert isinstance(raised.value.__cause__, StoppedError) is fails


def test_ctrl_c_in_a_long_step_without_waiting() -> None:
    async def reading(job: Job[str]) -> str:
        stop = job.new_stop_signal()
        press_ctrl_c()
        while True:
            stop.raise_error()

    with pytest.raises(RunInterrupted):
        Job(reading).run()


def test_ctrl_c_while_the_report_is_written_does_not_change_the_result() -> None:
    async def reporting(job: Job[object]) -> object:
        stop = job.new_stop_signal()
        stop.phase = Phase.FINISHING
        press_ctrl_c()
        await asyncio.sleep(0.01)
        return stop

    with pytest.raises(RunInterrupted) as raised:
        Job(reporting).run()
    assert raised.value.result.error is None


async def test_canceled_caller_stops_the_run_in_order() -> None:
    """As `asyncio.wait_for` does, or Ctrl-C under `asyncio.run`."""
    states, began = [], threading.Event()

    async def until_stopped(job: Job[str]) -> str:
        stop = job.new_stop_signal()
        with interruptible(stop):
            states.append(stop)
            began.set()
            await stopped(stop)
        return "report"

    task = asyncio.ensure_future(Job(until_stopped).wait())
    await asyncio.to_thread(began.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert states[0].phase is Phase.FINISHING


async def test_other_tasks_go_on_meanwhile() -> None:
    beaten = threading.Event()

    async def until_beaten(job: Job[bool]) -> bool:
        return await asyncio.to_thread(beaten.wait, 60)

    task = asyncio.ensure_future(Job(until_beaten).wait())
    await asyncio.sleep(0)
    beaten.set()  # nothing else would
    assert await task


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (RESUME_STEP, "uploader.resume('20261128-1', consent=True)"),
        (RETRY_STEP, "uploader.retry('r.csv', consent=True)"),
    ],
)
def test_interrupted_run_names_the_call_that_continues_it(step, call) -> None:
    stopped = StoppedError("Interrupted.", next_step=step)
    error = RunInterrupted(SimpleNamespace(report=Path("r.csv"), run="20261128-1", stopped=stopped))
    assert str(error).endswith(f" To continue, call {call}.")
    assert error.exit_code == 130
