"""Permits are shared by processes; restarts, damage and changes of the clock neither exceed the quota nor block."""

import itertools
import json
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fake_clock import FakeClock
from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import ledger_with_clock, send
from tests.support.permits import permits_in, take
from uploader.core.rate_limit import Window
from uploader.ledger import LedgerError
from uploader.ledger.sqlite.limits_file import open_permits
from uploader.ledger.sqlite.permits import SqlitePermits


@pytest.mark.parametrize(("uptime", "wait"), [(0.0, 10.0), (4.0, 6.0), (9.9, 0.1), (10.0, 0.0), (3000.0, 0.0)])
def test_permits_from_before_a_restart_count_from_the_restart(tmp_path: Path, uptime: float, wait: float) -> None:
    window, clock = Window("", 1, 10.0), FakeClock()
    clock.time = 5000.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        store.answered(take(store, "lead", [window]).permit)
    clock.time = uptime
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        assert take(store, "lead", [window]).wait == pytest.approx(wait)


@pytest.mark.parametrize(("uptime", "wait"), [(0.0, 50.0), (20.0, 30.0), (60.0, 0.0)])
def test_pause_from_before_a_restart_is_not_longer(tmp_path: Path, uptime: float, wait: float) -> None:
    clock = FakeClock()
    clock.time = 5000.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        store.pause(50.0)
    clock.time = uptime
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        assert take(store, "lead", [Window("", 1, 10.0)]).wait == pytest.approx(wait)


STEPS = st.one_of(
    st.tuples(st.just("take"), st.floats(0, 4)),
    st.tuples(st.just("wait"), st.floats(0, 12)),
    st.tuples(st.just("restart"), st.floats(0, 12)),
    st.tuples(st.just("damage"), st.floats(0, 4)),
    st.tuples(st.just("pause"), st.floats(0, 20)),
)


@given(limit=st.integers(1, 4), boot=st.floats(0, 1e6), steps=st.lists(STEPS, max_size=30))
@settings(max_examples=50)
def test_restarts_and_damage_neither_exceed_the_quota_nor_wait_too_long(
    limit: int, boot: float, steps: list[tuple[str, float]]
) -> None:
    """`real` is the time of the platform; the machine's own starts again at every restart."""
    window, longest, clock, real = Window("", limit, 10.0), 1.0, FakeClock(), 0.0
    clock.time = boot
    requests: list[float] = []
    longest_pause = 0.0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def opened() -> SqlitePermits:
            return open_permits(home, ["acme"], longest, was_sending=True, clock=clock.now)[0]

        store = opened()
        store.answered(take(store, "lead", [Window("", 99, 0.1)]).permit)
        real, clock.time = real + 10.0, clock.time + 10.0  # what a new file treats as used is over
        for step, seconds in steps:
            if step == "take":
                decision = take(store, "lead", [window])
                if decision.is_granted:
                    assert decision.permit is not None
                    requests.append(real)
                    store.answered(decision.permit)
                assert decision.wait <= max(window.seconds, longest_pause) + 1e-6
            elif step == "pause":
                store.pause(seconds)
                longest_pause = max(longest_pause, seconds)
            elif step == "damage":
                store.__exit__()
                (home / "limits.sqlite3").write_bytes(b"damaged")
                longest_pause = 0.0
                store = opened()
            elif step == "restart":
                store.__exit__()
                clock.time = -seconds
                store = None
            real, clock.time = real + seconds, clock.time + seconds
            store = store or opened()
        store.__exit__()
    for first, later in zip(requests, requests[limit:], strict=False):
        assert later - first >= window.seconds - 1e-6


DAMAGE = {
    "garbage": lambda path: path.write_bytes(b"x" * 9000),
    "zeros": lambda path: path.write_bytes(bytes(9000)),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "damaged page": lambda path: path.write_bytes(path.read_bytes()[:4096] + os.urandom(len(path.read_bytes()) - 4096)),
    "missing": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_limits_are_rebuilt_and_treated_as_used(command, platform, monkeypatch, tmp_path, damage: str) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    assert command("upload", write_csv(Path("a.csv"), people(3)), "-m", "map.yaml", "--yes").code == 0
    for name in ("ledger", "limits"):
        query_ledger(tmp_path / "home", "PRAGMA wal_checkpoint(TRUNCATE)", file=f"{name}.sqlite3")
    DAMAGE[damage](tmp_path / "home/limits.sqlite3")
    for name in ("RATE_LIMIT", "LOGIN_RATE_LIMIT", "RESULT_RATE_LIMIT"):
        monkeypatch.setenv(f"UPLOADER_{name}", "100/1")
    began = time.monotonic()
    ran = command("upload", write_csv(Path("b.csv"), people(4)), "-m", "map.yaml", "--yes")
    assert ran.code == 0, ran
    assert "limits.sqlite3" in ran.err
    assert "rebuilt" in ran.err
    assert 1.0 <= time.monotonic() - began < 5
    assert len(sandbox.received) == 4
    assert "rebuilt" not in command("check", "b.csv", "-m", "map.yaml").err


@pytest.mark.parametrize("step", [-1e7, -3600.0, 3600.0, 1e7])
@pytest.mark.slow
def test_changes_of_the_clock_do_not_matter(command, platform, monkeypatch, step: float) -> None:
    """The clock is changed by this much before every look at it."""
    real, calls = time.time, itertools.count()
    sandbox = platform(limit="12/2")
    Path("map.yaml").write_text(MAPPING)
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "12/2")
    monkeypatch.setattr(time, "time", lambda: real() + step * next(calls))
    began = time.monotonic()
    ran = command("upload", write_csv(Path("a.csv"), people(30)), "-m", "map.yaml", "--yes", "--json")
    assert json.loads(ran.out)["counts"]["accepted"] == 30, ran
    assert 429 not in {status for _, _, status in sandbox.log}
    assert time.monotonic() - began < 12


