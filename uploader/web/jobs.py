"""Child processes: warm workers that answer questions, and jobs that send leads and outlive the server."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from uploader.core.errors import UploaderError, UsageError
from uploader.core.private_file import write_private
from uploader.core.process import DETACHED
from uploader.ledger import local_lock
from uploader.web.job import Job, lock_name
from uploader.web.workspace import Workspace, require_unsent

MAX_WORKERS = 4

# How often, and after how many seconds, to look whether a job that has ended has left.
END_TRIES, END_INTERVAL = 100, 0.1

# What is known of a job whose state can't be read: its process and its lock show whether it is running.
UNREADABLE: dict[str, Any] = {"number": 0, "phase": "preparing", "kind": "send", "run": None, "report": ""}

LONGEST_LINE = 64 * 1024**2  # bytes of one answer of a worker


class WorkerEndedError(UploaderError):
    """A worker ended unexpectedly."""


class RefusedError(UploaderError):
    """What a worker refused to do, or could not do.

    Attributes:
        is_outdated: Whether the page showed something else than what is there now.
    """

    def __init__(self, message: str, hint: str, problems: Sequence[str], *, is_outdated: bool) -> None:
        super().__init__(message, hint, problems)
        self.is_outdated = is_outdated


class Worker:
    """A worker process, asked one question at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._numbers = itertools.count(1)
        self.used = 0.0
        self.users = 0

    async def start(self) -> None:
        """Start the process; it loads its modules meanwhile."""
        async with self._lock:
            if self._process is None:
                await self._start()

    async def _start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "uploader.web.worker",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=LONGEST_LINE, **DETACHED,
        )  # fmt: skip

    @property
    def is_busy(self) -> bool:
        """Whether someone asks it a question, or is about to."""
        return self.users > 0

    async def ask(self, question: dict[str, Any], on_progress: Callable[[dict[str, Any]], None]) -> Any:
        """Return the answer. Raises RefusedError, WorkerEndedError."""
        async with self._lock:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            process = self._process
            if process is None or process.stdin is None or process.stdout is None:
                raise WorkerEndedError("The check could not be started.", "Try again.")
            number = next(self._numbers)
            try:
                process.stdin.write(json.dumps({"id": number, **question}).encode() + b"\n")
                await process.stdin.drain()
                while line := await process.stdout.readline():
                    answer = json.loads(line)
                    if answer["id"] != number:  # of a question whose page has left
                        continue
                    if "progress" in answer:
                        on_progress(answer["progress"])
                    elif error := answer.get("error"):
                        raise RefusedError(**error)
                    else:
                        return answer["result"]
            except (BrokenPipeError, ConnectionResetError):
                pass
            self._process = None  # the system may report its end only later
            raise WorkerEndedError("The check ended unexpectedly.", "Try again. If it happens again, report a bug.")

    async def stop(self) -> None:
        """End the process: it ends when its standard input does."""
        if self._process and self._process.returncode is None and self._process.stdin:
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), 2)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


