"""Moving a machine's own ledger into the shared one: what it accepted is never sent again, by anyone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.postgres import KEY, query_team
from tests.support.team import home_of, upload_on
from uploader.ledger import SqliteLedger
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.sqlite.export import SqliteExport
from uploader.pipeline.run import UploadRun

LEADS = people(9)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Commands within do not use the shared ledger."""

    @contextmanager
    def without() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.delenv("UPLOADER_LEDGER")
            yield

    return without


@pytest.fixture
def laptop(on, team, platform, alone, monkeypatch):
    """Machine A has a ledger of its own: three leads are accepted, one is unknown, one was rejected."""
    sandbox = platform(faults="close@4,400@5")
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    with alone():
        report = upload_on(
            on,
            "A",
            write_csv(Path("a.csv"), LEADS[:5]),
        )
    assert (report["counts"]["accepted"], report["counts"]["unknown"]) == (3, 1), report
    sandbox.report = report
    return sandbox


def test_lead_that_a_moved_ledger_has_accepted_is_not_sent_by_anyone(on, team, laptop) -> None:
    ran = on("A", "upload", "a.csv", "-m", "map.yaml")
    assert (ran.code, "uploader team join" in ran.err) == (5, True), ran
    ran = on("A", "team", "join")
    assert (ran.code, "Moved 1 run with 4 accepted or unknown leads" in ran.out) == (0, True), ran
    sent = len(laptop.received)
    for machine in ("A", "B"):
        again = upload_on(on, machine, write_csv(Path("b.csv"), LEADS[:4]))
        assert (again["counts"]["duplicate"], again["counts"]["unknown"]) == (3, 1), again
    assert len(laptop.received) == sent
    new = upload_on(on, "B", write_csv(Path("c.csv"), LEADS[4:]))
    assert new["counts"]["accepted"] == 5
    assert "no ledger of its own that is left to move" in on("A", "team", "join").out


def test_other_fields_and_another_spelling_are_recognized_too(on, team, laptop) -> None:
    assert on("A", "team", "join").code == 0
    Path("other.yaml").write_text(MAPPING + "duplicates: [telephone]\n")
    shouted = [[first, last, email.upper(), *rest] for first, last, email, *rest in LEADS[:3]]
    ran = on("B", "upload", write_csv(Path("b.csv"), shouted), "-m", "other.yaml", "--json")
    assert json.loads(ran.out)["counts"]["duplicate"] == 3, ran


def test_unknown_rows_of_a_moved_run_are_resolved_on_another_machine(on, team, laptop) -> None:
    assert on("A", "team", "join").code == 0
    assert on("B", "resolve", laptop.report["run"], "--rows", "5", "--not-sent").code == 0
    retried = json.loads(on("A", "retry", laptop.report["report"], "--json").out)
    assert (retried["exit_code"], retried["counts"]["accepted"]) == (0, 5), retried


def test_moved_ledger_is_read_only_and_says_where_it_is(on, team, laptop, alone, platform) -> None:
    still_open = SqliteLedger(home_of("A"))
    assert on("A", "team", "join").code == 0
    with still_open, pytest.raises(Exception, match="moved into a shared ledger"):
        still_open.runs.set_report_kind(laptop.report["run"], "csv")
    sent = len(laptop.received)
    with alone():
        for args in (("upload", "a.csv", "-m", "map.yaml"), ("runs",), ("retry", laptop.report["report"])):
            ran = on("A", *args)
            assert (ran.code, "was moved into the shared ledger postgresql://" in ran.err) == (5, True), ran
        ran = on("A", "upload", "a.csv", "-m", "map.yaml", "--sandbox", "--json")
        assert json.loads(ran.out)["counts"]["accepted"] == 5, ran  # practice goes on
    assert len(laptop.received) == sent


