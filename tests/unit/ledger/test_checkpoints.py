"""Each start and end of a run is remembered, and a ledger that lacks the last one is not used."""

import time
from pathlib import Path

import pytest

from tests.support.ledger_records import ledger_with_clock
from tests.support.postgres import KEY, query_team
from tests.support.runs import a_run
from uploader.ledger import LedgerError
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.seen import Checkpoint, SeenLedger

PLACE = "postgresql://host/leads"


def newest(url: str) -> Checkpoint | None:
    found = query_team(url, "SELECT id, mark::text FROM checkpoint ORDER BY id DESC LIMIT 1")
    return Checkpoint(*found[0]) if found else None


def test_machine_remembers_every_start_and_end_of_a_run(url: str, tmp_path: Path, monkeypatch) -> None:
    seen = SeenLedger(tmp_path / "here", "ledger", PLACE)
    with PostgresLedger(url, KEY, seen) as ledger, ledger_with_clock(tmp_path / "home", monkeypatch) as (local, _):
        assert seen.last() is None  # the ledger has no checkpoint yet
        changes = [
            lambda: ledger.runs.start(a_run("new")),
            lambda: ledger.runs.finish("new", {}, "stopped"),
            lambda: ledger.runs.mark_resumed("new"),
            lambda: ledger.move_in(local.export(), "ann"),
        ]
        for number, change in enumerate(changes, 1):
            change()
            assert seen.last() == newest(url)
            assert seen.last().number == number


def test_opening_remembers_what_other_machines_have_added(url: str, tmp_path: Path) -> None:
    seen = SeenLedger(tmp_path, "ledger", PLACE)
    with PostgresLedger(url, KEY, seen) as one, PostgresLedger(url, KEY) as other:
        one.runs.start(a_run("one"))
        for name in ("two", "three"):
            other.runs.start(a_run(name))
        assert seen.last().number == 1
    with PostgresLedger(url, KEY, seen):
        assert seen.last() == newest(url)
        assert seen.last().number == 3


@pytest.mark.parametrize("restored", ["DELETE FROM checkpoint", "UPDATE checkpoint SET mark = gen_random_uuid()"])
def test_ledger_that_lacks_the_last_checkpoint_is_refused(url: str, tmp_path: Path, restored: str) -> None:
    seen = SeenLedger(tmp_path, "ledger", PLACE)
    with PostgresLedger(url, KEY, seen) as ledger:
        ledger.runs.start(a_run("one"))
    last = seen.last()
    query_team(url, restored)
    with pytest.raises(LedgerError, match=f"{PLACE} is older than it was on {time.strftime('%Y')}-"):
        PostgresLedger(url, KEY, seen)
    assert seen.last() == last
    with PostgresLedger(url, KEY, SeenLedger(tmp_path / "new machine", "ledger", PLACE)):
        pass