@pytest.mark.parametrize(("age", "is_lost"), [(None, False), (10.0, True), (3599.0, True), (3601.0, False)])
async def test_missing_limits_are_lost_only_if_leads_were_sent_lately(
    tmp_path: Path, monkeypatch, age: float | None, is_lost: bool
) -> None:
    with ledger_with_clock(tmp_path / "home", monkeypatch) as (ledger, clock):
        if age is not None:
            await send(ledger, "one", 2)
            clock.now += 86_400
            await send(ledger, "one", 3)
            clock.now += age
        ledger.permits(["acme"], 60).__exit__()
        warnings = ledger.take_warnings()
        assert (len(warnings), ledger.take_warnings()) == (1 if is_lost else 0, [])
        assert not is_lost or "limits.sqlite3 was missing. It has been rebuilt" in warnings[0]


def test_older_limits_are_treated_as_used(tmp_path: Path) -> None:
    """Its permits have times of another clock."""
    clock, window = FakeClock(), Window("", 3, 10.0)
    clock.time = 100.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        assert store.used(window) == 0
        take(store, "lead", [window])
    query_ledger(tmp_path, "PRAGMA user_version = 3", file="limits.sqlite3")
    query_ledger(tmp_path, "DROP TABLE meta", file="limits.sqlite3")
    for passed, wait in [(0.0, 10.0), (4.0, 6.0)]:
        clock.time = 100.0 + passed
        with permits_in(tmp_path, ["acme"], 60, clock) as store:
            assert take(store, "lead", [window]).wait == pytest.approx(wait)
            assert store.used(window) == 3
    clock.time = 110.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        assert store.used(window) == 0


def test_permits_of_a_lost_file_keep_their_ids(tmp_path: Path) -> None:
    """A request in flight in another process does not release a permit of the new file."""
    clock, window = FakeClock(), Window("", 1, 10.0)
    clock.time = 50.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        in_flight = take(store, "lead", [window]).permit
    (tmp_path / "limits.sqlite3").write_bytes(b"damaged")
    permits, _ = open_permits(tmp_path, ["acme"], 60, was_sending=True, clock=clock.now)
    with permits:
        clock.time = 60.0
        assert take(permits, "lead", [window]).permit not in {None, in_flight}
        permits.give_back(in_flight)
        assert permits.used(window) == 1


def test_limits_without_their_salt_are_rebuilt(tmp_path: Path) -> None:
    """Without it no account finds its permits."""
    clock, window = FakeClock(), Window("", 3, 10.0)
    clock.time = 100.0
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        take(store, "lead", [window])
    query_ledger(tmp_path, "DELETE FROM meta WHERE name = 'salt'", file="limits.sqlite3")
    permits, warning = open_permits(tmp_path, ["acme"], 60, was_sending=False, clock=clock.now)
    with permits:
        assert "limits.sqlite3 was damaged. It has been rebuilt" in warning
        assert take(permits, "lead", [window]).wait == pytest.approx(10.0)


def test_folder_of_the_limits_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        open_permits(tmp_path / "home", ["acme"], 60, was_sending=False)


@pytest.mark.parametrize(("uptime", "wait"), [(0.0, 10.0), (4.0, 6.0), (10.0, 0.0)])
def test_window_treated_as_used_before_a_restart_counts_from_the_restart(tmp_path: Path, uptime, wait) -> None:
    clock, window = FakeClock(), Window("", 3, 10.0)
    clock.time = 5000.0
    (tmp_path / "limits.sqlite3").write_bytes(b"damaged")
    open_permits(tmp_path, ["acme"], 60, was_sending=True, clock=clock.now)[0].__exit__()
    clock.time = uptime
    with permits_in(tmp_path, ["acme"], 60, clock) as store:
        assert take(store, "lead", [window]).wait == pytest.approx(wait)
