"""Canaries: secrets and people are found nowhere that they do not belong, whatever fails."""

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from tests.support.files import MAPPING, read_report, write_csv
from uploader.sandbox import fixtures

KEY = fixtures.CAMPAIGNS[44400].key
SECRETS = [fixtures.CLIENT_SECRET, fixtures.API_KEY, fixtures.PASSWORD, KEY, "access_token=", "apikey="]
ROWS = [
    [f"Zinkfinkfirst{n}", f"Zinkfinklast{n}", f"zinkfink.{n}@example.com", f"0770090{n:04}", "Zinkfinkworks"]
    for n in range(20)
]
PEOPLE = ["zinkfink", "0770090"]

FAULTS = [
    "",
    "500@3",
    "close@3,half@5,garbage@7",
    "403inactive@5",
    "404html@5",
    "401denied@5-99",
    "401@5",
    "stall@5",
    "token:500@1-9",
    "token:garbage@1-9",
    "fields:close@1-9",
    "fields:html@1-9",
]


# The other APIs differ in what they carry, so they are tried where that could be printed.
TELLING = [fault for fault in FAULTS if fault in {"", "404html@5", "401denied@5-99"} or ":" in fault]
CASES = [
    *(("publisher-v2.5", grant, fault) for grant in ("key", "password") for fault in FAULTS),
    *((name, "", fault) for name in ("publisher-v2.4", "webhook-v2") for fault in TELLING),
]


@pytest.mark.parametrize(("variant", "grant", "faults"), CASES)
def test_no_marker_leaks(command, platform, monkeypatch, faults, grant) -> None:
    monkeypatch.setenv("UPLOADER_TIMEOUT", "0.5")
    if grant == "password":
        monkeypatch.setenv("UPLOADER_USERNAME", fixtures.USERNAME)
        monkeypatch.setenv("UPLOADER_PASSWORD", fixtures.PASSWORD)
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(faults=faults)
    ran = command("upload", write_csv(Path("leads.csv"), ROWS), "-m", "map.yaml", "-v", "--json")
    printed = (ran.out + ran.err).lower()
    kept = b"".join(path.read_bytes() for path in Path("home").rglob("*") if path.is_file()).lower()
    report = json.loads(ran.out)["report"]
    for secret in [*SECRETS, *sandbox.state._tokens]:
        assert secret.lower() not in printed
        assert secret.lower().encode() not in kept
        assert not report or secret not in Path(report).read_text("utf-8")
    for word in PEOPLE:
        assert word not in printed
        assert word.encode() not in kept


@pytest.mark.parametrize("rows", [1, 20])
def test_lead_quoted_by_the_platform_is_masked(command, platform, monkeypatch, rows) -> None:
    """Also in the reason why the run stops: twenty refusals say that it is the mapping."""
    from uploader.sandbox import leads

    def rejection(fields: tuple[tuple[str, str], ...], refused: object) -> str:
        given = dict(fields)
        return f'{{"code":400,"message":"{given["email"]} of {given["firstName"]} is known"}}'

    monkeypatch.setattr(leads, "rejection", rejection)
    Path("map.yaml").write_text(MAPPING)
    platform()
    ran = command("upload", write_csv(Path("leads.csv"), ROWS[:rows]), "-m", "map.yaml", "-v", "--json")
    assert ran.code == (5 if rows == 20 else 1)
    row = read_report(Path(json.loads(ran.out)["report"]))[0]
    assert row["upload_reason"] == "zinkfink.0@example.com of Zinkfinkfirst0 is known (HTTP 400)"
    kept = b"".join(path.read_bytes() for path in Path("home").rglob("*") if path.is_file())
    assert b"zinkfink" not in kept.lower()
    assert "zinkfink" not in (ran.out + ran.err).lower()