@pytest.mark.parametrize("step", ["while copying", "before the local ledger is closed"])
def test_interrupted_move_is_finished_by_the_next(on, team, laptop, monkeypatch, step: str) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SqliteExport, "results" if step == "while copying" else "close", stop)
        assert on("A", "team", "join").code == 130
    assert query_team(team, "SELECT count(*) FROM attempt") == [(0,) if step == "while copying" else (5,)]
    assert on("A", "upload", "a.csv", "-m", "map.yaml").code == 5
    assert "with 4 accepted or unknown leads" in on("A", "team", "join").out
    counts = "SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM attempt), (SELECT count(*) FROM answer)"
    assert query_team(team, counts) == query_ledger(home_of("A"), counts)


def test_running_uploads_are_waited_for(on, team, laptop) -> None:
    with SqliteLedger(home_of("A")) as local:
        run = local.runs.find(laptop.report["run"])
        query_ledger(home_of("A"), "UPDATE run SET ended = NULL")
        with local.lock([f"family {run.family}"], "a.csv"):
            ran = on("A", "team", "join")
    assert (ran.code, f"run {run.id} of this machine" in ran.err) == (2, True), ran
    with PostgresLedger(team, KEY) as colleague:
        colleague.runs.start(replace(run, id="theirs", family="theirs"))
        with colleague.lock(["family theirs"], "b.csv"):
            ran = on("A", "team", "join")
            assert (ran.code, "is sending leads of campaign 44400" in ran.err) == (2, True), ran
    assert query_team(team, "SELECT count(*) FROM joined") == [(0,)]
    assert on("A", "team", "join").code == 0


def test_upload_that_was_planned_before_a_ledger_was_moved_in_sends_nothing(on, team, laptop, monkeypatch) -> None:
    write_csv(Path("b.csv"), LEADS[:3])
    plan, sent = UploadRun._plan, len(laptop.received)

    def plan_slowly(self: UploadRun) -> object:
        planned = plan(self)
        monkeypatch.setattr(UploadRun, "_plan", plan)
        with SqliteLedger(home_of("A")) as local, PostgresLedger(team, KEY) as shared:
            shared.move_in(local.export(), "ann")
        return planned

    monkeypatch.setattr(UploadRun, "_plan", plan_slowly)
    ran = on("B", "upload", "b.csv", "-m", "map.yaml")
    assert (ran.code, "A colleague has just moved the ledger" in ran.err) == (2, True), ran
    assert len(laptop.received) == sent
    assert upload_on(on, "B", Path("b.csv"))["counts"]["duplicate"] == 3


def test_team_ledger_from_before_the_move_is_noticed_and_repaired(on, team, laptop) -> None:
    assert on("A", "team", "join").code == 0
    query_team(team, "TRUNCATE attempt, answer, decision, result, duplicate, run, joined")
    ran = on("A", "upload", "a.csv", "-m", "map.yaml")
    assert (ran.code, "only in the local ledger" in ran.err) == (5, True), ran
    assert "with 4 accepted or unknown leads" in on("A", "team", "join").out
    assert upload_on(on, "B", write_csv(Path("b.csv"), LEADS[:3]))["counts"]["duplicate"] == 3


def test_forget_finds_a_moved_lead(on, team, laptop) -> None:
    assert on("A", "team", "join").code == 0
    assert "1 row forgotten" in on("B", "forget", "--email", LEADS[0][2]).out
    assert upload_on(on, "B", write_csv(Path("b.csv"), LEADS[:3]))["counts"]["accepted"] == 1


def test_sandbox_runs_are_not_moved_and_a_new_machine_has_nothing_to_move(on, team, platform) -> None:
    platform()
    assert on("A", "upload", write_csv(Path("a.csv"), LEADS), "-m", "map.yaml", "--sandbox").code == 0
    assert "Moved 0 runs" in on("A", "team", "join").out
    ran = on("B", "team", "join")
    assert (ran.code, "no ledger of its own" in ran.out) == (0, True), ran
    assert not (home_of("B") / "ledger.sqlite3").exists()
