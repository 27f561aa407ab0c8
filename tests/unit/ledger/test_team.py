"""What only a shared ledger has: races between machines, and nothing in it that names anyone."""

import asyncio
import hmac
import socket
import struct
import subprocess
import sys
from contextlib import ExitStack

import pytest

from tests.support.ledger_records import machines, mark
from tests.support.permits import take
from tests.support.postgres import KEY, query_team
from uploader.core.model import Outcome, RowState
from uploader.core.rate_limit import Window
from uploader.ledger import lock_names_of
from uploader.ledger.postgres import ledger as ledger_module
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.postgres.reasons import columns, digest

ACCEPTED = RowState(Outcome.ACCEPTED, "", "", 55, 201)


async def test_lead_is_granted_to_one_machine(url: str) -> None:
    """Four machines take the same 50 leads at the same moment, in different orders."""
    with machines(url, 4) as ledgers:
        orders = [range(50), range(49, -1, -1), [*range(25, 50), *range(25)], range(50)]
        granted = await asyncio.gather(
            *(
                ledger.attempts.intend(f"run {at}", row, mark(row), f"run {at}")
                for at, (ledger, order) in enumerate(zip(ledgers, orders, strict=True))
                for row in order
            )
        )
        assert sum(attempt is not None for attempt in granted) == 50
        assert query_team(url, "SELECT count(*), count(DISTINCT fingerprint) FROM attempt") == [(50, 50)]


async def test_lead_that_was_not_accepted_is_free_for_everyone(url: str) -> None:
    with machines(url, 2) as (one, two):
        for outcome, is_free in [(Outcome.REJECTED, True), (Outcome.UNKNOWN, False), (Outcome.ACCEPTED, False)]:
            lead = outcome.ljust(16).encode()
            attempt = await one.attempts.intend("run 0", 2, lead, "run 0")
            assert await two.attempts.intend("run 1", 2, lead, "run 1") is None
            one.attempts.answer(attempt, RowState(outcome))
            one.attempts.flush()
            assert (await two.attempts.intend("run 1", 3, lead, "run 1") is not None) is is_free


async def test_lead_that_was_resolved_as_not_sent_is_free_for_everyone(url: str) -> None:
    with machines(url, 2) as (one, two):
        attempt = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        two.decisions.record("ann", [(attempt, RowState(Outcome.UNSENT, "looked"))])
        assert await two.attempts.intend("run 1", 2, mark(2), "run 1") is not None
        assert await one.attempts.intend("run 0", 3, mark(2), "run 0") is None


async def test_decision_frees_no_lead_that_was_accepted_and_no_other_lead(url: str) -> None:
    with machines(url, 2) as (one, two):
        accepted, under_way, unsent = [await one.attempts.intend("run 0", row, mark(row), "run 0") for row in (2, 3, 4)]
        two.decisions.record("ann", [(accepted, RowState(Outcome.ACCEPTED, "seen", "", 9))])
        two.decisions.record("ann", [(unsent, RowState(Outcome.UNSENT, "looked"))])
        assert query_team(url, "SELECT id FROM attempt WHERE holds ORDER BY id") == [(accepted,), (under_way,)]
        assert await two.attempts.intend("run 1", 2, mark(2), "run 1") is None
        assert await two.attempts.intend("run 1", 3, mark(3), "run 1") is None


async def test_unknown_lead_that_two_machines_send_again_is_sent_once(url: str) -> None:
    with machines(url, 3) as (dead, one, two):
        first = await dead.attempts.intend("run 0", 2, mark(2), "run 0")
        found = await asyncio.gather(
            one.attempts.intend("run 1", 2, mark(2), "run 1", first),
            two.attempts.intend("run 2", 2, mark(2), "run 2", first),
        )
        assert sum(attempt is not None for attempt in found) == 1


def test_new_ledger_of_a_team_is_empty_and_sound(url: str) -> None:
    with PostgresLedger(url, KEY) as ledger:
        assert (ledger.is_empty, ledger.take_warnings(), ledger.damage()) == (True, [], [])
    with machines(url, 1) as (ledger,), ledger.rows.checked_meanwhile():
        assert not ledger.is_empty


def test_permit_of_another_is_not_freed(url: str) -> None:
    window = Window("", 1, 1000.0)
    with machines(url, 2) as (one, two), one.permits(["acme"], 60) as mine, two.permits(["acme"], 60) as theirs:
        permit = take(mine, "lead", [window]).permit
        mine.give_back(permit)
        assert mine.used(window) == 0
        assert take(theirs, "lead", [window]).is_granted
        mine.give_back(permit)
        mine.answered(permit)
        assert mine.used(window) == 1


async def test_answer_to_an_attempt_that_was_purged_stops_nothing(url: str) -> None:
    with machines(url, 2) as (one, two):
        attempt = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        two.retention.purge(2e9, ["run 0"], forget_leads=True)
        one.attempts.answer(attempt, ACCEPTED)
        one.attempts.flush()
        assert two.rows.states("run 0", [2]) == {}


async def test_text_that_postgresql_cannot_store_is_stored_without_it(url: str) -> None:
    with machines(url, 1) as (ledger,):
        attempt = await ledger.attempts.intend("run 0", 2, None)
        ledger.attempts.answer(attempt, RowState(Outcome.REJECTED, "a\0b \udcff", "hint"))
        ledger.attempts.flush()
        assert ledger.rows.states("run 0", [2])[2].reason == "ab ?"


