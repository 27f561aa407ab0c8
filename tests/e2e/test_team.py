"""Several machines with one ledger in PostgreSQL: each command as its user types it."""

import hashlib
import json
import socket
from pathlib import Path

import psycopg
import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.postgres import KEY, asynchronous_standby, query_team, shared_server
from tests.support.runs import a_run
from tests.support.team import upload_on
from tests.support.terminal import in_terminal
from uploader.commands.team import keep_key
from uploader.config.load import load_settings
from uploader.core.errors import UploaderError
from uploader.ledger.postgres.durability import standby_warnings
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.postgres.team import latest_version

HOST = socket.gethostname()


def test_lead_that_a_colleague_sent_is_a_duplicate(on, team, platform) -> None:
    sandbox = platform()
    leads = people(6)
    assert upload_on(on, "A", write_csv(Path("a.csv"), leads[:4]))["counts"]["accepted"] == 4
    second = upload_on(on, "B", write_csv(Path("b.csv"), leads[2:]))
    assert (second["counts"]["duplicate"], second["counts"]["accepted"]) == (2, 2)
    assert len(sandbox.received) == 6
    assert query_team(team, "SELECT count(*) FROM live WHERE outcome = 'accepted'") == [(6,)]
    assert not (Path("home of A") / "ledger.sqlite3").exists()


def test_rows_left_unknown_by_one_machine_are_resolved_on_another_and_retried_on_the_first(on, team, platform) -> None:
    platform(faults="close@2")
    first = upload_on(on, "A", write_csv(Path("a.csv"), people(4)))
    assert (first["exit_code"], first["counts"]["unknown"]) == (6, 1)
    assert "1 unknown" in on("B", "runs").out
    assert on("B", "resolve", first["run"], "--rows", "3", "--not-sent").code == 0
    retried = json.loads(on("A", "retry", first["report"], "--json").out)
    assert (retried["exit_code"], retried["counts"]["accepted"]) == (0, 4), retried


def test_second_machine_with_the_same_file_is_refused_and_names_the_first(on, team, platform) -> None:
    sandbox = platform()
    file = write_csv(Path("a.csv"), people(3))
    names = [f"{load_settings().scope} {hashlib.sha256(file.read_bytes()).hexdigest()}"]
    with PostgresLedger(team, KEY) as colleague, colleague.lock(names, "a.csv"):
        ran = on("B", "upload", file, "-m", "map.yaml")
    assert (ran.code, f"on {HOST[:20]}" in ran.err, "a.csv" in ran.err) == (2, True, True), ran
    assert not sandbox.received


def test_runs_shows_where_a_run_is_running_or_was_interrupted(on, team) -> None:
    with PostgresLedger(team, KEY) as elsewhere:
        elsewhere.runs.start(a_run("20261123-174501-3f9a"))
        with elsewhere.lock(["acme 00"], "leads.csv"):
            assert f"running on {HOST}" in on("B", "runs").out
            assert f"20261123-174501-3f9a  running on {HOST}" in on("B", "team", "status").out
        assert f"interrupted on {HOST}" in on("B", "runs").out
        ran = on("B", "team", "status")
    assert f"20261123-174501-3f9a  interrupted on {HOST}" in ran.out
    assert "uploader resume RUN" in ran.out
    assert json.loads(on("B", "runs", "--json").out)[0]["state"] == "unfinished"


@pytest.mark.parametrize("command_line", [("upload", "a.csv", "-m", "map.yaml"), ("runs",), ("team", "status")])
def test_database_that_cannot_be_reached_stops_every_command(on, team, platform, monkeypatch, command_line) -> None:
    sandbox = platform()
    write_csv(Path("a.csv"), people(3))
    monkeypatch.setenv("UPLOADER_LEDGER", "postgresql://ann:hunter2@127.0.0.1:1/leads")
    ran = on("A", *command_line)
    assert (ran.code, "The team's ledger cannot be used" in ran.err) == (5, True), ran
    assert "hunter2" not in ran.out + ran.err
    assert not sandbox.log


