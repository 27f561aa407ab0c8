"""Permits of this machine are taken and freed in turns of the event loop, each written by itself."""

import asyncio
from pathlib import Path

import pytest

from tests.support.fake_clock import FakeClock
from tests.support.ledger_file import query_ledger
from tests.support.permits import permits_in
from uploader.core.rate_limit import Limiter, Window
from uploader.ledger.sqlite.database import DamagedFileError


async def test_permits_asked_for_at_once_do_not_exceed_the_limits(tmp_path: Path) -> None:
    windows, clock = [Window("", 5, 10.0), Window("token", 2, 100.0)], FakeClock()
    kinds = ["token", "lead", "token", "token", "lead", "lead", "lead"]
    with permits_in(tmp_path, ["acme"], 60, clock) as store, permits_in(tmp_path, ["acme"], 60, clock) as other:
        decisions = await asyncio.gather(*(store.take(kind, windows) for kind in kinds))
        assert [decision.is_granted for decision in decisions] == [True, True, True, False, True, True, False]
        assert len({decision.permit for decision in decisions if decision.is_granted}) == 5
        assert [other.used(window) for window in windows] == [5, 2]


@pytest.mark.parametrize("turns", range(5))
async def test_permit_of_a_canceled_request_is_given_back(tmp_path: Path, turns: int) -> None:
    window, clock = Window("", 1, 10.0), FakeClock()
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        asking = asyncio.create_task(store.take("lead", [window]))
        for _ in range(turns):
            await asyncio.sleep(0)
        assert asking.cancel() == (turns < 3)
        if turns < 3:
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert store.used(window) == 0
        else:  # it was granted already
            assert (await asking).is_granted
            assert store.used(window) == 1


async def test_permit_that_was_given_back_is_not_released_again(tmp_path: Path) -> None:
    """Its id may be that of another process's request by then, which is still in flight."""
    window, clock = Window("", 1, 10.0), FakeClock()
    with permits_in(tmp_path, ["acme"], 60, clock) as store, permits_in(tmp_path, ["acme"], 60, clock) as other:
        permit = await Limiter([window], store, clock).permit("lead")
        with permit:
            permit.give_back()
        assert store.used(window) == 0
        assert (await other.take("lead", [window])).is_granted
        await asyncio.sleep(0)
        clock.time += 11.0
        assert other.used(window) == 1


async def test_error_of_the_limits_reaches_all_who_wait_and_frees_are_kept(tmp_path: Path) -> None:
    window, clock = Window("", 3, 10.0), FakeClock()
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        permit = (await store.take("lead", [window])).permit
        query_ledger(tmp_path, "ALTER TABLE permit RENAME TO hidden", file="limits.sqlite3")
        store.answered(permit)
        results = await asyncio.gather(*(store.take("lead", [window]) for _ in range(2)), return_exceptions=True)
        assert [type(result) for result in results] == [DamagedFileError] * 2
        query_ledger(tmp_path, "ALTER TABLE hidden RENAME TO permit", file="limits.sqlite3")
        clock.time += 10.5
        assert store.used(window) == 0


async def test_bug_in_the_limits_keeps_no_one_waiting(tmp_path: Path, monkeypatch) -> None:
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    bug = ZeroDivisionError("a bug")

    def fail(self: object, requests: object) -> None:
        raise bug

    with permits_in(tmp_path, ["acme"], 60, FakeClock()) as store:
        monkeypatch.setattr("uploader.ledger.sqlite.permits.SqlitePermits._decide", fail)
        async with asyncio.timeout(5):
            found = await asyncio.gather(store.take("lead", [Window("", 3, 10.0)]), return_exceptions=True)
    assert (found, problems) == ([bug], [bug])


@pytest.mark.parametrize("is_used", [True, False])
async def test_end_of_a_permit_is_written_by_itself(tmp_path: Path, is_used: bool) -> None:
    """Another process waits for it, whether or not this one asks for anything more."""
    window, clock = Window("", 1, 10.0), FakeClock()
    with permits_in(tmp_path, ["acme"], 60, clock) as store, permits_in(tmp_path, ["acme"], 60, clock) as other:
        permit = (await store.take("lead", [window])).permit
        if is_used:
            store.answered(permit)
        else:
            store.give_back(permit)
        await asyncio.sleep(0)
        clock.time += 10.0 if is_used else 0.0
        assert other.used(window) == 0
        assert (await other.take("lead", [window])).is_granted


async def test_caller_that_was_canceled_gets_no_error_of_the_limits(tmp_path: Path) -> None:
    window, clock = Window("", 3, 10.0), FakeClock()
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        query_ledger(tmp_path, "ALTER TABLE permit RENAME TO hidden", file="limits.sqlite3")
        asking = asyncio.create_task(store.take("lead", [window]))
        for _ in range(2):  # the error is there, and has not been passed on yet
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        query_ledger(tmp_path, "ALTER TABLE hidden RENAME TO permit", file="limits.sqlite3")
