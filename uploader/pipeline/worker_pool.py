"""The worker pool: a few workers draw leads from one stream until it ends or the run stops."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from uploader.core.errors import StoppedError, UploaderError
from uploader.core.model import Lead, Outcome
from uploader.pipeline.cancellation import StopSignal


class InternalError(StoppedError):
    """A fault in uploader itself; the rows under way are in doubt, the others unsent, and the report says so."""

    exit_code = 5


def as_uploader_error(error: Exception) -> UploaderError:
    """The error itself, or of a bug its type alone: a message could quote a lead."""
    if isinstance(error, UploaderError):
        return error
    return InternalError(f"A fault in uploader itself ({type(error).__name__}).", "Please report it.")


async def next_lead(leads: Iterator[Lead | None], stop: StopSignal) -> Lead | None:
    """The next lead; None at their end, and when the run stops.

    At a None of the stream everything else has its turn: between two leads there may be a million rows that are not
    sent, and meanwhile answers come in, and Ctrl-C.
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
    send: Callable[[Lead], Awaitable[Outcome]],
    concurrency: int,
    stop: StopSignal,
    done: Callable[[Outcome], None],
    leave: Callable[[], None],
) -> None:
    """Sends every lead of the stream, `concurrency` at once; returns when all that began has ended.

    `done` hears each outcome, `leave` that a worker has no more leads. A worker that fails stops the run and lets
    the others finish.
    """
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(_work(leads, send, stop, done, leave))


async def _work(
    leads: Iterator[Lead | None],
    send: Callable[[Lead], Awaitable[Outcome]],
    stop: StopSignal,
    done: Callable[[Outcome], None],
    leave: Callable[[], None],
) -> None:
    try:
        while lead := await next_lead(leads, stop):
            done(await send(lead))
    except Exception as error:  # noqa: BLE001 - a bug in one worker must not make the others' leads unknown
        stop.request(as_uploader_error(error))
    finally:
        leave()