async def test_no_table_holds_the_key_or_an_account(url: str) -> None:
    with machines(url, 1) as (ledger,):
        (print_,) = ledger.fingerprints("acme", 1)([["parakeet@example.com"]])
        attempt = await ledger.attempts.intend("run 0", 2, print_, "run 0")
        ledger.attempts.answer(attempt, ACCEPTED)
        ledger.attempts.flush()
        with ledger.permits(["https://acme.cvtr.io", "parakeet-secret"], 60) as permits:
            await permits.take("lead", [Window("", 2, 10.0)])
        with ledger.lock(["acme parakeet-file"], "parakeet.csv"):
            found = []
            for (table,) in query_team(
                url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
                "UNION ALL SELECT 'pg_stat_activity' UNION ALL SELECT 'pg_locks'"
            ):  # fmt: skip
                found += query_team(url, f"SELECT row_to_json(t)::text FROM {table} AS t")
        text = " ".join(row for (row,) in found)
        assert "parakeet" not in text
        assert KEY.hex() not in text


def test_resume_prefers_a_run_of_this_machine(url: str) -> None:
    with machines(url, 2) as (one, _):
        assert one.runs.newest_unfinished("acme") == "run 1"
        query_team(url, "UPDATE run SET host = 'elsewhere' WHERE id = 'run 1'")
        assert one.runs.newest_unfinished("acme") == "run 0"
        one.runs.finish("run 0", {}, None)
        assert one.runs.newest_unfinished("acme") == "run 1"


def test_history_says_which_machine_works_on_a_run(url: str) -> None:
    with machines(url, 4) as (one, two, *_):
        query_team(url, "UPDATE run SET host = 'elsewhere' WHERE id IN ('run 1', 'run 2')")
        query_team(url, "UPDATE run SET sha256 = id")
        runs = [one.runs.find(f"run {number}") for number in range(4)]
        with two.lock(lock_names_of(runs[1]), "leads.csv"), one.lock(lock_names_of(runs[3]), "other.csv"):
            one.runs.finish("run 3", {}, None)  # it ends before its lock does
            found = {past.run.id: (past.is_running, past.is_elsewhere, past.host) for past in one.runs.history(9)}
            assert found == {
                "run 0": (False, False, socket.gethostname()), "run 1": (True, True, "elsewhere"),
                "run 2": (False, True, "elsewhere"), "run 3": (False, False, socket.gethostname()),
            }  # fmt: skip
            assert one.runs.running({("acme", 1), ("acme", 2)}) == [(runs[1], "elsewhere")]
            assert one.runs.running({("acme", 2), ("bcme", 1)}) == []


@pytest.mark.parametrize(
    ("is_session_lost", "is_locked", "is_recorded"),
    [(False, True, True), (False, False, True), (True, False, True), (True, True, False)],
)
def test_end_of_a_run_that_another_machine_has_taken_over_is_not_recorded(
    url: str, is_session_lost: bool, is_locked: bool, is_recorded: bool
) -> None:
    with machines(url, 1) as (one,), PostgresLedger(url, KEY) as two, ExitStack() as held:
        run = one.runs.find("run 0")
        if is_session_lost:
            one._commits._connection.close()
        if is_locked:
            held.enter_context(two.lock(lock_names_of(run), "leads.csv"))
        one.runs.finish("run 0", {"accepted": 1}, "stopped")
        assert query_team(url, "SELECT stopped FROM run") == [("stopped" if is_recorded else None,)]
        one.runs.finish("no run", {}, None)


def test_all_versions_lock_and_count_under_the_same_names(url: str) -> None:
    """Machines with an older version share the locks and the permits."""

    def hashed(text: str) -> bytes:
        return hmac.digest(KEY, text.encode(), "sha256")

    with machines(url, 1) as (ledger,), ledger.permits(["acme", "secret"], 60) as permits:
        number = int.from_bytes(hashed("lock acme 00")[:8], "big", signed=True)
        with ledger.lock(["acme 00"], "leads.csv"):
            high, low = struct.unpack(">II", struct.pack(">q", number))
            assert query_team(url, "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory'") == [(high, low)]
        take(permits, "lead", [Window("", 1, 10.0)])
        assert query_team(url, "SELECT account FROM permit") == [(hashed("account\x1facme\x1fsecret")[:16],)]
        assert ledger.fingerprints("acme", 1)([["a@example.com"]]) == [hashed("acme\x1f1\x1fa@example.com")[:16]]


@pytest.mark.parametrize("lead_id", [-1, 2**63 - 1, 2**63, 2**70])
def test_number_that_no_lead_can_have_is_not_looked_up(url: str, lead_id: int) -> None:
    with machines(url, 1) as (ledger,):
        assert ledger.rows.has_lead_id("acme", lead_id) is False


@pytest.mark.parametrize("fails", ["require_team", "Checkpoints", "require_own_sessions"])
def test_ledger_that_cannot_be_opened_leaves_no_session_open(url: str, connections, monkeypatch, fails: str) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger_module, fails, fail)
    with pytest.raises(KeyboardInterrupt):
        PostgresLedger(url, KEY)
    assert [one.closed for one in connections] == [True] * (2 if fails == "require_own_sessions" else 1)


def test_reason_is_stored_once_for_all_rows(url: str) -> None:
    assert columns([("a", "b"), ("a", "b"), ("ab", ""), ("", "ab")]) == (
        [digest("a", "b"), digest("ab", ""), digest("", "ab")], ["a", "ab", ""], ["b", "", "ab"],
    )  # fmt: skip
    assert len({digest("a", "b"), digest("ab", ""), digest("", "ab")}) == 3
    assert {len(digest(text, "")) for text in ("", "a" * 9999)} == {16}


def test_psycopg_is_imported_only_for_a_shared_ledger() -> None:
    modules = "uploader.cli.app, uploader.commands.upload, uploader.commands.team"
    script = f"import sys, {modules}; print('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
