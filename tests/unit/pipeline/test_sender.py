"""Sending one lead: what the ledger knows afterwards, how often it was sent, and when nothing more is sent."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.runs import MARK, a_run
from tests.support.stop_signal import NoWait
from uploader.api.protocol import CancelledBeforeSend, NoResponse, NotSent, Response, TlsError, encode_field_names
from uploader.api.retry import MAX_TRIES
from uploader.api.tokens import Token
from uploader.core.clock import steady_time
from uploader.core.errors import StoppedError
from uploader.core.messages import UNSENT_HINT
from uploader.core.model import Lead, Outcome, RowState
from uploader.core.rate_limit import Permit
from uploader.ledger import Ledger, open_ledger
from uploader.ledger.sqlite.attempts import SqliteAttempts
from uploader.pipeline import sender as sender_module
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.pipeline.sender import MAX_BLOCKED, MAX_FIRST_REJECTIONS, MAX_WITHOUT_ID, Sender

NAMES = encode_field_names({"email": "form[email]"})
REJECTED = Response(400, b'{"errors": {"children": {"email": {"errors": ["No."]}}}}')
BLOCKED = Response(403, b'{"message": "Request denied by policy"}')
CLOSED = Response(403, b'{"message": "Campaign is fulfilled"}')
NO_ID = Response(201, b"{}")
WAIT = Response(429, b"")
EXPIRED = Response(401, b'{"error_description": "It has expired."}')
ERROR = Response(500, b"")
LATEST = 1e12  # when the permits here are no longer valid

Said = Response | Exception | str  # "accepted": with an id of its own


class ScriptedApi:
    """Says what a test wants, and notes what was asked of it."""

    def __init__(self, said: Iterator[Said]) -> None:
        self.said = said
        self.posts: list[bytes] = []
        self.latest: list[float] = []
        self.permits: list[str] = []
        self.waited_after: list[int] = []
        self.refused: list[tuple[Token, str]] = []
        self.current: Iterator[bool] = iter(())
        self.tokens = SimpleNamespace(get=self._token, is_current=self._is_current, refused=self._refused)
        self.limiter = SimpleNamespace(permit=self._permit, answered=self._answered, give_back=self._give_back)
        self._ids = count(55_900)

    async def post_lead(self, path: str, body: bytes, token: Token, latest: float) -> Response:
        self.latest.append(latest)
        self.posts.append(body)
        said = next(self.said)
        if isinstance(said, Exception | CancelledBeforeSend):
            raise said
        return said if isinstance(said, Response) else Response(201, b'{"data": %d}' % next(self._ids))

    def apply_retry_after(self, response: Response) -> None:
        self.waited_after.append(response.status)

    async def _token(self) -> Token:
        return Token(f"token-{len(self.refused)}", 1e9)

    def _is_current(self, token: Token) -> bool:
        return next(self.current, True)

    def _refused(self, token: Token, message: str) -> None:
        self.refused.append((token, message))

    async def _permit(self, kind: str) -> Permit:
        self.permits.append("taken")
        return Permit(self.limiter, len(self.permits), LATEST)

    def _answered(self, permit: int) -> None:
        self.permits.append("answered")

    def _give_back(self, permit: int) -> None:
        self.permits.append("given back")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        ledger.runs.start(a_run("one"))
        yield ledger


def sender_of(ledger: Ledger, *said: Said, run: str = "one", **options: object) -> Sender:
    async def probe() -> bool:
        return True

    stop = NoWait()
    breaker = CircuitBreaker(probe, stop, 60)
    facts = a_run(run, family="one" if run == "two" else "")
    return Sender(
        ScriptedApi(iter(said)), ledger, stop, facts, "/leads", NAMES, {"email": "E-mail"}, breaker, **options
    )


def lead(row: int) -> Lead:
    return Lead(row, (("email", f"ann{row}@example.com"),), row.to_bytes(16, "big"))


async def send_all(sender: Sender, leads: int) -> list[Outcome]:
    """Send leads one after the other until the run stops; the ledger agrees about each."""
    outcomes = [(await sender.send(lead(row))).outcome for row in range(2, 2 + leads) if not sender.stop.is_set]
    sender.ledger.attempts.flush()
    states = sender.ledger.rows.states("one", range(2, 2 + leads))
    assert [states[row].outcome for row in sorted(states)] == outcomes
    return outcomes


# In the middle of a run these come from something in between: the address has accepted a lead before.
PAGES = {
    "page-404": Response(404, b"<!DOCTYPE html>Not found"),
    "page-405": Response(405, b"\xef\xbb\xbf <html>Not allowed"),
    "page-200": Response(200, b"<html>Are you a robot?"),
    "redirect": Response(302, b""),
}
A, R, B, N, E = "accepted", REJECTED, BLOCKED, NO_ID, ERROR
FIRST, ROW_OF_BLOCKED, ROW_WITHOUT_ID = MAX_FIRST_REJECTIONS, MAX_BLOCKED, MAX_WITHOUT_ID


@pytest.mark.parametrize(
    ("said", "sent", "message"),
    [
        pytest.param([R] * FIRST + [A], FIRST, "The first 20 leads were all rejected", id="only-rejections"),
        pytest.param(
            [B, R] + [R] * FIRST, FIRST + 1, "The first 20 leads were all rejected", id="a-blocked-one-between"
        ),
        pytest.param([R] * (FIRST - 1) + [A] + [R] * (FIRST + 1), 2 * FIRST + 1, "", id="accepted-after-rejections"),
        pytest.param([A] + [R] * (FIRST + 1), FIRST + 2, "", id="accepted-before-rejections"),
        pytest.param([B] * 9, 5, "5 leads in a row were blocked", id="only-blocked"),
        pytest.param([B] * 4 + [A] + [B] * 4 + [A], 10, "", id="accepted-between-blocked"),
        pytest.param([B] * 4 + [R] + [B] * 4, 6, "5 leads in a row were blocked", id="rejected-between-blocked"),
        pytest.param([N] * 30, ROW_WITHOUT_ID, "20 responses in a row have no readable lead id", id="only-without-id"),
        pytest.param([N] * 19 + [A] + [N] * 19 + [A], 40, "", id="accepted-between-those-without-id"),
        pytest.param([N] * 19 + [B] * 4 + [A], 24, "", id="counted-by-meaning"),
        pytest.param([CLOSED, A], 1, "The campaign accepts no more leads: Campaign is fulfilled", id="closed"),
        pytest.param([Response(404, b"{}"), A], 1, "The address for leads is wrong: HTTP 404", id="wrong-address"),
        pytest.param([Response(200, b"<html>"), A], 1, "The address for leads is wrong: the response is a", id="page"),
        pytest.param([A, Response(404, b"{}"), A], 2, "The address for leads is wrong: HTTP 404", id="no-such-link"),
        *(
            pytest.param([A] + [page] * 4 + [A] + [page] * 9, 11, "5 leads in a row were blocked, not by", id=name)
            for name, page in PAGES.items()
        ),
        pytest.param([A, B, *PAGES.values(), A], 6, "5 leads in a row were blocked", id="pages-of-several-kinds"),
        pytest.param([E] * 9, 6, "The platform does not respond: HTTP 500", id="only-errors"),
        pytest.param([E, E, R] * 4, 12, "", id="errors-with-responses-between"),
        pytest.param([E, E, N] * 4, 12, "", id="errors-with-responses-without-id-between"),
    ],
)
async def test_run_stops_when_no_further_lead_could_be_accepted(ledger, said, sent: int, message: str) -> None:
    sender = sender_of(ledger, *said)
    outcomes = await send_all(sender, len(said))
    assert len(outcomes) == len(sender.api.posts) == sent
    assert (str(sender.stop.error) if sender.stop.error else "").startswith(message)
    assert bool(message) is isinstance(sender.stop.error, StoppedError)


def test_limits_are_those_of_the_documentation() -> None:
    assert (MAX_FIRST_REJECTIONS, MAX_BLOCKED, MAX_WITHOUT_ID, MAX_TRIES) == (20, 5, 20, 5)


@pytest.mark.parametrize(
    ("said", "outcome", "tries", "pauses"),
    [
        ([A], Outcome.ACCEPTED, 1, 0),
        ([WAIT, A], Outcome.ACCEPTED, 2, 0),
        ([WAIT] * 4 + [A], Outcome.ACCEPTED, 5, 0),
        ([WAIT] * 9, Outcome.FAILED, 5, 0),
        ([EXPIRED, A], Outcome.ACCEPTED, 2, 0),
        ([NotSent("no connection"), A], Outcome.ACCEPTED, 2, 1),
        ([NoResponse("closed"), A], Outcome.UNKNOWN, 1, 0),
        ([E, A], Outcome.UNKNOWN, 1, 0),
        ([N, A], Outcome.UNKNOWN, 1, 0),
        ([R, A], Outcome.REJECTED, 1, 0),
        ([B, A], Outcome.FAILED, 1, 0),
    ],
)
async def test_lead_is_sent_again_only_if_surely_not_accepted(ledger, said, outcome, tries: int, pauses: int) -> None:
    sender = sender_of(ledger, *said)
    assert (await sender.send(lead(2))).outcome is outcome
    assert (len(sender.api.posts), len(sender.stop.slept)) == (tries, pauses)
    assert sender.api.permits == ["taken", "answered"] * tries
    ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.attempts) == (outcome, tries)
    assert sender.stop.error is None


async def test_each_response_decides_about_waiting_and_tokens(ledger) -> None:
    sender = sender_of(ledger, WAIT, EXPIRED, NotSent("no connection"), A)
    await sender.send(lead(2))
    assert sender.api.waited_after == [429, 401, 201]
    assert [(token.text, message) for token, message in sender.api.refused] == [
        ("token-0", "It has expired. (HTTP 401)")
    ]


async def test_what_the_ledger_records_of_a_rejection(ledger) -> None:
    sender = sender_of(ledger, Response(400, b'{"message": "ann2@example.com is known"}'))
    await sender.send(lead(2))
    ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.reason, state.status, state.lead_id) == ("••• is known (HTTP 400)", 400, None)
    assert state.hint
    assert sender.messages == {2: "ann2@example.com is known (HTTP 400)"}


async def test_platforms_own_words_are_kept_only_where_they_differ(ledger, monkeypatch) -> None:
    monkeypatch.setattr(sender_module, "MAX_MESSAGES", 2)
    quoting = [Response(400, b'{"message": "ann%d@example.com"}' % row) for row in range(2, 6)]
    sender = sender_of(ledger, *quoting, R, A, Response(400, b'{"message": "email"}'))
    await send_all(sender, 4)
    assert sorted(sender.messages) == [2, 3]
    for row, kept in [(2, [3]), (3, []), (4, [])]:  # other words, no words, words without a value
        await sender.send(lead(row))
        assert sorted(sender.messages) == kept


async def test_name_of_a_field_is_no_value(ledger) -> None:
    sender = sender_of(ledger, Response(400, b'{"errors": {"email": ["email"]}}'))
    await sender.send(Lead(2, (("email", "email"),)))
    ledger.attempts.flush()
    assert ledger.rows.states("one", [2])[2].reason == "email: email"


async def test_two_leads_with_one_id_are_both_unknown(ledger) -> None:
    same = Response(201, b'{"data": 7}')
    sender = sender_of(ledger, same, same, A)
    outcomes = [(await sender.send(lead(row))).outcome for row in (2, 3, 4)]
    ledger.attempts.flush()
    states = ledger.rows.states("one", [2, 3, 4])
    assert outcomes == [Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.ACCEPTED]
    assert [states[row].outcome for row in (2, 3, 4)] == [Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.ACCEPTED]
    assert states[2].reason == states[3].reason
    assert "two leads got the same lead id (7)" in states[2].reason
    assert states[3].status == 201


async def test_id_of_an_earlier_run_makes_a_lead_unknown(ledger) -> None:
    ledger.runs.start(a_run("other"))
    ledger.attempts.answer(await ledger.attempts.intend("other", 9, MARK), RowState(Outcome.ACCEPTED, lead_id=7))
    sender = sender_of(ledger, Response(201, b'{"data": 7}'), Response(201, b'{"data": 8}'))
    assert [(await sender.send(lead(row))).outcome for row in (2, 3)] == [Outcome.UNKNOWN, Outcome.ACCEPTED]


@pytest.mark.parametrize("earlier", [Outcome.ACCEPTED, Outcome.UNKNOWN])
async def test_lead_that_another_upload_sent_meanwhile_is_not_sent(ledger, earlier) -> None:
    ledger.runs.start(a_run("other"))
    ledger.attempts.answer(await ledger.attempts.intend("other", 9, MARK), RowState(earlier))
    sender = sender_of(ledger, A)
    outcome = (await sender.send(Lead(2, (("email", "ann@example.com"),), MARK))).outcome
    expected = Outcome.DUPLICATE if earlier is Outcome.ACCEPTED else Outcome.UNKNOWN
    assert (outcome, sender.api.posts, sender.stop.error) == (expected, [], None)
    assert sender.sent_elsewhere == ([] if earlier is Outcome.ACCEPTED else [2])
    assert sender.api.permits == ["taken", "given back", "answered"]
    assert ledger.rows.states("one", [2])[2].outcome is expected


async def test_lead_that_another_upload_could_not_place_meanwhile_is_sent(ledger, monkeypatch) -> None:
    """Its response comes right after the look whether the lead was sent: no one has it, so it is no duplicate."""
    ledger.runs.start(a_run("other"))
    attempt = await ledger.attempts.intend("other", 9, MARK)
    mark = ledger.rows.mark_sent_meanwhile

    async def mark_later(*args: object) -> object:
        ledger.attempts.answer(attempt, RowState(Outcome.REJECTED))
        ledger.attempts.flush()
        return await mark(*args)

    monkeypatch.setattr(ledger.rows, "mark_sent_meanwhile", mark_later)
    sender = sender_of(ledger, A)
    assert (await sender.send(Lead(2, (("email", "ann@example.com"),), MARK))).outcome is Outcome.ACCEPTED
    ledger.attempts.flush()
    assert (len(sender.api.posts), ledger.rows.states("one", [2])[2].outcome) == (1, Outcome.ACCEPTED)


@pytest.mark.parametrize("options", [{"ignored_until": 99}, {"resend_unknown_until": 99}])
async def test_lead_is_sent_again_if_the_user_wants_it(ledger, options) -> None:
    ledger.runs.start(a_run("other"))
    ledger.attempts.answer(await ledger.attempts.intend("other", 9, MARK), RowState(Outcome.UNKNOWN))
    sender = sender_of(ledger, A, **options)
    assert (await sender.send(Lead(2, (("email", "ann@example.com"),), MARK))).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("error", "reason", "stops"),
    [
        (CancelledBeforeSend(), "interrupted before it was sent", False),
        (TlsError("bad certificate"), "not sent: bad certificate", True),
    ],
)
async def test_what_did_not_leave_is_unsent(ledger, error, reason: str, stops: bool) -> None:
    sender = sender_of(ledger, error)
    if stops:
        assert (await sender.send(lead(2))).outcome is Outcome.UNSENT
    else:
        with pytest.raises(CancelledBeforeSend):
            await sender.send(lead(2))
    ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.reason, state.hint) == (Outcome.UNSENT, reason, UNSENT_HINT)
    assert (sender.stop.error is not None) is stops
    assert sender.api.permits == ["taken", "answered"]


async def test_token_that_expires_while_waiting_for_a_permit_is_not_used(ledger) -> None:
    sender = sender_of(ledger, A)
    sender.api.current = iter([False, False, True])
    assert (await sender.send(lead(2))).outcome is Outcome.ACCEPTED
    assert sender.api.permits == ["taken", "given back"] * 2 + ["taken", "answered"]


async def test_nothing_is_sent_once_the_run_stops(ledger) -> None:
    sender = sender_of(ledger, A)
    sender.stop.request(StoppedError("Stopped.", ""))
    assert (await sender.send(lead(2))).outcome is Outcome.UNSENT
    assert (sender.api.posts, sender.api.permits) == ([], ["taken", "given back"])
    assert ledger.rows.states("one", [2]) == {}


async def test_three_leads_without_a_response_wait_for_the_platform(ledger) -> None:
    sender = sender_of(ledger, E, NoResponse("closed"), E, A)
    assert await send_all(sender, 4) == [Outcome.UNKNOWN] * 3 + [Outcome.ACCEPTED]
    assert sender.stop.slept == [0.5]


async def test_lead_waits_while_another_worker_tries_the_platform(ledger) -> None:
    sender = sender_of(ledger, A)

    async def try_it() -> None:
        for _ in range(3):
            await sender.breaker.record_failure("no response")

    await asyncio.create_task(try_it())
    sending = asyncio.create_task(sender.send(lead(2)))
    for _ in range(30):
        await asyncio.sleep(0)
    assert sender.api.posts == sender.api.permits == []
    sender.breaker.record_success()
    assert (await sending).outcome is Outcome.ACCEPTED


async def test_lead_whose_permit_comes_when_the_platform_has_gone_waits_for_it(ledger) -> None:
    sender = sender_of(ledger, A)
    give = sender.api.limiter.permit

    async def permit_later(kind: str) -> Permit:
        if not sender.api.permits:
            await asyncio.create_task(fail())
        return await give(kind)

    async def fail() -> None:
        for _ in range(3):
            await sender.breaker.record_failure("no response")

    sender.api.limiter.permit = permit_later
    sending = asyncio.create_task(sender.send(lead(2)))
    while sender.api.permits[-1:] != ["given back"]:
        assert not sending.done()
        await asyncio.sleep(0)
    assert sender.api.posts == []
    sender.breaker.record_success()
    assert (await sending).outcome is Outcome.ACCEPTED


async def test_lead_leaves_while_its_permit_and_its_attempt_are_valid(ledger, monkeypatch) -> None:
    sender = sender_of(ledger, A, A)
    assert await send_all(sender, 1) == [Outcome.ACCEPTED]
    monkeypatch.setattr(SqliteAttempts, "longest_delay", 7.0)  # as with a shared ledger
    before = steady_time()
    assert (await sender.send(lead(9))).outcome is Outcome.ACCEPTED
    of_the_permit, of_the_attempt = sender.api.latest
    assert of_the_permit == LATEST
    assert before + 7 <= of_the_attempt <= steady_time() + 7
