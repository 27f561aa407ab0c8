"""What a database server's settings mean for commits."""

from collections.abc import Sequence
from contextlib import closing
from types import SimpleNamespace

import pytest

from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.durability import durability_warnings, standby_warnings


@pytest.mark.parametrize(
    ("synchronous_names", "standbys", "named"),
    [
        ("", [], None),
        ("a", [("a", "sync")], None),
        ("a", [("a", "quorum")], None),
        ("", [("a", "async")], "(a)"),
        ("a", [("a", "sync"), ("b", "potential")], "(b)"),
        ("a", [("a", "sync"), ("b", "async"), ("c", "async"), ("d", "potential")], "(b, c, d)"),
        ("a", [("b", "async"), ("c", "async"), ("d", "async"), ("e", "async")], "(b, c, d and 1 more)"),
        ("a", [(str(number), "async") for number in range(5)], "(0, 1, 2 and 2 more)"),
        ("", [("", "async"), ("b", "async")], "(without a name, b)"),
        # A role that may not see the kind: if none is synchronous, all are asynchronous.
        ("", [("a", None)], "(a)"),
        ("a", [("a", None)], None),
    ],
)
def test_standby_that_may_lack_commits_is_named(
    synchronous_names: str, standbys: Sequence[tuple[str, str | None]], named: str | None
) -> None:
    warnings = standby_warnings(synchronous_names, standbys)
    assert [f"asynchronous standby {named}:" in warning for warning in warnings] == [True] * (named is not None)


@pytest.mark.parametrize(
    ("fsync", "names", "expected"), [("on", "a", 0), ("off", "a", 1), ("on", "", 1), ("off", "", 2)]
)
def test_settings_and_standbys_are_looked_at(fsync: str, names: str, expected: int) -> None:
    answers = {"SHOW fsync": fsync, "SHOW synchronous_standby_names": names}
    database = SimpleNamespace(read_one=answers.get, read_all=lambda sql: [("a", None)])
    assert len(durability_warnings(database)) == expected


def test_server_of_the_tests_is_not_safe_from_a_power_cut(url: str) -> None:
    with closing(Database(url)) as database:
        (warning,) = durability_warnings(database)
    assert warning.startswith("fsync is off: a power cut can lose commits")
