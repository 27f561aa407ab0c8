"""What a ledger knows of runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import IdentityScheme, Outcome, RowState
from uploader.ledger import OWN_KEY, DuplicateMark, RunFilter
from uploader.ledger.run_facts import NEVER_ENDED


def test_end_of_a_run_is_its_own(ledger) -> None:
    assert ledger.runs.stop_reason("one") == NEVER_ENDED
    ledger.runs.finish("one", {"accepted": 3}, None)
    ledger.runs.finish("two", {"unsent": 1}, "closed")
    reasons = [ledger.runs.stop_reason(name) for name in ("one", "two", "other", "none")]
    assert reasons == [None, "closed", NEVER_ENDED, None]
    ledger.runs.mark_resumed("two")
    reasons = [ledger.runs.stop_reason(name) for name in ("one", "two", "other")]
    assert reasons == [None, NEVER_ENDED, NEVER_ENDED]
    states = {past.run.id: (past.state, past.counts) for past in ledger.runs.history(9)}
    assert states == {
        "one": ("finished", {Outcome.ACCEPTED: 3}),
        "two": ("unfinished", {}),
        "other": ("unfinished", {}),
    }


def test_facts_that_change_are_those_of_one_run(ledger) -> None:
    ledger.runs.set_report_kind("one", "xlsx")
    ledger.runs.mark_canaries_passed("two")
    scheme = IdentityScheme((("telephone", "phone"),), 2, finds_duplicates=False)
    ledger.runs.add_identity("one", scheme)
    assert ledger.runs.find("one") == replace(
        a_run("one"), report_kind="xlsx", identities=(*a_run("one").identities, scheme)
    )
    assert ledger.runs.find("two") == replace(a_run("two", "one"), canaries_passed=True)
    assert ledger.runs.find("other") == a_run("other")


def test_purged_run_is_neither_resumed_nor_listed(ledger, purge) -> None:
    purge("other")
    with pytest.raises(UsageError, match="has just been purged"):
        ledger.runs.mark_resumed("other")
    assert [past.run.id for past in ledger.runs.history(9)] == ["two", "one"]
    assert ledger.runs.newest_unfinished("acme") == "two"
    assert ledger.runs.find("other").is_purged
    assert ledger.runs.campaigns() == {("acme", 1)}


def test_newest_run(ledger) -> None:
    other_file = replace(a_run("late"), sha256="11", scope="bcme", campaign=2)
    ledger.runs.start(other_file)
    assert ledger.runs.newest(["one", "other", "none"]) == "other"
    assert ledger.runs.newest([]) is None
    assert ledger.runs.newest_unfinished("acme") == "other"
    ledger.runs.finish("other", {}, "stopped")
    assert ledger.runs.newest_unfinished("acme") == "other"
    ledger.runs.finish("other", {}, None)
    assert ledger.runs.newest_unfinished("acme") == "two"
    assert ledger.runs.newest_unfinished("ccme") is None
    assert ledger.runs.newest_of_file("acme", "00") == "other"
    assert ledger.runs.newest_of_file("bcme", "11") == "late"
    assert ledger.runs.newest_of_file("acme", "11") is None
    assert [run.id for run in ledger.runs.unfinished("acme", 1)] == ["two", "one"]
    assert [run.id for run in ledger.runs.unfinished("bcme", 2)] == ["late"]
    assert ledger.runs.unfinished("acme", 2) == []
    assert ledger.runs.campaigns() == {("acme", 1), ("bcme", 2)}
    assert [past.run.id for past in ledger.runs.history(2)] == ["late", "other"]


async def test_upload_whose_attempts_were_deleted_is_noticed(ledger, query) -> None:
    """What a retry has sent counts for its upload, whose rows it has; rows that were never sent count for none."""
    ledger.runs.start(replace(a_run("three", "one"), command="retry"))
    for run, rows in (("one", (2, 3)), ("three", (3, 4)), ("other", (2,))):
        for row in rows:
            await send(ledger, run, row, Outcome.ACCEPTED, lead_id=row, lead=row + 10 * len(run))
    ledger.runs.finish("one", {"accepted": 2, "rejected": 1, "invalid": 5, "failed": 5, "duplicate": 5}, None)
    ledger.runs.finish("three", {"accepted": 9}, None)
    assert ledger.runs.lacking_attempts() == []
    query("DELETE FROM answer WHERE attempt IN (SELECT id FROM attempt WHERE run = 'three' AND row = 4)")
    query("DELETE FROM attempt WHERE run = 'three' AND row = 4")
    assert ledger.runs.lacking_attempts() == ["one"]
    query("DELETE FROM answer")
    query("DELETE FROM attempt")
    ledger.runs.finish("other", {"accepted": 1}, None)
    assert ledger.runs.lacking_attempts() == ["one", "other"]


def test_wanted_runs_are_found_however_old_they_are(ledger, query) -> None:
    """Each filter looks through all runs: a limit counts those that it lets through."""
    odd = replace(a_run("odd"), file="/somewhere/l\udcffads.csv", scope="bcme", campaign=2)
    ledger.runs.start(odd)
    ledger.runs.set_report_kind("odd", "xlsx")  # which writes the facts again
    query(
        "UPDATE run SET started = CASE id WHEN 'odd' THEN 3 WHEN 'one' THEN 2 ELSE 9 END, "
        "ended = CASE id WHEN 'odd' THEN NULL ELSE 10 END"
    )

    def found(limit: int | None, **wanted: object) -> list[str]:
        return [past.run.id for past in ledger.runs.history(limit, RunFilter(**wanted))]

    assert [past.run.id for past in ledger.runs.history(None)] == ["two", "other", "odd", "one"]
    for wanted in ({"run": "odd"}, {"scope": "bcme"}, {"campaign": 2}, {"file": odd.file}, {"is_unfinished": True}):
        assert found(1, **wanted) == ["odd"], wanted
    assert found(1, scope="acme", campaign=1, run="one", file="/somewhere/leads.csv") == ["one"]
    assert found(None, scope="acme") == ["two", "other", "one"]
    assert found(None, scope="acme", campaign=2) == found(None, campaign=0) == found(None, run="none") == []


def test_newest_run_of_a_file_includes_its_reports(ledger) -> None:
    ledger.runs.start(replace(a_run("retry", "other"), sha256="99"))
    assert ledger.runs.newest_of_file("acme", "00") == "retry"


async def test_counts_are_adjusted_by_later_decisions(opened) -> None:
    ledger, clock = opened
    attempts = [await send(ledger, "one", row) for row in (2, 3, 4, 5)]
    await send(ledger, "other", 2)
    ledger.decisions.record("ann", [(attempts[1], RowState(Outcome.FAILED, "early"))])
    clock.now += 1
    ledger.runs.finish("one", {"accepted": 5, "unknown": 3, "failed": 1}, None)
    clock.now += 1
    ledger.decisions.record("ann", [(attempts[0], RowState(Outcome.ACCEPTED, "late", lead_id=7))])
    ledger.decisions.record("ann", [(attempts[1], RowState(Outcome.UNSENT, "late"))])
    counts = {past.run.id: +past.counts for past in ledger.runs.history(9)}
    assert counts == {
        "one": {Outcome.ACCEPTED: 6, Outcome.UNKNOWN: 2, Outcome.UNSENT: 1},
        "two": {},
        "other": {Outcome.UNKNOWN: 1},
    }


async def test_counts_are_adjusted_by_the_last_attempt_at_each_row_and_what_it_was_at_the_end(opened) -> None:
    ledger, clock = opened
    superseded, _ = await send(ledger, "one", 2), await send(ledger, "one", 2)
    twice, at_the_end = await send(ledger, "one", 3), await send(ledger, "one", 4)
    for outcome in (Outcome.FAILED, Outcome.UNSENT):
        ledger.decisions.record("ann", [(twice, RowState(outcome, "early"))])
    clock.now += 1
    ledger.runs.finish("one", {"unknown": 1, "unsent": 1, "failed": 1}, None)
    ledger.decisions.record("ann", [(at_the_end, RowState(Outcome.FAILED, "at the same moment"))])
    clock.now += 1
    ledger.decisions.record("ann", [(superseded, RowState(Outcome.FAILED, "late"))])
    ledger.decisions.record("ann", [(twice, RowState(Outcome.ACCEPTED, "late"))])
    (counts,) = [+past.counts for past in ledger.runs.history(9) if past.run.id == "one"]
    assert counts == {Outcome.UNKNOWN: 1, Outcome.ACCEPTED: 1, Outcome.FAILED: 1}


async def test_counts_of_a_killed_run_are_those_of_its_rows(ledger) -> None:
    accepted = await send(ledger, "other", 2, Outcome.ACCEPTED)
    unknown, rejected = await send(ledger, "other", 3), await send(ledger, "other", 4, Outcome.REJECTED)
    for row, outcome in [(2, "failed"), (2, "accepted"), (3, "rejected"), (4, None), (5, "failed"), (6, "accepted")]:
        await send(ledger, "one", row, outcome and Outcome(outcome), lead=100 + row)
    earlier = {5: accepted, 6: unknown, 7: accepted, 8: unknown, 9: rejected, 10: None}
    ledger.rows.mark_duplicates("one", [DuplicateMark(row, "", "", attempt) for row, attempt in earlier.items()])
    ledger.rows.mark_duplicates("two", [DuplicateMark(11, "", "", accepted)])
    counts = {past.run.id: past.counts for past in ledger.runs.history(9)}
    assert counts == {
        "one": {Outcome.ACCEPTED: 2, Outcome.REJECTED: 1, Outcome.UNKNOWN: 2, Outcome.DUPLICATE: 3, Outcome.UNSENT: 1},
        "two": {Outcome.DUPLICATE: 1},
        "other": {Outcome.ACCEPTED: 1, Outcome.REJECTED: 1, Outcome.UNKNOWN: 1},
    }


async def test_identities_are_those_of_leads_that_may_exist(ledger) -> None:
    by_phone = replace(a_run("phone"), identities=(IdentityScheme((("telephone", "phone"),), 2),), mapping="version: 2")
    by_name = replace(a_run("name"), identities=(IdentityScheme((("lastName", "text"),), 1),))
    for run in (by_phone, by_name, replace(a_run("elsewhere"), campaign=2)):
        ledger.runs.start(run)
    await send(ledger, "one", 2, Outcome.ACCEPTED)
    await send(ledger, "two", 3)
    await send(ledger, "phone", 2)
    await send(ledger, "name", 2, Outcome.REJECTED)
    await send(ledger, "elsewhere", 2, Outcome.ACCEPTED)
    await ledger.attempts.intend("name", 3, None)
    found = [(one.run, one.schemes, one.mapping, one.mapping_path) for one in ledger.runs.identities("acme", 1)]
    assert found == [
        ("two", a_run("two").identities, "version: 1\n", "/somewhere/map.yaml"),
        ("phone", by_phone.identities, "version: 2", "/somewhere/map.yaml"),
    ]
    assert ledger.runs.identities("acme", 3) == ledger.runs.identities("bcme", 1) == []


async def test_purged_runs_keep_how_they_identified_leads(opened) -> None:
    ledger, clock = opened
    ledger.runs.start(replace(a_run("third"), identity_mapping='{"version": 1}'))
    await send(ledger, "third", 2, Outcome.ACCEPTED)
    ledger.runs.finish("third", {}, None)
    ledger.retention.purge(clock.now + 1, [], forget_leads=False)
    assert [(one.run, one.mapping, one.key) for one in ledger.runs.identities("acme", 1)] == [
        ("third", '{"version": 1}', OWN_KEY)
    ]


def test_runs_of_older_versions_have_no_identity(sqlite_ledger, tmp_path: Path) -> None:
    ledger, home = sqlite_ledger, tmp_path / "home"
    query_ledger(home, "UPDATE run SET facts = json_remove(facts, '$.identities') WHERE id IN ('one', 'two')")
    query_ledger(home, "UPDATE run SET facts = json_set(facts, '$.mapping', '') WHERE id = 'two'")
    assert ledger.runs.without_identity() == [replace(a_run("one"), identities=())]
    ledger.runs.add_identity("one", a_run("one").identities[0])
    assert ledger.runs.without_identity() == []
    assert ledger.runs.find("one") == a_run("one")