def test_another_key_is_refused(on, team, platform, monkeypatch) -> None:
    sandbox = platform()
    monkeypatch.setenv("UPLOADER_TEAM_KEY", "ab" * 32)
    ran = on("A", "upload", write_csv(Path("a.csv"), people(3)), "-m", "map.yaml")
    assert (ran.code, "key is not the one" in ran.err) == (5, True), ran
    assert not sandbox.received


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"UPLOADER_TEAM_KEY": ""}, "UPLOADER_TEAM_KEY is not"),
        ({"UPLOADER_TEAM_KEY": "parakeet"}, "UPLOADER_TEAM_KEY: write the 64 hexadecimal digits"),
        ({"UPLOADER_LEDGER": "mysql://ann:parakeet@host/leads"}, "UPLOADER_LEDGER: write it as postgresql://"),
        ({"UPLOADER_LEDGER": "postgresql://ann:parakeet%zz@host/leads"}, "UPLOADER_LEDGER: write each of  %"),
        ({"UPLOADER_LEDGER": "postgresql://ann:12/parakeet@host/leads"}, "UPLOADER_LEDGER: write each of  %"),
        ({"UPLOADER_LEDGER": "postgresql://ann:12#parakeet@host/leads"}, "UPLOADER_LEDGER: write each of  %"),
        ({"UPLOADER_LEDGER": "/srv/parakeet"}, "UPLOADER_LEDGER: write it as postgresql://"),
    ],
)
@pytest.mark.parametrize("name", ["upload", "runs"])
def test_invalid_settings_are_refused_without_their_values(
    on, team, platform, monkeypatch, name, variables, words
) -> None:
    platform()
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    file = write_csv(Path("a.csv"), people(1))
    ran = on("A", *((name, file, "-m", "map.yaml") if name == "upload" else (name,)))
    assert (ran.code, words in ran.err) == (2, True), ran
    assert "parakeet" not in ran.out + ran.err


@pytest.mark.parametrize("local", [("ledger",), ("ledger", "team_key")])
def test_file_in_the_working_directory_does_not_choose_the_ledger(on, team, platform, monkeypatch, local) -> None:
    platform()
    values = {"ledger": team, "team_key": KEY.hex()}
    for name in local:
        monkeypatch.delenv(f"UPLOADER_{name.upper()}")
    Path(".env").write_text("".join(f"UPLOADER_{name.upper()}={values[name]}\n" for name in local))
    for args in (("upload", write_csv(Path("a.csv"), people(1)), "-m", "map.yaml"), ("runs",)):
        ran = on("A", *args)
        assert (ran.code, "sets UPLOADER_LEDGER" in ran.err) == (2, True), ran


def test_practicing_in_a_sandbox_needs_no_database(on, monkeypatch) -> None:
    Path("map.yaml").write_text(MAPPING)
    monkeypatch.setenv("UPLOADER_LEDGER", "postgresql://127.0.0.1:1/leads")
    ran = on("A", "upload", write_csv(Path("a.csv"), people(2)), "-m", "map.yaml", "--sandbox", "--json")
    assert json.loads(ran.out)["counts"]["accepted"] == 2, ran


def test_init_creates_a_ledger_once_and_shows_its_key_once(on, monkeypatch, memory_keyring) -> None:
    server = shared_server()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA fresh")
        try:
            monkeypatch.setenv("UPLOADER_LEDGER", server.url("fresh"))
            monkeypatch.delenv("UPLOADER_TEAM_KEY", raising=False)
            ran = on("A", "team", "init")
            assert ran.code == 0, ran
            (key,) = [line.partition("=")[2] for line in ran.out.splitlines() if line.startswith("UPLOADER_TEAM_KEY=")]
            assert "The keyring of this machine keeps it" in ran.out
            assert list(memory_keyring.kept.values()) == [key]
            memory_keyring.kept.clear()
            again = on("B", "team", "init")
            assert (again.code, "has a shared ledger already" in again.err, key in again.err) == (2, True, False)
            monkeypatch.setenv("UPLOADER_TEAM_KEY", key)
            for args, words in [
                (("team", "init"), "with this key already"),
                (("team", "upgrade"), f"has version {latest_version()} already"),
                (("team", "status"), "No run is unfinished"),
            ]:
                ran = on("B", *args)
                assert (ran.code, words in ran.out, key in ran.out) == (0, True, False), ran
        finally:
            connection.execute("SET client_min_messages = warning")
            connection.execute("DROP SCHEMA fresh CASCADE")


