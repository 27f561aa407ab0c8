"""What is copied when a local ledger is moved into a shared one, and how its key is kept."""

from pathlib import Path

import pytest

from tests.support.ledger_records import ledger_with_clock, mark, send
from tests.support.postgres import KEY, query_team, team_database
from tests.support.runs import a_run
from uploader.core.model import Outcome, RowState
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import DuplicateMark, Ledger, LedgerError
from uploader.ledger.postgres.joined import check_of, seal, unseal
from uploader.ledger.postgres.ledger import PostgresLedger

RUNS = ("one", "two", "other")
TEXT = "parakeet@example.com"


async def fill(ledger: Ledger) -> None:
    """Give the ledger something of everything it can have."""
    (text_mark,) = ledger.fingerprints("acme", 1)([[TEXT]])
    first = await ledger.attempts.intend("one", 1, text_mark)
    ledger.attempts.answer(first, RowState(Outcome.ACCEPTED, "", "", 55, 201))
    for row, outcome in enumerate([Outcome.ACCEPTED, None, Outcome.REJECTED, Outcome.FAILED, Outcome.UNKNOWN], 2):
        await send(ledger, "one", row, outcome, 100 + row if outcome == Outcome.ACCEPTED else None)
    await send(ledger, "two", 4, Outcome.ACCEPTED, 200, lead=2)  # --allow-duplicates
    decided = await send(ledger, "other", 6)
    for outcome in (Outcome.UNSENT, Outcome.ACCEPTED):
        ledger.decisions.record("ann", [(decided, RowState(outcome, f"decided {outcome}", "", 300))])
    ledger.rows.mark_duplicates(
        "other", [DuplicateMark(7, "an earlier row", "", None), DuplicateMark(8, "x", "", first)]
    )
    ledger.results.record("acme", 55, LeadResult(Validity.INVALID, "bad number"))
    ledger.runs.finish("one", {"accepted": 2, "unknown": 2}, "stopped")


def known(ledger: Ledger) -> list[object]:
    rows = range(1, 10)
    marks = [*map(mark, rows), *ledger.fingerprints("acme", 1, ledger.keys[-1])([[TEXT]])]
    earlier = {
        lead: (one.run, one.row, one.outcome, one.lead_id)
        for lead, one in ledger.rows.earlier_by_fingerprint(marks).items()
    }
    past = [(p.run, p.started, p.ended, p.stopped, p.counts) for p in ledger.runs.history(9)]
    return [
        *((ledger.rows.states(run, rows), ledger.rows.sent(run), ledger.decisions.latest(run)) for run in RUNS),
        *(ledger.rows.rows_by_fingerprint(run, marks) for run in RUNS),
        earlier, past, ledger.rows.lead_ids("acme"), ledger.results.find("acme", [55]),
    ]  # fmt: skip


async def test_shared_ledger_knows_all_that_the_local_one_knew(tmp_path: Path, monkeypatch) -> None:
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, _),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        await fill(local)
        wanted = known(local)
        for _ in range(2):  # again: nothing changes
            moved = team.move_in(local.export(), "ann")
            assert (moved.runs, moved.leads) == (3, 6)
            assert known(team) == wanted
        identities = [one._replace(key=0) for one in team.runs.identities("acme", 1) if one.key]
        assert identities == local.runs.identities("acme", 1)
        assert query_team(url, "SELECT count(*), count(DISTINCT fingerprint) FROM attempt WHERE holds") == [(4, 4)]


async def test_no_table_holds_the_key_of_a_moved_ledger(tmp_path: Path, monkeypatch) -> None:
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, _),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        await fill(local)
        team.move_in(local.export(), "ann")
        key = (tmp_path / "fingerprint.key").read_bytes()
        tables = query_team(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        text = str([query_team(url, f"SELECT row_to_json(t)::text FROM {table} AS t") for (table,) in tables])
        assert all(secret not in text for secret in (key.hex(), KEY.hex(), TEXT))
        assert team.fingerprints("acme", 1, team.keys[-1])([[TEXT]]) == local.fingerprints("acme", 1)([[TEXT]])


def test_key_that_was_changed_in_the_database_is_refused(tmp_path: Path, monkeypatch) -> None:
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, _),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        team.move_in(local.export(), "ann")
        query_team(url, "UPDATE joined SET sealed_key = substring(sealed_key FROM 2) || '\\x00'::bytea")
        with pytest.raises(LedgerError, match="cannot be read"):
            team.fingerprints("acme", 1, team.keys[-1])


def test_sealed_key_is_opened_with_the_same_team_key_only() -> None:
    local = bytes(range(32, 64))
    check, sealed = check_of(local), seal(KEY, local)
    assert unseal(KEY, check, sealed) == local
    assert local not in sealed
    with pytest.raises(LedgerError):
        unseal(b"x" * 32, check, sealed)


def test_run_with_the_id_of_another_one_is_refused_and_nothing_is_copied(tmp_path: Path, monkeypatch) -> None:
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, _),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        team.runs.start(a_run("two"))
        with pytest.raises(LedgerError, match="another run with the id two"):
            team.move_in(local.export(), "ann")
        assert query_team(url, "SELECT id FROM run") == [("two",)]
        assert team.keys == (0,)
