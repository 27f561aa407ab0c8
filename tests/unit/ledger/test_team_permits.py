"""Permits in a team's database: one round trip for all who wait, each with a decision of its own."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from math import inf
from types import SimpleNamespace

import pytest

from tests.support.permits import take
from tests.support.postgres import DatabaseClock, query_team, team_database_with_clock
from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger import LedgerError
from uploader.ledger.postgres import permits as permits_module
from uploader.ledger.postgres.commit import WITHOUT_WAITING_FOR_THE_DISK
from uploader.ledger.postgres.database import Database, LostConnectionError
from uploader.ledger.postgres.permits import POLL_INTERVAL, PostgresPermits
from uploader.ledger.postgres.slots import ADD

ALL, TOKENS = Window("", 3, 10.0), Window("token", 1, 100.0)


@pytest.fixture
def opened() -> Iterator[tuple[str, DatabaseClock]]:
    with team_database_with_clock() as (url, clock):
        clock.now = 0.0
        yield url, clock


@pytest.fixture
def url(opened: tuple[str, DatabaseClock]) -> str:
    return opened[0]


@pytest.fixture
def clock(opened: tuple[str, DatabaseClock]) -> DatabaseClock:
    return opened[1]


@pytest.fixture
def permits(url: str) -> Iterator[PostgresPermits]:
    with closing(Database(url)) as database, PostgresPermits(database, lambda: Database(url), b"acme", 60.0) as permits:
        yield permits


def take_together(permits: PostgresPermits, *wanted: tuple[str, list[Window]]) -> list[PermitDecision]:
    """Take permits in one round trip."""

    async def run() -> list[PermitDecision]:
        soon, permits._background.soon = permits._background.soon, lambda: None
        takes = [asyncio.ensure_future(permits.take(kind, windows)) for kind, windows in wanted]
        await asyncio.sleep(0)
        permits._background.soon = soon
        await asyncio.to_thread(permits._exchange)
        return await asyncio.gather(*takes)

    return asyncio.run(run())


def test_each_gets_the_decision_of_its_windows(permits: PostgresPermits) -> None:
    kinds = [("token", [ALL, TOKENS]), ("lead", [ALL, TOKENS]), ("free", []), ("token", [TOKENS, ALL]), ("lead", [ALL])]
    token, lead, free, second_token, second_lead = take_together(permits, *kinds)
    assert [token.is_granted, lead.is_granted, free, second_lead.is_granted] == [True, True, PermitDecision(), True]
    assert second_token == PermitDecision(wait=POLL_INTERVAL)
    assert [permits.used(window) for window in (ALL, TOKENS)] == [3, 1]
    permits.answered(token.permit)
    permits.give_back(lead.permit)
    assert [permits.used(window) for window in (ALL, TOKENS)] == [2, 1]


def test_those_who_wait_ask_again_one_after_the_other(permits: PostgresPermits, clock: DatabaseClock) -> None:
    used = take_together(permits, *[("lead", [ALL])] * 3)
    for at, decision in zip((2.0, 3.5), used, strict=False):
        clock.now = at
        permits.answered(decision.permit)
        permits.used(ALL)  # waits until the database has it
    clock.now = 4.0
    waits = [decision.wait for decision in take_together(permits, *[("lead", [ALL])] * 4)]
    assert waits == [8.0, 9.5, POLL_INTERVAL, POLL_INTERVAL]  # the third is in flight
    permits.pause(9.0)
    waits = [decision.wait for decision in take_together(permits, *[("lead", [ALL])] * 3, ("free", []))]
    assert waits == [9.0, 9.5, 9.0, 9.0]


def test_longest_wait_of_several_windows_counts(permits: PostgresPermits, clock: DatabaseClock) -> None:
    token = take(permits, "token", [ALL, TOKENS])
    permits.answered(token.permit)
    permits.used(ALL)  # waits until the database has it
    clock.now = 95.0
    assert take(permits, "token", [ALL, TOKENS]) == PermitDecision(wait=5.0)
    for _ in range(3):
        permits.answered(take(permits, "lead", [ALL]).permit)
    permits.used(ALL)
    assert take(permits, "token", [ALL, TOKENS]) == PermitDecision(wait=10.0)


def test_slot_is_free_one_window_after_the_response_and_no_sooner(permits, clock) -> None:
    one = Window("", 1, 10.0)
    permits.answered(take(permits, "lead", [one]).permit)
    assert permits.used(one) == 1
    clock.now = 9.75
    assert permits.used(one) == 1
    assert take(permits, "lead", [one]) == PermitDecision(wait=0.25)
    clock.now = 10.0
    assert permits.used(one) == 0
    assert take(permits, "lead", [one]).is_granted
    clock.now = 79.75  # a request that never ended counts until its longest time, and a window more
    assert not take(permits, "lead", [one]).is_granted
    clock.now = 80.0
    assert take(permits, "lead", [one]).is_granted


def test_pause_ends_when_it_says(permits: PostgresPermits, clock: DatabaseClock) -> None:
    permits.pause(5.0)
    assert permits.paused() == 5.0
    clock.now = 4.75
    assert (permits.paused(), take(permits, "lead", [ALL])) == (0.25, PermitDecision(wait=0.25))
    clock.now = 5.0
    assert (permits.paused(), take(permits, "lead", [ALL]).is_granted) == (0.0, True)
    clock.now = 6.0
    assert permits.paused() == 0.0


def test_slot_is_that_of_an_account_a_kind_and_a_permit(url: str, permits: PostgresPermits) -> None:
    windows = [Window("", 2, 10.0), Window("token", 2, 10.0)]
    with closing(Database(url)) as database, PostgresPermits(database, lambda: Database(url), b"other", 60.0) as other:
        mine, theirs = (
            [
                take(store, kind, [window]).permit
                for kind, window in zip(("lead", "token") * 2, windows * 2, strict=True)
            ]
            for store in (permits, other)
        )
        counts = lambda: [[store.used(window) for window in windows] for store in (permits, other)]  # noqa: E731
        assert counts() == [[2, 2], [2, 2]]
        permits.give_back(theirs[0])
        assert counts() == [[2, 2], [2, 2]]
        permits.give_back(mine[0])
        permits.give_back(mine[0])
        assert counts() == [[1, 2], [2, 2]]
        other.give_back(theirs[1])
        assert counts() == [[1, 2], [2, 1]]
        permits.answered(mine[3])
        assert counts() == [[1, 2], [2, 1]]
        free = query_team(url, "SELECT account, kind, slot FROM permit WHERE counts_from = '-infinity' AND is_answered")
        assert sorted(bytes(account) for account, *_ in free) == [b"acme", b"other"]
        assert query_team(url, "SELECT count(*) FROM permit WHERE is_answered AND counts_from = 0") == [(1,)]


def test_slots_are_made_once_for_each_size_of_a_window(
    permits: PostgresPermits, statements: list[str], url: str
) -> None:
    for windows in ([ALL], [ALL], [TOKENS, ALL], [Window("", 5, 10.0)], [Window("", 5, 99.0)], [ALL]):
        before = statements.count(ADD)
        take(permits, "token", windows)
        yet = statements.count(ADD) - before
        assert yet == (1 if windows in ([TOKENS, ALL], [Window("", 5, 10.0)]) or not before else 0)
    assert query_team(url, "SELECT kind, count(*) FROM permit GROUP BY kind ORDER BY kind") == [("", 5), ("token", 1)]


def test_only_permits_of_leads_need_not_wait_for_the_disk(permits: PostgresPermits, statements: list[str]) -> None:
    """The commit of a lead's attempt writes them; nothing writes those of other requests."""

    def waits(*kinds: str, pause: float | None = None) -> bool:
        statements.clear()
        permits._pauses += [pause] if pause else []
        take_together(permits, *((kind, [ALL]) for kind in kinds))
        return WITHOUT_WAITING_FOR_THE_DISK not in statements

    assert not waits("lead")
    assert not waits("lead", "lead")
    assert waits("token")
    assert waits("lead", "token")
    assert waits("lead", pause=1.0)