def test_keyring_keeps_the_key_for_one_database(on, team, platform, monkeypatch, memory_keyring) -> None:
    sandbox = platform()
    monkeypatch.delenv("UPLOADER_TEAM_KEY")
    name = str(load_settings().ledger_place)
    assert "UPLOADER_TEAM_KEY is not" in on("A", "team", "join").err  # there is no terminal to ask on
    for key, words in [("ab" * 32, "key is not the one"), ("parakeet", "This is not the team's key")]:
        with pytest.raises(UploaderError, match=words):
            keep_key(load_settings().ledger_place, key)
    assert not memory_keyring.kept
    assert keep_key(load_settings().ledger_place, f" {KEY.hex()}\n")
    assert list(memory_keyring.kept) == [("uploader", f"team {name}")]
    assert "@" not in name
    assert upload_on(on, "A", write_csv(Path("a.csv"), people(2)))["counts"]["accepted"] == 2
    for args in (("team", "status"), ("team", "upgrade"), ("team", "init"), ("team", "join"), ("doctor",)):
        assert on("A", *args).code == 0
    memory_keyring.kept["uploader", f"team {name}"] = "parakeet"
    ran = on("A", "upload", "a.csv", "-m", "map.yaml")
    assert (ran.code, "the team's key cannot be read" in ran.err, "parakeet" in ran.err) == (2, True, False), ran
    monkeypatch.setenv("UPLOADER_LEDGER", "postgresql://elsewhere.example.com/leads")
    assert "UPLOADER_TEAM_KEY is not" in on("A", "runs").err  # the key is for its own database only
    assert len(sandbox.received) == 2


def test_join_asks_for_the_key_on_a_terminal(team, monkeypatch) -> None:
    monkeypatch.delenv("UPLOADER_TEAM_KEY")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with in_terminal("team", "join") as terminal:
        terminal.answer("Team key: ", KEY.hex())
        terminal.expect("The key is right, but this system has no usable keyring")
        assert terminal.wait() == 2
    assert KEY.hex() not in terminal.shown


def test_team_needs_an_action_and_a_database(on) -> None:
    assert "did you mean 'status'?" in on("A", "team", "statsu").err
    ran = on("A", "team", "status")
    assert (ran.code, "UPLOADER_LEDGER is not set" in ran.err) == (2, True)


def test_asynchronous_standby_is_warned_of(on, team, platform, tmp_path) -> None:
    """`pg_receivewal` is one: it copies the server's log as a standby does."""
    platform()
    with asynchronous_standby(tmp_path / "log"):
        for args in (("team", "status"), ("doctor",)):
            ran = on("A", *args)
            said = " ".join((ran.out + ran.err).split())
            assert (ran.code, "asynchronous standby (pg_receivewal): after a failover" in said) == (0, True), ran


@pytest.mark.parametrize(
    ("names", "standbys", "warned"),
    [
        ("", [], ""),
        ("", [("b", "async")], "(b)"),
        ("", [("", None)], "(without a name)"),
        ("b", [("b", "sync")], ""),
        ("b", [("b", "sync"), ("c", "async")], "(c)"),
        ("ANY 1 (b, c)", [("b", "quorum"), ("c", "quorum")], ""),
        ("b", [("b", None), ("c", None)], ""),
        ("", [(name, "async") for name in "bcdef"], "(b, c, d and 2 more)"),
    ],
)
def test_standbys_that_can_lack_commits(names: str, standbys: list, warned: str) -> None:
    found = standby_warnings(names, standbys)
    assert (warned in found[0]) if warned else not found


def test_home_on_a_network_disk_is_warned_of(on, team, platform, monkeypatch) -> None:
    platform()
    for module in ("team", "doctor"):
        monkeypatch.setattr(f"uploader.commands.{module}.risk_of", lambda home: "is on a network disk (nfs4)")
    for args in (("team", "status"), ("doctor",)):
        ran = on("A", *args)
        assert (ran.code, "is on a network disk (nfs4)" in ran.out + ran.err) == (0, True), ran


def test_doctor_checks_the_shared_ledger(on, team, platform, monkeypatch) -> None:
    platform()
    ran = on("A", "doctor")
    assert ran.code == 0, ran
    assert "is reachable, and has this version and this key" in ran.out + ran.err
    assert "on all machines of the team" in ran.out + ran.err
    assert KEY.hex() not in ran.out + ran.err
    monkeypatch.setenv("UPLOADER_LEDGER", "postgresql://ann:hunter2@127.0.0.1:1/leads")
    ran = on("A", "doctor")
    assert (ran.code, "hunter2" in ran.out + ran.err) == (5, False), ran
