"""`doctor`: what it checks and reports, and what it never sends or shows."""

import json
import os
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.permits import take
from tests.support.ran import statuses
from uploader.config.load import load_settings
from uploader.config.sources import SETTING_NAMES
from uploader.core.errors import UsageError
from uploader.ledger import open_ledger

# Base URLs with something in them that must not be shown, and by which nothing may be sent.
ODD = [
    "http://zinkfink:zinkfink@127.0.0.1:9",
    "ftp://user:zinkfink@example.com",
    "http://user:zinkfink@example.com/x",
    "https://user:zink/fink-zinkfink@127.0.0.1:9",
    "https://127.0.0.1:9/?token=zinkfink",
    "https://127.0.0.1:9/#zinkfink",
    "https://[a",
    "https://127.0.0.1:port",
    "https://127.0.0.1\\a",
    "https://{other}.cvtr.io",
    "http://example.com",
]


def test_doctor_shows_the_source_of_each_setting(monkeypatch, memory_keyring) -> None:
    Path("uploader.toml").write_text(
        '[profile.acme]\nenterprise = "acme"\nclient_id = "a"\nusername = "a"\n'
        'endpoints.lead = "/a"\nretention = "1y"\n'
    )
    Path(".env").write_text("UPLOADER_CLIENT_ID=b\nUPLOADER_USERNAME=b\nUPLOADER_ENDPOINTS__LINKS=/b\n")
    monkeypatch.setenv("UPLOADER_USERNAME", "c")
    kept = {"client_secret": "zinkfink", "api_key": "zinkfink", "client_id": "zinkfink"}
    memory_keyring.kept["uploader", "acme https://acme.cvtr.io"] = json.dumps(kept)
    settings = load_settings({"profile": "acme", "timeout": 5.0})
    assert (settings.api_key.get_secret_value(), settings.client_id) == ("zinkfink", "b")
    found = {name: settings.source_of(name) for name in SETTING_NAMES}
    profile = "uploader.toml [profile.acme]"
    assert found["enterprise"] == found["endpoints__lead"] == found["retention"] == profile
    assert (found["client_id"], found["endpoints__links"]) == (".env", ".env")
    assert (found["username"], found["home"]) == ("environment", "environment")
    assert (found["profile"], found["timeout"]) == ("flag", "flag")
    assert (found["client_secret"], found["api_key"], found["password"]) == ("keyring", "keyring", "default")
    assert settings.retention is not None
    assert settings.retention.days == 365


def test_doctor_passes(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_PUBLISHER_ID", "11003")
    sandbox = platform()
    ran = command("doctor")
    assert ran.code == 0, ran
    assert ran.err == ""
    assert "✗" not in ran.out
    assert ran.out.count("✓") == 9
    assert "left: 2,998 of 3,000 requests in 300 s; 99 of 100 token requests in 300 s" in ran.out
    assert "UPLOADER_RATE_LIMIT         3000/300  (default)" in ran.out
    assert "UPLOADER_PUBLISHER_ID       11003  (environment)" in ran.out
    assert sandbox.requests["token"] == 1
    printed = json.loads(command("doctor", "--json").out)
    assert printed["settings"]["UPLOADER_API_KEY"] == {"value": "set", "origin": "environment"}
    assert printed["settings"]["UPLOADER_PASSWORD"] == {"value": "not set", "origin": "default"}
    assert set(printed["versions"]) == {"uploader", "Python", "SQLite", "system"}
    assert (printed["exit_code"], sandbox.requests["lead"]) == (0, 0)


def test_doctor_in_the_sandbox(command) -> None:
    ran = command("doctor", "--sandbox")
    assert ran.code == 0, ran
    assert "set  (--sandbox)" in ran.out


def test_sandbox_needs_no_settings(command, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_GRANT_TYPE", "http://elsewhere.example/grant")
    monkeypatch.setenv("UPLOADER_CA_BUNDLE", "none.pem")
    assert command("doctor", "--sandbox").code == 0
    assert command("forms", "--sandbox", "--campaign", 44400).code == 0


def test_doctor_shows_no_secret(command, platform, monkeypatch) -> None:
    canaries = {name: f"zinkfink-{name}" for name in ("client_id", "client_secret", "api_key", "username", "password")}
    platform()
    for name, canary in canaries.items():
        monkeypatch.setenv(f"UPLOADER_{name.upper()}", canary)
    for base, code in ((os.environ["UPLOADER_BASE_URL"], 4), *((base, 2) for base in ODD)):
        monkeypatch.setenv("UPLOADER_BASE_URL", base)
        for args in (("doctor",), ("doctor", "--json"), ("forms", "--campaign", 44400)):
            ran = command(*args)
            assert ran.code == code
            assert "zinkfink" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("changed", "code", "failed"),
    [
        ({"UPLOADER_API_KEY": ""}, 2, "credentials"),
        ({"UPLOADER_BASE_URL": "http://example.com"}, 2, "address"),
        ({"UPLOADER_BASE_URL": "http://127.0.0.1:9"}, 5, "connection"),
        ({"UPLOADER_CA_BUNDLE": "none.pem"}, 2, "connection"),
        ({"UPLOADER_API_KEY": "wrong"}, 4, "token"),
        ({"UPLOADER_ENDPOINTS__TOKEN": "/elsewhere"}, 2, "token"),
        ({"UPLOADER_HOME": "a-file"}, 5, "ledger"),
    ],
)
def test_doctor_reports_each_problem(command, platform, monkeypatch, changed, code, failed) -> None:
    Path("a-file").write_text("")
    platform()
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    ran = command("doctor", "--json")
    assert (ran.code, json.loads(ran.out)["exit_code"]) == (code, code)
    assert [name for name, status in statuses(ran).items() if status == "failed"] == [failed]
    shown = command("doctor").out
    assert f"✗ {failed}: " in shown


def test_doctor_reports_invalid_setting_first(command, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "many")
    monkeypatch.setenv("UPLOADER_RETENTION", "ever")
    ran = command("doctor")
    assert ran.code == 2
    assert "UPLOADER_CONCURRENCY: " in ran.err
    assert "UPLOADER_RETENTION: write it as 90d" in ran.err


def test_invalid_setting_is_reported_as_json(command, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "many")
    ran = command("doctor", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["exit_code"], statuses(ran)) == (2, 2, {"settings": "failed"})
    assert "UPLOADER_CONCURRENCY: " in printed["checks"][0]["told"]


def test_misspelled_setting_is_reported(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setenv("UPLOADER_CONCURENCY", "zinkfink")
    Path(".env").write_text("UPLOADER_CLIENTID=zinkfink\nOTHER=zinkfink\n")
    ran = command("doctor")
    assert ran.code == 0, ran
    assert "zinkfink" not in ran.out
    assert "UPLOADER_CONCURENCY (environment); did you mean 'UPLOADER_CONCURRENCY'?" in ran.out
    assert "UPLOADER_CLIENTID (.env); did you mean 'UPLOADER_CLIENT_ID'?" in ran.out


@pytest.mark.parametrize("encoding", ["cp1252", "cp437"])
def test_doctor_marks_failures_in_ascii_consoles(encoding, tmp_path) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "uploader", "doctor"],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "UPLOADER_ENTERPRISE": "acme"},
        capture_output=True,
        timeout=60,
    ).stdout.decode(encoding)
    assert "ok address: " in printed
    assert "FAILED credentials: " in printed


