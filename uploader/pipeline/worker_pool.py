"""The worker pool: a few workers take leads from one stream until it ends or the run stops."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from uploader.core.errors import StoppedError, UploaderError
from uploader.core.model import Lead, RowState
from uploader.pipeline.cancellation import StopSignal


class InternalError(StoppedError):
    """A bug in uploader. Rows in flight are unknown, the others unsent, and the report says so."""

    exit_code = 5


def as_uploader_error(error: Exception) -> UploaderError:
    """Return the error itself, or for a bug an error with its type only: its message could quote a lead."""
    if isinstance(error, UploaderError):
        return error
    return InternalError(f"Internal error in uploader ({type(error).__name__}).", "Please report this bug.")


@contextmanager
def stopped_by_errors(stop: StopSignal) -> Iterator[None]:
    """Let an error in this context stop the run: leads were sent, and their report is still to be written."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - also a bug must not keep the report from being written
        stop.request(as_uploader_error(error))


async def next_lead(leads: Iterator[Lead | None], stop: StopSignal) -> Lead | None:
    """Return the next lead, or None at the end of the stream and when the run stops.

    A None in the stream lets other tasks run: a million rows that are not sent may precede the next lead, and
    responses and Ctrl-C are handled in the meantime.
    """
    while not stop.is_set:
        try:
            lead = next(leads)
        except StopIteration:
            return None
        if lead:
            return lead
        await asyncio.sleep(0)
    return None


async def run_pool(
    leads: Iterator[Lead | None],
    send: Callable[[Lead], Awaitable[RowState]],
    concurrency: int,
    stop: StopSignal,
    done: Callable[[int, RowState], None],
    leave: Callable[[], None],
) -> None:
    """Send every lead of the stream; return when every lead that was started has ended.

    A worker that fails stops the run and lets the others finish. If the stream fails, the leads before that are sent.

    Args:
        leads: The leads to send, with a None wherever other tasks may run.
        send: Sends one lead and returns its outcome.
        concurrency: The number of workers.
        stop: The stop signal of the run.
        done: Receives the row number and the outcome of each lead.
        leave: Called when a worker has no more leads.
    """
    failures: list[Exception] = []
    sound = _until_failure(leads, failures)
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(_work(sound, send, stop, done, leave))
    for error in failures:
        stop.request(as_uploader_error(error))


def _until_failure(leads: Iterator[Lead | None], failures: list[Exception]) -> Iterator[Lead | None]:
    """Yield the leads that can be read and planned; keep why there are no more."""
    try:
        yield from leads
    except Exception as error:  # noqa: BLE001 - which stops the run once the leads before it have been sent
        failures.append(error)


async def _work(
    leads: Iterator[Lead | None],
    send: Callable[[Lead], Awaitable[RowState]],
    stop: StopSignal,
    done: Callable[[int, RowState], None],
    leave: Callable[[], None],
) -> None:
    try:
        while lead := await next_lead(leads, stop):
            done(lead.row, await send(lead))
    except Exception as error:  # noqa: BLE001 - a bug in one worker must not make the others' leads unknown
        stop.request(as_uploader_error(error))
    finally:
        leave()
