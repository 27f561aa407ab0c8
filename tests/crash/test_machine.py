"""A state machine: uploads, network faults, crashes, resumes, retries and decisions in any order, on a real ledger."""

import asyncio
import tempfile
from collections import Counter
from functools import partial
from math import inf
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.ledger_file import query_ledger
from tests.support.runs import a_run
from tests.support.stop_signal import NoWait
from uploader.api.protocol import NoResponse, NotSent, Response
from uploader.core.model import Lead, Outcome, RowState
from uploader.ledger import open_ledger
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.pipeline.sender import Sender
from uploader.pipeline.worker_pool import run_pool

ROWS = range(2, 22)
BAD = ["not sent", "lost", "stored, no answer", "500", "500 stored", "400", "429", "401", "403", "201 without id"]
FAULTS = ["fine"] * 12 + BAD
CRASHES = ["crash before", "crash after"]


class Crash(BaseException):
    """The machine loses power."""


class FakeToken:
    worked = True


class FakeTokens:
    async def get(self) -> FakeToken:
        return FakeToken()

    def is_current(self, token: FakeToken) -> bool:
        return True

    def refused(self, token: FakeToken, message: str) -> None:
        pass


class FakePermit:
    latest = inf

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def give_back(self) -> None:
        pass


class FakeLimiter:
    async def permit(self, kind: str) -> FakePermit:
        return FakePermit()


class Model:
    """The platform: what it stored, and what it does next."""

    def __init__(self) -> None:
        self.stored: Counter[int] = Counter()
        self.faults: list[str] = []
        self.tokens = FakeTokens()
        self.limiter = FakeLimiter()

    def apply_retry_after(self, response: Response) -> None:
        pass

    async def is_there(self) -> bool:
        return True

    async def post_lead(self, path: str, body: bytes, token: FakeToken, latest: float) -> Response:
        fault = self.faults.pop() if self.faults else "fine"
        row = int(body.split(b"=")[1])
        await asyncio.sleep(0)
        if fault == "crash before":
            raise Crash
        if fault in {"fine", "stored, no answer", "500 stored", "201 without id", "crash after"}:
            self.stored[row] += 1
        match fault:
            case "crash after":
                raise Crash
            case "not sent":
                raise NotSent(fault)
            case "lost" | "stored, no answer":
                raise NoResponse(fault)
            case "fine":
                return Response(201, b'{"data": %d}' % row)
            case "201 without id":
                return Response(201, b"{}")
        return Response(int(fault.split()[0]), b"{}")


class Uploads(RuleBasedStateMachine):
    """One family of runs over the same rows."""

    @initialize()
    def first_run(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.ledger = open_ledger(Path(self.folder.name))
        self.platform = Model()
        self.runs: list[str] = []
        self.states: dict[int, RowState] = {}
        self.new_run()

    def new_run(self) -> None:
        self.run = a_run(f"run{len(self.runs)}", family="run0")
        self.runs.append(self.run.id)
        self.ledger.runs.start(self.run)

    def teardown(self) -> None:
        self.ledger.__exit__()
        self.folder.cleanup()

    def crash(self) -> None:
        """The ledger is opened again as it is on the disk: nothing that waited was written."""
        self.ledger.__exit__()
        self.ledger = open_ledger(Path(self.folder.name))

    def send(self, rows: list[int], faults: list[str]) -> None:
        self.platform.faults = faults
        leads = [Lead(row, (("email", str(row)),), bytes([row]) * 16) for row in rows]

        async def go() -> None:
            stop = NoWait()
            breaker = CircuitBreaker(self.platform.is_there, stop, 60)
            sender = Sender(self.platform, self.ledger, stop, self.run, "/leads", {"email": "email"}, {}, breaker)
            try:
                await run_pool(iter(leads), sender.send, 4, stop, lambda row, state: None, breaker.leave)
                self.ledger.attempts.flush()
            except* Crash:
                self.crash()

        asyncio.run(go())

    def reported(self) -> dict[int, RowState]:
        """Return what a report would say of each row: the newest run that knows it."""
        states: dict[int, RowState] = {}
        for run in self.runs:
            for row, state in self.ledger.rows.states(run, list(ROWS)).items():
                if row not in states or state.outcome is not Outcome.DUPLICATE:
                    states[row] = state
        return states

    @rule(faults=st.lists(st.sampled_from(FAULTS + CRASHES), max_size=30))
    def resume(self, faults: list[str]) -> None:
        """Resume the newest run: rows without a final outcome, and rows never reached."""
        states = self.reported()
        ended = {row for row, state in states.items() if state.outcome not in {Outcome.FAILED, Outcome.UNSENT}}
        self.send([row for row in ROWS if row not in ended], faults)

    @rule(faults=st.lists(st.sampled_from(FAULTS + CRASHES), max_size=30))
    def retry(self, faults: list[str]) -> None:
        """A new run with the rows that a report would send again."""
        states = self.reported()
        rows = [row for row in ROWS if row not in states or states[row].outcome.is_retried]
        self.new_run()
        self.send(rows, faults)

    @rule(faults=st.lists(st.sampled_from(FAULTS), max_size=30))
    def upload_again(self, faults: list[str]) -> None:
        """The same leads as another file: the ledger alone stands between them and the platform."""
        self.run = a_run(f"other{len(self.runs)}")
        self.ledger.runs.start(self.run)
        rows = [row for row in ROWS if row in self.reported()]
        self.send(rows, faults)
        self.runs.append(self.run.id)

    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        """A user who looked on the platform resolves an unknown row."""
        for run in self.runs:
            for row, (attempt, _) in self.ledger.rows.unknown(run).items():
                if data.draw(st.booleans()):
                    right = Outcome.ACCEPTED if self.platform.stored[row] else Outcome.FAILED
                    if data.draw(st.booleans()):
                        self.mistake(run, row, attempt, right)
                    self.ledger.decisions.record("user", [(attempt, RowState(right, "looked"))])

    def mistake(self, run: str, row: int, attempt: int, right: Outcome) -> None:
        """They confuse it with another row first, and correct that."""
        wrong = Outcome.FAILED if right is Outcome.ACCEPTED else Outcome.ACCEPTED
        self.ledger.decisions.record("user", [(attempt, RowState(wrong, "looked"))])
        facts = self.ledger.runs.find(run)
        assert facts is not None
        assert (row, attempt) in [(found.row, found.attempt) for found in self.ledger.decisions.revisable(facts.family)]

    @invariant()
    def answered_and_resent_rows_are_not_revisable(self) -> None:
        asked = partial(query_ledger, Path(self.folder.name))
        answered = {attempt for (attempt,) in asked("SELECT attempt FROM answer WHERE outcome <> 'unknown'")}
        for found in self.ledger.decisions.revisable("run0"):
            assert found.attempt not in answered
            ((last,),) = asked("SELECT max(sent) FROM attempt WHERE row = ? AND run LIKE 'run%'", (found.row,))
            ((decided,),) = asked("SELECT max(made) FROM decision WHERE attempt = ?", (found.attempt,))
            assert decided >= last

    @invariant()
    def nothing_is_lost_or_sent_twice(self) -> None:
        assert not [row for row, times in self.platform.stored.items() if times > 1]
        states = self.reported()
        may_exist = {row for row, state in states.items() if state.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}}
        assert set(self.platform.stored) <= may_exist
        accepted = {row for row, state in states.items() if state.outcome is Outcome.ACCEPTED}
        assert all(self.platform.stored[row] for row in accepted)


TestUploads = Uploads.TestCase
TestUploads.settings = settings(max_examples=60, stateful_step_count=12)
