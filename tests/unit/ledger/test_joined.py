"""What is copied when a local ledger is moved into a shared one, and how its key is kept."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ledger_records import ledger_with_clock, mark, send
from tests.support.postgres import KEY, query_team, team_database
from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import Outcome, RowState, Run
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import DuplicateMark, Ledger, LedgerError, lock_names_of, open_ledger
from uploader.ledger.postgres.database import storable
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


@pytest.fixture
def opened(tmp_path: Path, monkeypatch) -> Iterator[tuple[Ledger, PostgresLedger, str]]:
    """A local ledger, and an empty one of a team with its address."""
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, _),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        yield local, team, url


@pytest.mark.parametrize(
    ("run", "is_refused"), [(a_run("sending"), True), (replace(a_run("sending"), campaign=7), False)]
)
def test_nothing_is_moved_while_a_machine_sends_leads_of_the_same_campaign(opened, run: Run, is_refused: bool) -> None:
    """It would not recognize them."""
    local, team, url = opened
    with PostgresLedger(url, KEY) as other, other.lock(lock_names_of(run), "leads.csv"):
        other.runs.start(run)
        if is_refused:
            with pytest.raises(
                UsageError, match=r"is sending leads of campaign 1 right now \(run sending\)"
            ) as refused:
                team.move_in(local.export(), "ann")
            assert str(refused.value).startswith(socket.gethostname())
            assert "Wait until it has finished" in refused.value.hint
            assert query_team(url, "SELECT id FROM run") == [("sending",)]
        else:
            assert team.move_in(local.export(), "ann").runs == 3
    assert team.move_in(local.export(), "ann").runs == 3


def test_key_that_uploader_did_not_make_is_refused(opened) -> None:
    local, team, url = opened
    for size in (31, 33):
        export = local.export()
        export.key = b"x" * size
        with pytest.raises(LedgerError, match=f"key has {size} bytes in place of 32") as refused:
            team.move_in(export, "ann")
        assert refused.value.hint.startswith("Nothing was moved.")
    assert query_team(url, "SELECT 1 FROM joined UNION SELECT 1 FROM run") == []


async def test_move_that_loses_leads_is_undone(opened, monkeypatch) -> None:
    local, team, url = opened
    await fill(local)
    export = local.export()
    monkeypatch.setattr(export, "live_attempts", lambda: 1_007)
    with pytest.raises(LedgerError, match="Only 6 of 1,007 leads arrived"):
        team.move_in(export, "ann")
    assert query_team(url, "SELECT 1 FROM joined UNION SELECT 1 FROM run UNION SELECT 1 FROM attempt") == []
    monkeypatch.setattr(export, "live_attempts", lambda: 5)  # more than there were, from an earlier move
    assert tuple(team.move_in(export, "ann")) == (3, 6)


async def test_what_was_decided_since_an_interrupted_move_is_moved_too(tmp_path: Path, monkeypatch) -> None:
    with (
        ledger_with_clock(tmp_path, monkeypatch) as (local, clock),
        team_database() as url,
        PostgresLedger(url, KEY) as team,
    ):
        first, second = await send(local, "one", 2), await send(local, "one", 3)
        decisions = [
            (first, Outcome.UNSENT, 0), (first, Outcome.ACCEPTED, 0), (second, Outcome.UNSENT, 0),
            (second, Outcome.UNSENT, 5),
        ]  # fmt: skip
        for number, (attempt, outcome, seconds) in enumerate(decisions, 1):
            clock.now += seconds
            local.decisions.record("ann", [(attempt, RowState(outcome, "looked"))])
            for _ in range(2):
                team.move_in(local.export(), "ann")
                assert query_team(url, "SELECT count(*) FROM decision") == [(number,)]
        assert team.decisions.latest("one") == local.decisions.latest("one")


async def test_no_run_starts_while_a_ledger_is_moved_in(opened, monkeypatch) -> None:
    local, team, url = opened
    export, held = local.export(), []
    sql = "SELECT relation::regclass::text FROM pg_locks WHERE granted AND mode = 'ShareRowExclusiveLock'"
    runs = export.runs
    monkeypatch.setattr(export, "runs", lambda: held.extend(query_team(url, sql)) or runs())
    team.move_in(export, "ann")
    assert [name.rpartition(".")[2] for (name,) in held] == ["run"]


async def test_what_the_team_knows_already_stays_as_it_is(opened) -> None:
    """A lead that the team holds is held once, and a settled result is not replaced by one that is older."""
    local, team, url = opened
    await fill(local)
    team.runs.start(a_run("ours"))
    (text_mark,) = local.fingerprints("acme", 1)([[TEXT]])
    for lead in (text_mark, mark(2)):
        assert await team.attempts.intend("ours", 1, lead) is not None
    team.results.record("acme", 55, LeadResult(Validity.VALID, "fine"))
    team.move_in(local.export(), "ann")
    assert team.results.find("acme", [55]) == {55: LeadResult(Validity.VALID, "fine")}
    held = query_team(url, "SELECT run, row FROM attempt WHERE holds ORDER BY run, row")
    assert held == [("one", 3), ("other", 6), ("ours", 1), ("ours", 1)]


@pytest.mark.parametrize("name", ["a\0b", "Ωμέγα"])
async def test_text_that_postgresql_cannot_store_is_moved_without_it(opened, name: str) -> None:
    local, team, url = opened
    local.runs.start(replace(a_run("named"), file=f"{name} \udcff", mapping=f"version: 1 # {name}"))
    attempt = await send(local, "named", 2)
    local.decisions.record(name, [(attempt, RowState(Outcome.ACCEPTED, name, name, 7))])
    local.runs.finish("named", {"accepted": 1}, name)
    team.move_in(local.export(), name)
    known = storable(name)
    assert query_team(url, "SELECT file, stopped, mapping FROM run WHERE id = 'named'") == [
        (f"{known} ?", known, f"version: 1 # {known}")
    ]
    assert query_team(url, "SELECT who, text, hint FROM decision JOIN reason ON reason.id = reason") == [(known,) * 3]
    assert query_team(url, "SELECT who, host FROM joined") == [(known, socket.gethostname())]
    assert query_team(url, "SELECT DISTINCT host FROM run") == [(socket.gethostname(),)]


def test_keys_of_moved_ledgers_are_told_apart(opened, tmp_path: Path) -> None:
    local, team, _ = opened
    assert (team.keys, team.has_joined(local.export().key)) == ((0,), False)
    team.move_in(local.export(), "ann")
    with open_ledger(tmp_path / "second home") as second:
        second.runs.start(a_run("second"))
        team.move_in(second.export(), "bob")
        assert team.keys == (0, *sorted(team.keys[1:]))
        assert [team._joined.key(number) for number in team.keys[1:]] == [local.export().key, second.export().key]
        assert team.has_joined(second.export().key)
    assert not team.has_joined(KEY)
    with pytest.raises(LedgerError, match="cannot be read"):
        team._joined.key(99)


def test_sealed_key_of_another_length_is_refused() -> None:
    local = bytes(range(32))
    sealed = seal(KEY, local)
    for wrong in (sealed[:-1], sealed + b"x", b""):
        with pytest.raises(LedgerError, match="cannot be read"):
            unseal(KEY, check_of(local), wrong)
