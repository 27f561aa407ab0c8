"""Opening a shared ledger, and the machine whose own ledger is not in it, or no longer counts."""

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from tests.support.ledger_records import mark
from tests.support.postgres import KEY, query_team
from tests.support.runs import a_run
from uploader.config.keyring import keep_team_key
from uploader.config.ledger_place import LedgerPlace
from uploader.core.errors import UsageError
from uploader.ledger import LedgerError, Moved, SqliteLedger, open_ledger, shared
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.postgres.team import check_of
from uploader.ledger.seen import FILE, Checkpoint, SeenLedger, seen_place


@pytest.fixture
def place(url: str, tmp_path: Path) -> LedgerPlace:
    return LedgerPlace(tmp_path / "home", url, KEY.hex())


@pytest.fixture
def own(place: LedgerPlace) -> LedgerPlace:
    """The ledger of the same machine if UPLOADER_LEDGER is not set."""
    return LedgerPlace(place.home)


def send_lead(home: Path, run: str, scope: str = "acme") -> None:
    """Record a lead in the local ledger whose outcome is unknown."""
    with SqliteLedger(home) as ledger:
        ledger.runs.start(replace(a_run(run), scope=scope))
        asyncio.run(ledger.attempts.intend(run, 2, mark(2)))


def test_key_comes_from_the_settings_or_the_keyring_of_this_database(place: LedgerPlace) -> None:
    no_key = replace(place, key="")
    with pytest.raises(UsageError, match="UPLOADER_TEAM_KEY is not") as refused:
        shared.open_shared_ledger(no_key)
    assert "uploader team join" in refused.value.hint
    keep_team_key(str(replace(place, url=place.url.replace("/postgres?", "/other?"))), "00" * 32)
    assert shared.team_key(no_key) is None
    keep_team_key(str(place), KEY.hex())
    assert shared.team_key(no_key) == shared.require_team_key(no_key) == KEY
    assert shared.require_team_key(replace(place, key="11" * 32)) == b"\x11" * 32
    with open_ledger(no_key) as ledger:
        assert ledger.is_empty


def test_missing_library_is_named(place: LedgerPlace, monkeypatch) -> None:
    monkeypatch.setattr(shared, "find_spec", lambda name: None if name == "psycopg" else "found")
    for use in (shared.open_shared_ledger, shared.connect):
        with pytest.raises(UsageError, match="needs the package psycopg") as refused:
            use(replace(place, key=""))
        assert "[team]" in refused.value.hint


def test_connection_needs_an_address(place: LedgerPlace, own: LedgerPlace) -> None:
    with closing(shared.connect(place)) as database:
        assert database.read_one("SELECT 7") == 7
    with pytest.raises(UsageError, match="UPLOADER_LEDGER is not set"):
        shared.connect(own)


def test_machine_remembers_the_ledger_under_its_key(place: LedgerPlace) -> None:
    with shared.open_shared_ledger(place) as ledger:
        ledger.runs.start(a_run("one"))
    assert SeenLedger(place.home, check_of(KEY).hex(), "").last() == Checkpoint(1, ANY)
    assert seen_place(place.home) == str(place)


@pytest.mark.parametrize(
    ("files", "expected"),
    [([], False), (["ledger.sqlite3"], True), (["fingerprint.key"], True), (["limits.sqlite3", FILE], False)],
)
def test_part_of_a_local_ledger_is_one(own: LedgerPlace, files: list[str], expected: bool) -> None:
    own.home.mkdir()
    for name in files:
        (own.home / name).write_bytes(b"")
    assert shared.has_local_ledger(own) is expected


def test_leads_that_only_the_local_ledger_knows_have_to_be_moved_first(place: LedgerPlace, connections) -> None:
    send_lead(place.home, "practice", "sandbox")
    open_ledger(place).close()
    send_lead(place.home, "one")
    with pytest.raises(LedgerError, match=f"only in the local ledger {place.home}") as refused:
        open_ledger(place)
    assert [one.closed for one in connections] == [True] * 4
    assert "uploader team join" in refused.value.hint
    assert shared.move_local_ledger(place, "ann") == Moved(1, 1)
    with open_ledger(place) as ledger:
        assert ledger.rows.states("one", [2])[2].outcome == "unknown"
    assert shared.move_local_ledger(place, "ann") is None
    query_team(place.url, "TRUNCATE joined CASCADE")  # a backup from before was restored, or it is another ledger
    with pytest.raises(LedgerError, match="would not recognize"):
        open_ledger(place)
    assert shared.move_local_ledger(place, "ann") == Moved(1, 1)
    open_ledger(place).close()


