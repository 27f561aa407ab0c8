"""Processes that really run the command and really die. Forked from a server that has everything imported."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

CONCURRENCY = 4  # requests under way at once, of each process that shares a ledger

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["tests.crash.preload"])


def start(args: list[object], step: str = "", number: int = 0, **settings: str) -> multiprocessing.Process:
    """Starts `uploader …` here, with this environment; it kills itself at a step, if one is named.

    `settings` stand over the environment, without `UPLOADER_`.
    """
    environment = {name: value for name, value in os.environ.items() if name.startswith("UPLOADER_")}
    environment |= {f"UPLOADER_{name}": value for name, value in settings.items()}
    command = [*map(str, args), "--yes"] if args[0] in {"upload", "retry", "resume"} else [*map(str, args)]
    process = SERVER.Process(target=_run, args=(command, environment, str(Path.cwd()), step, number))
    process.start()
    return process


def is_stopped(process: multiprocessing.Process) -> bool:
    """Whether SIGSTOP has suspended a process."""
    state = Path(f"/proc/{process.pid}/stat")
    return process.exitcode is None and state.read_text().rpartition(")")[2].split()[0] == "T"


def finish(process: multiprocessing.Process) -> int:
    """Waits for its end; the exit code, negative for a signal."""
    process.join(60)
    assert process.exitcode is not None, "the process did not end"
    return process.exitcode


def _run(command: list[str], environment: dict[str, str], folder: str, step: str, number: int) -> None:
    for name in [name for name in os.environ if name.startswith("UPLOADER_")]:
        del os.environ[name]  # of the test that started the server of these processes
    os.environ.update(environment)
    os.chdir(folder)
    for stream, fallback in ((1, "out.txt"), (2, "err.txt")):
        os.dup2(os.open(fallback, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    if step:
        (STEPS | OTHER_STEPS)[step](number)
    from uploader.cli import main

    sys.argv = ["uploader", *command]
    main()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at(owner: type, name: str, number: int, *, after: bool = False, only: Callable[..., bool] | None = None) -> None:
    """Dies at the `number`-th call of a method, before or after it."""
    real, calls = getattr(owner, name), iter(range(1, 1_000_000))

    def dying(*args: object, **more: object) -> object:
        is_it = (only is None or only(*args)) and next(calls) == number
        if is_it and not after:
            _die()
        result = real(*args, **more)
        if is_it:
            _die()
        return result

    setattr(owner, name, dying)


def _before_the_intent(number: int) -> None:
    from uploader.ledger.sqlite.attempts import SqliteAttempts

    _at(SqliteAttempts, "intend", number)


def _between_intent_and_send(number: int) -> None:
    from uploader.api.publisher import PublisherApi

    _at(PublisherApi, "post_lead", number)


def _suspended(number: int) -> None:
    """Is suspended between intent and send of the `number`-th lead, as when a laptop is closed.

    The waits that this takes are shortened.
    """
    from uploader.api.publisher import PublisherApi
    from uploader.commands import connection
    from uploader.ledger.postgres import attempts

    attempts.LONGEST_DELAY = 0.5
    connection.REQUEST_SLACK = 0.0
    real, calls = PublisherApi.post_lead, iter(range(1, 1_000_000))

    def suspending(*args: object, **more: object) -> object:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGSTOP)
        return real(*args, **more)

    PublisherApi.post_lead = suspending


def _mid_body(number: int) -> None:
    _on_the_wire(number, share=0.9)


def _after_the_send(number: int) -> None:
    _on_the_wire(number, share=1.0)


def _before_the_outcome(number: int) -> None:
    from uploader.ledger.sqlite.attempts import SqliteAttempts

    _at(SqliteAttempts, "answer", number)


def _after_the_outcome(number: int) -> None:
    from uploader.ledger.sqlite.attempts import SqliteAttempts

    _at(SqliteAttempts, "_commit", number, after=True, only=lambda attempts, intents: bool(attempts._answers))


def _on_the_wire(number: int, share: float) -> None:
    """Dies when so much of the `number`-th POST of a lead has been given to the system."""
    from asyncio.selector_events import _SelectorSocketTransport as Transport

    sys.modules["uvloop"] = None  # it writes in C, where a process cannot be killed in between
    calls = iter(range(1, 1_000_000))
    write, writelines = Transport.write, Transport.writelines

    def look(transport: Transport, data: bytes) -> None:
        if data.startswith(b"POST") and b"/leads" in data and next(calls) == number:
            transport._sock.send(data[: int(len(data) * share)])
            _die()

    def dying_write(transport: Transport, data: bytes) -> None:
        look(transport, bytes(data))
        write(transport, data)

    def dying_writelines(transport: Transport, parts: list[bytes]) -> None:
        data = b"".join(parts)
        look(transport, data)
        write(transport, data)

    Transport.write, Transport.writelines = dying_write, dying_writelines
    assert writelines is not dying_writelines


def _while_opening(number: int) -> None:
    """Dies before the `number`-th SQL statement, sync or rename."""
    import apsw

    calls = iter(range(1, 1_000_000))

    def count(*_: object) -> bool:
        if next(calls) == number:
            _die()
        return True

    def counting(real: Callable[..., object]) -> Callable[..., object]:
        return lambda *args, **more: (count(), real(*args, **more))[1]

    def trace(connection: apsw.Connection) -> None:
        connection.set_exec_trace(count)

    apsw.connection_hooks.append(trace)
    os.fsync, Path.rename = counting(os.fsync), counting(Path.rename)


def _impatient(number: int) -> None:
    """Waits for a database for this many seconds only."""
    from uploader.ledger.postgres import database, watched_connection

    watched_connection.SILENCE = database.PATIENCE = number
    watched_connection.CONNECT_TIMEOUT = database.CONNECT["connect_timeout"] = 2


def _with_another_clock(number: int) -> None:
    """The system's clock is wrong by this many seconds."""
    import time

    real = time.time
    time.time = lambda: real() + number


# Steps at which an upload is killed.
STEPS = {
    "before the intent": _before_the_intent,
    "between intent and send": _between_intent_and_send,
    "mid-body": _mid_body,
    "after the send": _after_the_send,
    "before the outcome's commit": _before_the_outcome,
    "after the outcome's commit": _after_the_outcome,
}

# What else may happen to a process.
OTHER_STEPS = {
    "while opening": _while_opening,
    "another clock": _with_another_clock,
    "impatient": _impatient,
    "suspended": _suspended,
}