def test_permit_that_comes_after_no_one_waits_is_given_back(permits: PostgresPermits, url: str) -> None:
    async def cancel(exchange: Callable[[], object]) -> None:
        soon, permits._background.soon = permits._background.soon, lambda: None
        taking = asyncio.ensure_future(permits.take("lead", [ALL]))
        await asyncio.sleep(0)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        permits._background.soon = soon
        exchange()

    asyncio.run(cancel(permits._exchange))
    assert permits.used(ALL) == 0
    take_together(permits, *[("lead", [ALL])] * 3)
    asyncio.run(cancel(permits._exchange))  # one that was not granted
    assert permits.used(ALL) == 3


def test_permit_that_comes_at_the_end_is_given_back(url: str, monkeypatch) -> None:
    with closing(Database(url)) as database:
        permits = PostgresPermits(database, lambda: Database(url), b"acme", 60.0)

        async def leave() -> None:
            monkeypatch.setattr(permits._background, "soon", lambda: None)
            taking = asyncio.ensure_future(permits.take("lead", [ALL]))
            await asyncio.sleep(0)
            taking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await taking
            monkeypatch.setattr(permits._background, "close", permits._exchange)  # the last one
            permits.__exit__(None, None, None)

        asyncio.run(leave())
        assert permits._session._connection.closed
        assert query_team(url, "SELECT max(counts_from) FROM permit") == [(-inf,)]