def test_unknown_field_name_is_masked(command, platform, monkeypatch) -> None:
    """An answer may have anything for a field's name; the name of one stays, though a lead has it for a value."""
    from uploader.sandbox import leads

    def rejection(fields: tuple[tuple[str, str], ...], refused: object) -> str:
        odd = {name: {"errors": ["No."]} for name in (dict(fields)["email"], "companyName")}
        return json.dumps({"code": 400, "errors": {"children": odd}})

    monkeypatch.setattr(leads, "rejection", rejection)
    Path("map.yaml").write_text(MAPPING)
    platform()
    rows = [[*ROWS[0][:4], "companyName"]]
    report = json.loads(command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--json").out)["report"]
    row = read_report(Path(report))[0]
    assert row["upload_reason"] == "zinkfink.0@example.com: No.; companyName: No."
    assert row["upload_hint"].startswith("Fix field '•••' in the mapping. Fix column 'Company'")
    kept = b"".join(path.read_bytes() for path in Path("home").rglob("*") if path.is_file())
    assert b"zinkfink" not in kept.lower()


def test_stop_reason_contains_no_lead_values(command, platform, monkeypatch) -> None:
    """Errors alone make the run stop, and say why: the reason goes into the ledger and onto the terminal."""

    from uploader.sandbox import middleware

    async def quoting(kind: str, request: web.Request, answers: object, *_: object) -> web.Response:
        given = dict(parse_qsl((await request.read()).decode()))
        return web.json_response({"code": 500, "message": f"no room for {given['form[email]']}"}, status=500)

    monkeypatch.setattr(middleware, "respond_with_fault", quoting)
    monkeypatch.setenv("UPLOADER_PATIENCE", "2")
    Path("map.yaml").write_text(MAPPING)
    platform(faults="500@1-99")
    ran = command("upload", write_csv(Path("leads.csv"), ROWS), "-m", "map.yaml", "-v", "--json")
    assert ran.code == 5, ran
    assert "no room for ••• (HTTP 500)" in json.loads(ran.out)["stopped"]
    kept = b"".join(path.read_bytes() for path in Path("home").rglob("*") if path.is_file())
    assert b"zinkfink" not in kept.lower()
    assert "zinkfink" not in (ran.out + ran.err).lower()


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_key_quoted_by_the_platform_is_masked(command, platform, monkeypatch) -> None:
    from uploader.sandbox import leads

    body = json.dumps({"code": 400, "message": f"no such address: /leads?apikey={KEY}&publisherId=11003"})
    monkeypatch.setattr(leads, "rejection", lambda fields, refused: body)
    Path("map.yaml").write_text(MAPPING)
    platform()
    ran = command("upload", write_csv(Path("leads.csv"), ROWS), "-m", "map.yaml", "-v", "--log-file", "log", "--json")
    assert ran.code == 5, ran
    assert "/leads?apikey=•••&publisherId" in json.loads(ran.out)["stopped"]
    report = Path(json.loads(ran.out)["report"])
    kept = b"".join(path.read_bytes() for path in [*Path("home").rglob("*"), report, Path("log")] if path.is_file())
    assert KEY.encode() not in kept
    assert KEY not in ran.out + ran.err
    assert "/webhook/campaign/44400/global-form/75/leads (form[firstName]" in ran.err


def test_requests_are_shown_without_values(command, platform) -> None:
    Path("map.yaml").write_text(MAPPING)
    platform()
    ran = command("upload", write_csv(Path("leads.csv"), ROWS[:1]), "-m", "map.yaml", "-v")
    assert "GET /oauth/v2/token → HTTP 200 in " in ran.err
    assert "/links/135/forms/75/leads (form[firstName], form[lastName], form[email]" in ran.err


def test_tls_cannot_be_disabled(command, monkeypatch) -> None:
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), ROWS[:1])
    for name in ("CLIENT_ID", "CLIENT_SECRET", "API_KEY"):
        monkeypatch.setenv(f"UPLOADER_{name}", "x")
    monkeypatch.setenv("UPLOADER_BASE_URL", "http://example.com")
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == 2, ran
    assert "https only" in ran.err
    monkeypatch.setenv("UPLOADER_BASE_URL", "https://127.0.0.1:9")
    ran = command("upload", leads, "-m", "map.yaml", "--ca-bundle", leads)
    assert ran.code == 2, ran
    assert "is not a file of PEM certificates" in ran.err
