"""Two roles in a real database: members of `uploaders` send and look, the owner removes and upgrades."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.postgres import KEY, query_team, shared_server
from tests.support.slow import few_quick
from tests.support.team import home_of, upload_on
from uploader.ledger.postgres.database import session_name
from uploader.ledger.postgres.roles import RIGHTS

SCHEMA = "with_roles"
ROLES = ("uploaders", "leads_owner", "ann")


@pytest.fixture
def urls(on, monkeypatch) -> Iterator[tuple[str, str]]:
    """A ledger that `leads_owner` has made: its address for the owner, and for a member of `uploaders`."""
    Path("map.yaml").write_text(MAPPING)
    server = shared_server()
    owner, member = (server.url(SCHEMA).replace("postgres@", f"{role}@") for role in ROLES[1:])
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("SET client_min_messages = warning")
        admin.execute("CREATE ROLE uploaders NOLOGIN; CREATE ROLE leads_owner LOGIN; CREATE ROLE ann LOGIN")
        admin.execute(f"GRANT uploaders TO ann; CREATE SCHEMA {SCHEMA} AUTHORIZATION leads_owner")
        monkeypatch.setenv("UPLOADER_TEAM_KEY", KEY.hex())
        monkeypatch.setenv("UPLOADER_LEDGER", owner)
        try:
            ran = on("owner", "team", "init")
            assert (ran.code, "Members of the role `uploaders`" in ran.out) == (0, True), ran
            monkeypatch.setenv("UPLOADER_LEDGER", member)
            yield owner, member
        finally:
            admin.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
            for role in ROLES:
                with suppress(psycopg.errors.UndefinedObject):
                    admin.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_member_uploads_resolves_and_retries(on, urls, platform) -> None:
    sandbox = platform(faults="close@2,400@3", result_delay=0.0)
    first = upload_on(on, "A", write_csv(Path("a.csv"), people(5)))
    assert (first["counts"]["unknown"], first["counts"]["rejected"]) == (1, 1)
    rows = [row for (row,) in query_team(urls[1], "SELECT row FROM known WHERE outcome = 'unknown'")]
    assert on("B", "resolve", first["run"], "--rows", rows[0], "--not-sent").code == 0
    assert on("A", "retry", first["report"]).code == 0
    assert on("A", "results", first["report"]).code in {0, 1}
    assert upload_on(on, "B", write_csv(Path("b.csv"), people(6)))["counts"]["duplicate"] == 5
    assert len({dict(lead.fields)["email"] for lead in sandbox.received}) == 6
    assert on("B", "team", "status").code == 0


def test_member_moves_a_ledger_in(on, urls, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    with monkeypatch.context() as patch:
        patch.delenv("UPLOADER_LEDGER")
        upload_on(on, "A", write_csv(Path("a.csv"), people(3)))
    assert "3 accepted or unknown leads" in on("A", "team", "join").out
    assert query_ledger(home_of("A"), "SELECT count(*) FROM attempt") == [(3,)]


# What is recorded of a command that removes.
REMOVALS = {
    ("purge", "--older-than", "0d"): "purge",
    ("forget", "--email", people(1)[0][2]): "forget",
    ("purge", "--older-than", "0d", "--forget-leads"): "purge with leads",
}


@pytest.mark.parametrize("args", few_quick(REMOVALS))
def test_only_the_owner_removes_and_it_is_recorded(on, urls, platform, monkeypatch, args) -> None:
    platform()
    owner, member = urls
    upload_on(on, "A", write_csv(Path("a.csv"), people(2)))
    ran = on("A", *args)
    assert (ran.code, "Only the owner of the tables may purge" in ran.err) == (5, True), ran
    assert query_team(member, "SELECT count(fingerprint) FROM attempt") == [(2,)]
    monkeypatch.setenv("UPLOADER_LEDGER", owner)
    assert on("owner", *args).code == 0
    ((role, what, text),) = query_team(member, "SELECT role, what, row_to_json(removal)::text FROM removal")
    assert (role, what, "@" in text) == ("leads_owner", REMOVALS[args], False)
    assert f"  {REMOVALS[args]} by {session_name()}: " in on("A", "team", "status").out


FORBIDDEN = [
    "DELETE FROM attempt", "TRUNCATE attempt CASCADE", "UPDATE attempt SET fingerprint = NULL", "DELETE FROM run",
    "DELETE FROM answer", "DELETE FROM decision", "UPDATE decision SET outcome = 'unsent'", "DELETE FROM removal",
    "UPDATE answer SET attempt = 1", "UPDATE team SET version = 0", "DELETE FROM joined", "DROP TABLE attempt",
    "INSERT INTO removal (who, what, runs, rows) VALUES ('', '', 0, 0)", "UPDATE joined SET sealed_key = ''",
]  # fmt: skip


def test_member_can_take_nothing_back_behind_the_tools_back(urls) -> None:
    for statement in FORBIDDEN:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            query_team(urls[1], statement)


def test_every_table_has_rights(urls) -> None:
    tables = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = current_schema()::regnamespace"
    )
    assert {name for (name,) in query_team(urls[0], tables)} == set(RIGHTS)


def test_upgrade_needs_the_owner(on, urls, monkeypatch) -> None:
    owner, _ = urls
    query_team(owner, "DROP TABLE removal, checkpoint")
    query_team(owner, "UPDATE team SET version = 2")
    ran = on("A", "team", "upgrade")
    assert (ran.code, "Only the owner" in ran.err) == (5, True), ran
    assert query_team(owner, "SELECT version FROM team") == [(2,)]
    monkeypatch.setenv("UPLOADER_LEDGER", owner)
    assert "from version 2 to" in on("A", "team", "upgrade").out