def test_doctor_reports_a_damaged_ledger(command, platform) -> None:
    platform()
    with open_ledger(Path("home")):
        query_ledger(Path("home"), "CREATE TABLE padding (text TEXT)")
        for _ in range(500):
            query_ledger(Path("home"), "INSERT INTO padding VALUES (?)", ("x" * 900,))
    path = Path("home/ledger.sqlite3")
    content = bytearray(path.read_bytes())
    content[-200_000:-100_000] = bytes(100_000)
    path.write_bytes(content)
    ran = command("doctor", "--json")
    assert (ran.code, statuses(ran)["ledger"]) == (5, "failed")


def test_doctor_notices_leads_that_were_deleted_from_the_ledger(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml")
    assert statuses(command("doctor", "--json"))["ledger"] == "ok"
    query_ledger(Path("home"), "DELETE FROM attempt WHERE row = 3")
    ran = command("doctor")
    assert ran.code == 0, ran
    assert "lacks leads that were sent by run 20" in ran.out


@pytest.mark.parametrize(("ahead", "status"), [(-61, "warning"), (61, "warning"), (-50, "ok"), (50, "ok")])
async def test_doctor_compares_the_clock(ahead, status, platform) -> None:
    from uploader.commands.doctor import _clock

    now = 1_795_000_000.0
    assert _clock(formatdate(now, usegmt=True), now + ahead).status == status
    assert _clock("", now).status == _clock("yesterday", now).status == "skipped"


async def test_wrong_clock_is_a_warning(platform) -> None:
    import time

    from uploader.commands.doctor import examine, exit_code

    platform()
    checks = await examine(load_settings(), lambda: time.time() + 600)
    clock = next(check for check in checks if check.name == "clock")
    assert clock.status == "warning"
    assert "ahead of the platform" in clock.message
    assert exit_code(checks) == 0


def test_doctor_sends_nothing_when_the_quota_is_used(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_LOGIN_RATE_LIMIT", "1/300")
    sandbox = platform()
    assert command("doctor").code == 0
    ran = command("doctor", "--json")
    assert (ran.code, statuses(ran)["platform"]) == (0, "skipped")
    assert sandbox.requests["token"] == 1
    assert "0 of 1 token requests" in ran.out


def test_doctor_sends_nothing_during_a_pause(command, platform) -> None:
    sandbox = platform()
    settings = load_settings()
    with open_ledger(settings.home) as ledger, ledger.permits(settings.account, 1) as permits:
        permits.pause(1e6)
    ran = command("doctor", "--json")
    assert (ran.code, statuses(ran)["platform"], sandbox.requests["token"]) == (0, "skipped", 0)


def test_permits_belong_to_the_account(platform) -> None:
    platform()
    settings = load_settings()
    with (
        open_ledger(settings.home) as ledger,
        ledger.permits(settings.account, 1) as mine,
        ledger.permits(["x"], 1) as others,
    ):
        from uploader.api.publisher import windows

        taken = take(mine, "lead", windows(settings)).permit
        mine.answered(taken)
        assert (mine.used(windows(settings)[0]), others.used(windows(settings)[0])) == (1, 0)


def test_unknown_profile_key_is_reported(command) -> None:
    Path("uploader.toml").write_text("[profile.acme]\nretenion = '1y'\n")
    with pytest.raises(UsageError, match="retenion"):
        load_settings({"profile": "acme"})
