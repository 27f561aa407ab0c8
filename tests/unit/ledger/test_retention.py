"""What a purge drops, and what it keeps."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from tests.support.ledger_records import LedgerClock, ledger_with_clock, mark, send
from tests.support.runs import a_run
from uploader.core.model import Outcome, RowState
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import DuplicateMark, Ledger, LedgerError, open_ledger

DAY = 86_400.0


async def fill(ledger: Ledger, clock: LedgerClock) -> float:
    """Leads of every kind in the runs "one" and "other", which have ended; return a later time."""
    for run in ("one", "other"):
        attempts = {
            outcome: await send(ledger, run, row, outcome and Outcome(outcome), 100 * row if row == 2 else None)
            for row, outcome in enumerate(["accepted", None, "rejected", "failed"], 2)
        }
        decided = await send(ledger, run, 6)
        ledger.decisions.record("ann", [(decided, RowState(Outcome.UNSENT, f"decided in {run}"))])
        ledger.rows.mark_duplicates(run, [DuplicateMark(7, f"of row 2 in {run}", "", attempts["accepted"])])
        ledger.rows.mark_duplicates("two", [DuplicateMark(len(run), "kept", "", attempts["rejected"])])
        ledger.runs.finish(run, {"accepted": 1, "unsent": 2}, "stopped" if run == "other" else None)
    for lead_id, scope in [(200, "acme"), (201, "acme"), (200, "bcme")]:
        ledger.results.record(scope, lead_id, LeadResult(Validity.VALID, f"result of {scope} {lead_id}"))
    clock.now += DAY
    return clock.now


def rows_of(query: Callable, table: str) -> dict[str, int]:
    return dict(query(f"SELECT run, count(*) FROM {table} GROUP BY run"))


async def test_purge_keeps_leads_that_may_exist(opened, query) -> None:
    ledger, clock = opened
    later = await fill(ledger, clock)
    ledger.runs.finish("two", {}, None)
    summary = ledger.retention.preview(later, [], forget_leads=False)
    assert tuple(summary) == (2, 8, 2, 2)
    assert ledger.retention.purge(later, [], forget_leads=False) == summary
    assert rows_of(query, "attempt") == {"one": 2, "other": 2}
    assert rows_of(query, "duplicate") == {"two": 2}
    assert {row: state.outcome for row, state in ledger.rows.states("one", range(9)).items()} == {
        2: Outcome.ACCEPTED, 3: Outcome.UNKNOWN,
    }  # fmt: skip
    assert sorted(ledger.rows.earlier_by_fingerprint([mark(row) for row in range(2, 7)])) == [mark(2), mark(3)]
    assert query("SELECT count(*) FROM answer UNION ALL SELECT count(*) FROM decision") == [(2,), (0,)]
    assert query("SELECT count(*) FROM duplicate WHERE attempt IS NOT NULL") == [(0,)]
    assert query("SELECT scope, lead_id FROM result") == [("acme", 200)]
    reasons = {text for (text,) in query("SELECT text FROM reason")}
    assert reasons == {"reason 2", "result of acme 200", "kept"}
    assert tuple(ledger.retention.preview(later, [], forget_leads=False)) == (0, 0, 0, 0)


async def test_purge_keeps_decisions_about_leads_that_may_exist(opened, query) -> None:
    ledger, clock = opened
    attempt = await send(ledger, "one", 2)
    ledger.decisions.record("ann", [(attempt, RowState(Outcome.ACCEPTED, "looked it up", "a hint", 7))])
    decided = ledger.decisions.latest("one")
    ledger.runs.finish("one", {}, None)
    clock.now += DAY
    ledger.retention.purge(clock.now, [], forget_leads=False)
    assert ledger.decisions.latest("one") == decided
    assert [state.reason for state in ledger.rows.states("one", [2]).values()] == ["looked it up"]
    assert query("SELECT text FROM reason") == [("looked it up",)]


async def test_purged_run_has_only_its_name_and_the_name_of_its_file(opened, query) -> None:
    ledger, clock = opened
    await fill(ledger, clock)
    ended = dict(query("SELECT id, ended FROM run"))
    ledger.retention.purge(ended["one"] + 0.5, ["two"], forget_leads=False)
    run = ledger.runs.find("other")
    assert run == replace(a_run("other"), file="leads.csv", mapping="", mapping_path="", sha256="")
    assert query("SELECT counts, stopped, ended FROM run WHERE id = 'other'") == [(None, None, ended["other"])]


async def test_only_runs_that_ended_before_are_purged(opened, query) -> None:
    ledger, clock = opened
    for run in ("one", "two", "other"):
        await send(ledger, run, 2, Outcome.REJECTED)
    ledger.runs.finish("one", {}, None)
    ended = clock.now
    clock.now += DAY
    ledger.runs.finish("other", {}, None)
    assert ledger.retention.preview(ended, [], forget_leads=False).runs == 0
    assert ledger.retention.preview(ended + 1, [], forget_leads=False).runs == 1
    assert ledger.retention.preview(ended + 1, ["two", "other"], forget_leads=False).runs == 2
    ledger.retention.purge(ended + 1, [], forget_leads=False)
    assert rows_of(query, "attempt") == {"two": 1, "other": 1}
    assert ledger.runs.find("one").is_purged  # "two" belongs to the same upload, so its report still names it
    ledger.retention.purge(ended + 1, ["two"], forget_leads=True)
    assert [ledger.runs.find(run) and ledger.runs.find(run).mapping for run in ("one", "two", "other")] == [
        None, None, "version: 1\n",
    ]  # fmt: skip


async def test_purged_runs_go_as_soon_as_nothing_of_their_upload_is_left(opened) -> None:
    ledger, clock = opened
    for run in ("one", "two"):
        await send(ledger, run, 2, Outcome.REJECTED)
    await send(ledger, "other", 2, Outcome.ACCEPTED)
    for run in ("one", "two", "other"):
        ledger.runs.finish(run, {}, None)
    ledger.retention.purge(clock.now + 1, [], forget_leads=False)
    assert [ledger.runs.find(run) is None for run in ("one", "two", "other")] == [True, True, False]


async def test_purge_forgets_leads_if_asked(opened, query) -> None:
    ledger, clock = opened
    later = await fill(ledger, clock)
    assert tuple(ledger.retention.purge(later, [], forget_leads=True)) == (2, 12, 2, 2)
    for table in ("attempt", "answer", "decision", "result"):
        assert query(f"SELECT count(*) FROM {table}") == [(0,)]
    assert query("SELECT text FROM reason") == [("kept",)]
    assert query("SELECT id FROM run") == [("two",)]


@pytest.mark.parametrize("forget_leads", [False, True])
async def test_id_of_a_purged_attempt_is_not_given_again(opened, *, forget_leads: bool) -> None:
    """Another process may have noted the newest id: what is newer than that counts as sent since."""
    ledger, clock = opened
    await send(ledger, "one", 2, Outcome.REJECTED)
    dropped = await send(ledger, "other", 2, Outcome.REJECTED)
    for run in ("one", "other"):
        ledger.runs.finish(run, {}, None)
    for _ in range(2):
        clock.now += DAY
        ledger.retention.purge(clock.now, [], forget_leads=forget_leads)
        assert ledger.attempts.newest() in {0, dropped}  # 0: a shared ledger counts on by itself
    assert await send(ledger, "two", 2) > dropped


async def test_runs_with_rows_that_were_never_sent(opened) -> None:
    ledger, clock = opened
    ledger.runs.start(a_run("third"))
    ledger.runs.start(a_run("fourth"))
    ledger.runs.finish("one", {"unsent": 5}, "stopped")  # its retry has read the same rows since
    ledger.runs.finish("two", {"unsent": 3}, "stopped")
    ledger.runs.finish("third", {"unsent": 0}, "stopped")
    ledger.runs.finish("fourth", {"unsent": 4}, None)  # --limit: the user knows
    found = ledger.retention.unsent_runs(clock.now + 1, ["other"])
    assert [tuple(one) for one in found] == [("other", "leads.csv", None), ("two", "leads.csv", 3)]
    assert [one.run for one in ledger.retention.unsent_runs(clock.now + 1, [])] == ["two"]


async def test_unfinished_runs_by_their_last_attempt(opened) -> None:
    ledger, clock = opened
    started = clock.now
    clock.now += DAY
    await send(ledger, "one", 2)
    ledger.runs.finish("other", {}, None)
    assert ledger.retention.unfinished_before(started) == ["two"]
    assert ledger.retention.unfinished_before(clock.now) == ["two"]
    assert ledger.retention.unfinished_before(clock.now + 1) == ["one", "two"]


async def test_purged_text_is_overwritten(tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "home" / "ledger.sqlite3"
    with ledger_with_clock(tmp_path / "home", monkeypatch) as (ledger, clock):
        for row in range(2, 40):
            await send(ledger, "one", row, Outcome.REJECTED)
        ledger.runs.finish("one", {}, None)
    assert b"reason 30" in file.read_bytes()
    with open_ledger(tmp_path / "home") as ledger:
        ledger.retention.purge(clock.now + 1, [], forget_leads=False)
    assert b"reason 30" not in file.read_bytes()


async def test_forgotten_fingerprint_is_gone_everywhere(opened) -> None:
    ledger, _ = opened
    for run in ("one", "other"):
        await send(ledger, run, 2, Outcome.ACCEPTED, 7)
        await send(ledger, run, 3, Outcome.ACCEPTED, 8)
    assert ledger.retention.forget([mark(2), mark(9)]) == 2
    assert list(ledger.rows.earlier_by_fingerprint([mark(2), mark(3)])) == [mark(3)]
    assert ledger.retention.forget([]) == ledger.retention.forget([mark(2)]) == 0
    assert ledger.rows.states("one", [2])[2].lead_id == 7


async def test_freed_space_is_returned_unless_someone_reads(sqlite_ledger, tmp_path: Path, monkeypatch) -> None:
    ledger, home = sqlite_ledger, tmp_path / "home"
    await send(ledger, "one", 2)
    monkeypatch.setattr("uploader.ledger.sqlite.database.BUSY_TIMEOUT", 0.01)
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as reader:
        rows = reader.execute("SELECT id FROM run")
        next(rows)  # the others are not read yet
        assert ledger.retention.compact() is False
    assert ledger.retention.compact() is True
    assert not (home / "ledger.sqlite3-wal").stat().st_size


def test_space_that_cannot_be_freed_is_said_to_be_kept(sqlite_ledger, monkeypatch) -> None:
    def fail(_: str) -> None:
        raise LedgerError("There is no space.", "")

    monkeypatch.setattr(sqlite_ledger.retention._database, "read_all", fail)
    assert sqlite_ledger.retention.compact() is False