def test_bug_loses_no_pause(permits: PostgresPermits, clock: DatabaseClock, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(permits, "_decide", fail)
        permits.pause(5.0)
        with pytest.raises(ZeroDivisionError):
            take(permits, "lead", [ALL])
    assert take(permits, "lead", [ALL]) == PermitDecision(wait=5.0)


@pytest.mark.parametrize("error", [LedgerError("it is away"), ZeroDivisionError("a bug")])
def test_error_reaches_everyone_who_waits(url: str, error: Exception) -> None:
    def refuse() -> Database:
        raise error

    async def take_two() -> list[object]:
        takes = [permits.take("lead", [ALL]) for _ in range(2)]
        return await asyncio.gather(*takes, return_exceptions=True)

    with closing(Database(url)) as database, PostgresPermits(database, refuse, b"acme", 60.0) as permits:
        assert asyncio.run(take_two()) == [error, error]
        assert asyncio.run(take_two()) == [error, error]
        permits._connect = lambda: Database(url)
        assert take(permits, "lead", [ALL]).is_granted


def test_lost_connection_is_not_hidden(permits: PostgresPermits, monkeypatch) -> None:
    assert take(permits, "lead", [ALL]).is_granted

    def lose(self: Database, work: object) -> None:
        raise LostConnectionError("gone")

    monkeypatch.setattr(Database, "in_pipeline", lose)
    with pytest.raises(LostConnectionError, match="gone"):
        take(permits, "lead", [ALL])


def test_ends_of_permits_wait_a_share_of_a_round_trip_for_the_next_request(permits, monkeypatch) -> None:
    now, waits = iter(range(100, 1000, 8)), []
    monkeypatch.setattr(permits_module, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
    monkeypatch.setattr(
        permits._changed, "wait_for", lambda predicate, timeout: waits.append((bool(predicate()), timeout))
    )
    permit = take(permits, "lead", [ALL]).permit
    assert waits == []
    permits.answered(permit)
    permits.used(ALL)
    assert waits == [(False, 2.0)]
    monkeypatch.setattr(permits._background, "soon", lambda: None)
    permits.give_back(take_together(permits, ("lead", [ALL]))[0].permit)
    permits._pauses.append(1.0)
    permits._exchange()
    assert waits[1:] == [(True, 2.0)]
