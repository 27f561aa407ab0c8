"""Which worker processes are ended to make room for others, and what follows one that has ended by itself."""

import asyncio
import json
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from uploader.web.jobs import Worker, WorkerEndedError, Workers


class Notes:
    """Notes which workers are ended; each end waits for `may_end`."""

    def __init__(self) -> None:
        self.names: dict[Worker, str] = {}
        self.ended: list[str] = []
        self.may_end = asyncio.Event()

    async def use(self, workers: Workers, *names: str) -> None:
        for name in names:
            with workers.using(name) as worker:
                self.names[worker] = name
        await asyncio.sleep(0)  # for those that are ended


@pytest.fixture
async def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    notes = Notes()

    async def start(worker: Worker) -> None:
        """Start no process."""

    async def stop(worker: Worker) -> None:
        notes.ended.append(notes.names[worker])
        await notes.may_end.wait()

    monkeypatch.setattr(Worker, "start", start)
    monkeypatch.setattr(Worker, "stop", stop)
    return notes


async def test_worker_in_use_is_not_ended_to_make_room(notes: Notes) -> None:
    workers = Workers()
    notes.may_end.set()
    with workers.using("a") as first:
        notes.names[first] = "a"
        await notes.use(workers, *"bcdef")
        with workers.using("a") as again:
            assert (again, notes.ended) == (first, ["b", "c"])


async def test_worker_that_is_used_while_another_ends_is_kept(notes: Notes) -> None:
    workers = Workers()
    with ExitStack() as stack:
        for name in "fedcba":  # none of them can be ended
            notes.names[stack.enter_context(workers.using(name))] = name
        await asyncio.sleep(0)
    await notes.use(workers, "g")
    assert notes.ended == ["a"]  # not used for longest
    with workers.using("b"):
        notes.may_end.set()
        for _ in range(9):
            await asyncio.sleep(0)
        assert notes.ended == ["a", "c", "d"]


async def test_worker_that_has_ended_is_replaced_also_if_the_system_does_not_report_it_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [b"", json.dumps({"id": 2, "result": "well"}).encode()]

    async def nothing() -> None:
        """Wait for nothing."""

    async def start(*_: str, **__: object) -> Any:
        async def readline(answer: bytes = answers.pop(0)) -> bytes:
            return answer

        stdin = SimpleNamespace(write=lambda line: None, drain=nothing)
        return SimpleNamespace(stdin=stdin, stdout=SimpleNamespace(readline=readline), returncode=None)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    worker = Worker()
    with pytest.raises(WorkerEndedError):
        await worker.ask({"what": "rows"}, lambda facts: None)
    assert await worker.ask({"what": "rows"}, lambda facts: None) == "well"
