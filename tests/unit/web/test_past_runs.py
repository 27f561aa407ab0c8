"""Which runs the page lists, and what becomes of it when the database of a shared ledger keeps it waiting."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.postgres import KEY, query_team, team_database
from tests.support.runs import a_run
from uploader.config.ledger_place import LedgerPlace
from uploader.core.model import Run
from uploader.ledger import LedgerError, open_ledger
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.web import past_runs
from uploader.web.past_runs import PastRuns, bounded


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[LedgerPlace]:
    """A team's ledger with one run."""
    with team_database() as url:
        with PostgresLedger(url, KEY) as ledger:
            ledger.runs.start(a_run("team"))
        yield LedgerPlace(tmp_path, url, KEY.hex())


def record(home: Path, *runs: Run) -> None:
    with open_ledger(home) as ledger:
        for run in runs:
            ledger.runs.start(run)


def in_sandbox(name: str) -> Run:
    return Run(**{**vars(a_run(name)), "scope": "sandbox", "in_sandbox": True})


async def test_runs_of_the_team_and_those_in_the_sandbox_are_one_list(tmp_path: Path, shared: LedgerPlace) -> None:
    runs = PastRuns(tmp_path, shared)
    assert [past.run.id for past in (await runs.newest(9))[0]] == ["team"]
    assert not (tmp_path / "ledger.sqlite3").exists()
    record(tmp_path, in_sandbox("practice"), a_run("moved"))
    found, problem = await runs.newest(9)
    assert ({past.run.id for past in found}, problem) == ({"team", "practice"}, None)
    assert [past.run.id for past in (await runs.newest(1))[0]] == [found[0].run.id]
    places = [(found.run.id, found.is_shared) for name in ("team", "practice") if (found := await runs.find(name))]
    assert places == [("team", True), ("practice", False)]
    assert await runs.find("moved") is None


async def test_runs_are_found_however_many_were_made_since(tmp_path: Path, shared: LedgerPlace) -> None:
    query_team(
        shared.url,
        "INSERT INTO run SELECT 'late' || number, family, started + number, ended, stopped, host, scope, campaign, "
        "'late.csv', sha256, mapping, mapping_path, report_kind, canaries_passed, identities, facts, counts "
        "FROM run, generate_series(1, 1100) AS number",
    )
    record(tmp_path, in_sandbox("practice"), a_run("moved"))
    query_ledger(
        tmp_path,
        "WITH RECURSIVE later (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM later WHERE number < 1100) "
        "INSERT INTO run (id, family, started, facts) SELECT 'late' || number, id, started + number, facts "
        "FROM run, later WHERE id = 'moved'",
    )
    runs = PastRuns(tmp_path, shared)
    known = await runs.known("team")
    assert known is not None
    assert known.past.run.id == "team"
    assert await runs.of_file(Path("/somewhere/leads.csv"), is_sandbox=False) == "team"
    found, _ = await PastRuns(tmp_path, LedgerPlace(tmp_path, "postgresql://127.0.0.1:1/leads", KEY.hex())).newest(9)
    assert [past.run.id for past in found] == ["practice"]


async def test_without_a_shared_ledger_all_runs_are_those_of_this_machine(tmp_path: Path) -> None:
    record(tmp_path, in_sandbox("practice"), a_run("live"))
    runs = PastRuns(tmp_path, None)
    assert {past.run.id for past in (await runs.newest(9))[0]} == {"live", "practice"}
    await runs.require_shared()


async def test_runs_of_this_machine_are_listed_without_the_database(tmp_path: Path) -> None:
    record(tmp_path, in_sandbox("practice"))
    runs = PastRuns(tmp_path, LedgerPlace(tmp_path, "postgresql://127.0.0.1:1/leads", KEY.hex()))
    found, problem = await runs.newest(9)
    assert [past.run.id for past in found] == ["practice"]
    assert isinstance(problem, LedgerError)
    for asked in (runs.find("team"), runs.require_shared(), runs.of_file(tmp_path, is_sandbox=False)):
        with pytest.raises(LedgerError, match="cannot be used"):
            await asked


async def test_database_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past_runs, "TIME_LIMIT", 0.01)
    answered = threading.Event()
    with pytest.raises(LedgerError, match="did not answer"):
        await bounded(answered.wait)
    answered.set()


@pytest.mark.parametrize("error", [TimeoutError("of another kind"), OSError(28, "No space left on device")])
async def test_other_errors_are_not_called_a_database_that_does_not_answer(error: OSError) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as found:
        await bounded(fail)
    assert found.value is error