class Workers:
    """A worker for each workspace in use, and one that waits for the next."""

    def __init__(self) -> None:
        self._by_name: dict[str, Worker] = {}
        self._spare: Worker | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Start a worker ahead of its use."""
        if self._spare is None:
            self._spare = Worker()
            await self._spare.start()

    @contextmanager
    def using(self, name: str) -> Iterator[Worker]:
        """Yield the worker of a workspace. It is not ended to make room for others until the context ends."""
        loop = asyncio.get_running_loop()
        is_new = name not in self._by_name
        if is_new:
            self._by_name[name], self._spare = self._spare or Worker(), None
        worker = self._by_name[name]
        worker.users += 1
        if is_new:
            self._tidying = loop.create_task(self._tidy())
        try:
            yield worker
        finally:
            worker.users -= 1
            worker.used = loop.time()

    async def drop(self, name: str) -> None:
        """End the worker of a workspace."""
        if worker := self._by_name.pop(name, None):
            await worker.stop()

    async def stop(self) -> None:
        """End all workers."""
        workers = [*self._by_name.values(), *([self._spare] if self._spare else [])]
        self._by_name, self._spare = {}, None
        await asyncio.gather(*(worker.stop() for worker in workers))

    async def _tidy(self) -> None:
        """End workers that were not used for longest, and start the next one ahead."""
        while len(self._by_name) > MAX_WORKERS:  # ending one takes time, in which others may begin or end to be used
            idle = [(worker.used, name) for name, worker in self._by_name.items() if not worker.is_busy]
            if not idle:
                break
            await self.drop(min(idle)[1])
        await self.prepare()


@dataclass
class Jobs:
    """The jobs that send leads. Each is a process of its own that continues when the server ends."""

    home: Path

    def __post_init__(self) -> None:
        self._started: dict[str, asyncio.subprocess.Process] = {}
        self._starting = asyncio.Lock()

    async def start(self, workspace: Workspace, job: Job) -> None:
        """Start a job. Raises UsageError if the workspace's job is running, or its leads were sent already."""
        async with self._starting:
            if job.kind == "send":
                require_unsent(workspace)
            await self._wait_for_end(workspace)
            await self._start(workspace, job)

    async def _start(self, workspace: Workspace, job: Job) -> None:
        workspace.control.unlink(missing_ok=True)
        facts = {"number": 0, "phase": "preparing", "kind": job.kind, "run": job.run, "report": job.report}
        write_private(workspace.state, json.dumps(facts))
        write_private(workspace.folder / "job.json", json.dumps(asdict(job)))
        log = os.open(workspace.folder / "job.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            self._started[workspace.id] = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "uploader.web.run_job", str(workspace.folder),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **DETACHED,
            )  # fmt: skip
        finally:
            os.close(log)

    async def _wait_for_end(self, workspace: Workspace) -> None:
        """Wait while a job that has ended is still leaving. Raises UsageError if it has not ended."""
        tries_left = END_TRIES
        while self._has_process(workspace) or self.is_running(workspace):
            await self.require_idle(workspace)
            if not tries_left:
                raise _busy()
            tries_left -= 1
            await asyncio.sleep(END_INTERVAL)

    async def require_idle(self, workspace: Workspace) -> None:
        """Raise UsageError if a job of this workspace is running: it writes the report and the state."""
        if await asyncio.to_thread(self.is_running, workspace):
            raise _busy()

    async def set_report(self, workspace: Workspace, report: str) -> None:
        """Show another report of the last job, unless a job was started meanwhile, which writes its own."""
        async with self._starting:
            state = await asyncio.to_thread(self.state, workspace)
            if state and not await asyncio.to_thread(self.is_running, workspace):
                write_private(workspace.state, json.dumps({**state, "report": report}))

    def ask(self, workspace: Workspace, command: str) -> None:
        """Ask a job to pause, continue or stop."""
        write_private(workspace.control, json.dumps({"command": command}))

    def state(self, workspace: Workspace) -> dict[str, Any] | None:
        """Return what a job shows of itself, or None if there was none. A job that was killed says so."""
        found = _read_state(workspace)
        if found and found["phase"] != "ended" and not self.is_running(workspace):
            found = _read_state(workspace) or found  # it may have ended between the two looks
            if found["phase"] != "ended":
                found = {**found, "phase": "killed"}
        return found

    def killed(self, workspace: Workspace) -> Job | None:
        """Return what a job that was killed had been asked to do, or None if that can't be read."""
        try:
            return Job(**json.loads((workspace.folder / "job.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def is_running(self, workspace: Workspace) -> bool:
        """Whether a job of this workspace is running, also one of an earlier server."""
        found = _read_state(workspace)
        if found is None or found["phase"] == "ended":
            return False
        if self._has_process(workspace):
            return True
        try:
            with local_lock(self.home, [lock_name(workspace)], workspace.about.name):
                return False
        except UsageError:
            return True

    def _has_process(self, workspace: Workspace) -> bool:
        """Whether the process of a job that this server has started is there, also one that is about to leave."""
        process = self._started.get(workspace.id)
        return process is not None and process.returncode is None


def _busy() -> UsageError:
    return UsageError("These leads are being sent right now.", "Wait until it has finished.")


def _read_state(workspace: Workspace) -> dict[str, Any] | None:
    """Return the state that a job has written last; None if there is none, and `UNREADABLE` if it can't be read."""
    try:
        found: object = json.loads(workspace.state.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        found = None
    return found if isinstance(found, dict) and "phase" in found else dict(UNREADABLE)
