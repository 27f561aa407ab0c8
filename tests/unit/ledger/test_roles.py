"""What members of the role `uploaders` may do, in a real database."""

import re
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from tests.support.postgres import KEY, query_team, shared_server
from uploader.ledger import LedgerError
from uploader.ledger.postgres import roles, team
from uploader.ledger.postgres.database import Database

SCHEMA = "With-Group"  # has to be quoted
CREATE_GROUP = "CREATE ROLE uploaders NOLOGIN; GRANT uploaders TO unit_member"


@pytest.fixture
def admin() -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared_server().url(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def urls(admin: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """An empty schema: its address for its owner, and for another role that becomes a member of the group."""
    url = shared_server().url(f"%22{SCHEMA}%22")
    admin.execute("CREATE ROLE unit_owner LOGIN; CREATE ROLE unit_member LOGIN")
    admin.execute(f'CREATE SCHEMA "{SCHEMA}" AUTHORIZATION unit_owner')
    try:
        yield url.replace("postgres@", "unit_owner@"), url.replace("postgres@", "unit_member@")
    finally:
        admin.execute("SET client_min_messages = warning")
        admin.execute(f'DROP SCHEMA "{SCHEMA}" CASCADE; DROP ROLE IF EXISTS uploaders')
        admin.execute("DROP ROLE unit_owner, unit_member")


def rights(url: str) -> dict[str, set[str]]:
    """Return what the group may do with each table, or with a column of it."""
    found: dict[str, set[str]] = {table: set() for table in roles.RIGHTS}
    for table, right in query_team(
        url,
        "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = 'uploaders' "
        "UNION SELECT table_name, privilege_type || ' (' || string_agg(column_name, ', ' ORDER BY ordinal_position) "
        "|| ')' FROM information_schema.column_privileges JOIN information_schema.columns "
        "USING (table_schema, table_name, column_name) WHERE grantee = 'uploaders' AND privilege_type = 'UPDATE' "
        "AND table_name NOT IN (SELECT table_name FROM information_schema.table_privileges "
        "WHERE grantee = 'uploaders' AND privilege_type = 'UPDATE') GROUP BY table_name, privilege_type",
    ):
        found[table].add(right)
    return found


WANTED = {table: set(re.findall(r"[A-Z]+(?: \([^)]+\))?", words)) for table, words in roles.RIGHTS.items()}


def test_team_without_the_group_is_made_without_it(urls: tuple[str, str]) -> None:
    with closing(Database(urls[0])) as database:
        assert team.found_version(database) == 0
        assert team.create_team(database, KEY) is True
        assert team.found_version(database) == team.latest_version()
        assert roles.has_group(database) is False
        roles.grant_rights(database)


def test_group_gets_its_rights_whenever_the_owner_makes_or_upgrades_the_tables(urls, admin) -> None:
    owner, member = urls
    admin.execute(CREATE_GROUP)
    with closing(Database(owner)) as database:
        assert roles.has_group(database) is True
        for use in (team.create_team, team.create_team, team.upgrade_team):
            use(database, KEY)
            assert rights(owner) == WANTED
            database.write("GRANT DELETE ON attempt TO uploaders; REVOKE SELECT ON known FROM uploaders")
            assert rights(owner) != WANTED
        roles.grant_rights(database)
    assert query_team(member, "SELECT count(*) FROM known") == [(0,)]
    with closing(Database(member)) as database:  # has nothing to give, and need not
        assert team.create_team(database, KEY) is False
        assert team.upgrade_team(database, KEY) == (team.latest_version(), team.latest_version())
        with pytest.raises(
            LedgerError, match="role in the team's database may not do this: permission denied"
        ) as refused:
            database.write("DELETE FROM attempt")
    assert "Only the owner of the tables may purge" in refused.value.hint