def test_ledger_that_is_in_the_shared_one_but_still_open_has_to_be_moved_again(place: LedgerPlace, monkeypatch) -> None:
    """It was interrupted before the local one was closed, and leads may have been sent since."""
    send_lead(place.home, "one")
    with PostgresLedger(place.url, KEY) as team, SqliteLedger(place.home) as local:
        team.move_in(local.export(), "ann")
    with pytest.raises(LedgerError, match="would not recognize"):
        open_ledger(place)
    assert shared.move_local_ledger(place, "ann") == Moved(1, 1)


def test_local_ledger_that_cannot_be_read_is_not_taken_for_none(place: LedgerPlace) -> None:
    send_lead(place.home, "one")
    (place.home / "fingerprint.key").unlink()
    for use in (open_ledger, lambda place: shared.move_local_ledger(place, "ann")):
        with pytest.raises(LedgerError, match=r"fingerprint\.key"):
            use(place)


def test_missing_local_ledger_cannot_be_moved(place: LedgerPlace) -> None:
    with pytest.raises(LedgerError):
        shared.move_local_ledger(place, "ann")
    assert not shared.has_local_ledger(place)


def test_damaged_local_ledger_is_not_moved(place: LedgerPlace, own: LedgerPlace, monkeypatch) -> None:
    send_lead(place.home, "one")
    monkeypatch.setattr(SqliteLedger, "damage", lambda self: ["row 7 is missing", "row 8"])
    with pytest.raises(LedgerError, match="is damaged: row 7 is missing") as refused:
        shared.move_local_ledger(place, "ann")
    assert refused.value.hint == "Nothing was moved."
    assert query_team(place.url, "SELECT count(*) FROM run") == [(0,)]
    open_ledger(own).close()


def test_run_that_is_sending_is_not_moved(place: LedgerPlace, own: LedgerPlace) -> None:
    send_lead(place.home, "one")
    with (
        SqliteLedger(place.home) as local,
        local.lock(["family one"], "leads.csv"),
        pytest.raises(UsageError, match="working on run one of this machine"),
    ):
        shared.move_local_ledger(place, "ann")
    open_ledger(own).close()


def test_failed_move_leaves_the_local_ledger_open(place: LedgerPlace, own: LedgerPlace) -> None:
    send_lead(place.home, "one")
    with PostgresLedger(place.url, KEY) as team:
        team.runs.start(a_run("one"))
    with pytest.raises(LedgerError, match="another run with the id one"):
        shared.move_local_ledger(place, "ann")
    with open_ledger(own) as local:
        assert local.moved_to is None


def test_local_ledger_that_was_moved_is_no_longer_used(place: LedgerPlace, own: LedgerPlace) -> None:
    send_lead(place.home, "one")
    shared.move_local_ledger(place, "ann")
    with pytest.raises(LedgerError, match=f"was moved into the shared ledger {place}") as refused:
        open_ledger(own)
    assert "set UPLOADER_HOME to a new folder" in refused.value.hint
    with open_ledger(replace(own, is_sandbox=True)) as local:
        assert local.moved_to == str(place)


@pytest.mark.parametrize("is_practice_there", [False, True])
def test_machine_that_used_a_shared_ledger_gets_no_new_one_of_its_own(
    place: LedgerPlace, own: LedgerPlace, is_practice_there: bool
) -> None:
    SeenLedger(place.home, "ledger", str(place)).remember(Checkpoint(1, "a"))
    if is_practice_there:  # then it has files, and only its content shows that it is new
        send_lead(place.home, "practice", "sandbox")
    with pytest.raises(LedgerError, match=f"has used the shared ledger {place}, and UPLOADER_LEDGER is not set"):
        open_ledger(own)
    assert shared.has_local_ledger(own) is is_practice_there
    open_ledger(replace(own, is_sandbox=True)).close()
    send_lead(place.home, "one")
    open_ledger(own).close()


def test_machine_that_used_no_shared_ledger_gets_one_of_its_own(own: LedgerPlace) -> None:
    with open_ledger(own) as ledger:
        assert ledger.is_empty
