"""Removing from a shared ledger: it is recorded who did it, and what was dropped is overwritten."""

import psycopg

from tests.support.ledger_records import machines, mark
from tests.support.postgres import query_team
from uploader.core.model import Outcome, RowState
from uploader.ledger.postgres.database import session_name
from uploader.ledger.postgres.ledger import PostgresLedger


async def send(ledger: PostgresLedger, run: str, row: int) -> None:
    attempt = await ledger.attempts.intend(run, row, mark(row), run)
    ledger.attempts.answer(attempt, RowState(Outcome.REJECTED, "no", "", None, 400))
    ledger.attempts.flush()


async def test_what_was_removed_is_recorded_newest_first(url: str) -> None:
    with machines(url, 3) as (one, two, _):
        await send(one, "run 0", 2)
        await send(one, "run 0", 3)
        await send(two, "run 1", 4)
        retention = two.retention
        assert retention.removals(9) == []
        retention.purge(0.0, [], forget_leads=False)  # nothing to remove
        retention.forget([mark(9)])
        assert retention.removals(9) == []
        assert retention.forget([mark(2), mark(4)]) == 2
        assert tuple(retention.purge(0.0, ["run 0"], forget_leads=False)) == (1, 2, 0, 0)
        assert tuple(retention.purge(0.0, ["run 1", "run 2"], forget_leads=True)) == (2, 1, 0, 0)
        found = retention.removals(9)
        assert [one[1:] for one in found] == [
            (session_name(), "purge with leads", 2, 1),
            (session_name(), "purge", 1, 2),
            (session_name(), "forget", 0, 2),
        ]
        assert found[0].made >= found[1].made >= found[2].made > 1.7e9
        assert retention.removals(2) == found[:2]


async def test_space_is_returned_unless_someone_reads(url: str, monkeypatch) -> None:
    with machines(url, 1) as (ledger,):
        await send(ledger, "run 0", 2)
        sizes = "SELECT relfilenode FROM pg_class WHERE oid = to_regclass('attempt')"
        before = query_team(url, sizes)
        with psycopg.connect(url) as reader:
            reader.execute("SELECT * FROM attempt")
            write = ledger.retention._database.write
            monkeypatch.setattr(ledger.retention._database, "write", lambda sql: write(sql.replace("5s", "5ms")))
            assert ledger.retention.compact() is False
            assert ledger.retention._database.read_one("SHOW lock_timeout") == "0"
        assert query_team(url, sizes) == before
        assert ledger.retention.compact() is True
        assert query_team(url, sizes) != before
        assert ledger.retention._database.read_one("SHOW lock_timeout") == "0"


async def test_others_that_write_wait_for_the_purge(url: str) -> None:
    """What they insert must not refer to what is dropped."""
    with machines(url, 2) as (one, two):
        await send(one, "run 0", 2)
        held = []
        drop = two.retention._drop

        def look(runs: list[str], forget_leads: bool) -> None:
            held.extend(
                query_team(
                    url,
                    "SELECT relation::regclass::text FROM pg_locks WHERE granted AND mode = 'ShareRowExclusiveLock'",
                )
            )
            drop(runs, forget_leads)

        two.retention._drop = look
        two.retention.purge(0.0, ["run 0"], forget_leads=True)
        tables = {"run", "attempt", "answer", "decision", "result", "duplicate", "reason"}
        assert {name.rpartition(".")[2] for (name,) in held} >= tables
