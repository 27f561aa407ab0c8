"""Every error of the API, provoked on a real socket: one clear message, the right outcome, no traceback."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.sandbox import every_api_variant
from uploader.sandbox import APIS

ROWS = 12


@pytest.fixture
def leads() -> Path:
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(ROWS))


# What an answer to a lead does: its kind, the exit code, the row's outcome, words of the reason.
ANSWERS = [
    ("400", 1, "rejected", "This form should not contain extra fields"),
    ("409", 1, "rejected", "409"),
    ("413", 1, "rejected", "413"),
    ("415", 1, "rejected", "415"),
    ("422", 1, "rejected", "422"),
    ("500", 6, "unknown", "HTTP 500"),
    ("502", 6, "unknown", "HTTP 502"),
    ("408", 6, "unknown", "HTTP 408"),
    ("201noid", 6, "unknown", "without a readable lead id"),
    ("close", 6, "unknown", "closed before the response"),
    ("store-close", 6, "unknown", "closed before the response"),
    ("half", 6, "unknown", "closed before the response"),
    ("garbage", 6, "unknown", "not HTTP"),
    ("stall", 6, "unknown", "no response within"),
    ("403fulfilled", 5, "unsent", "Campaign is fulfilled"),
    ("403started", 5, "unsent", "Campaign has not started yet"),
    ("403inactive", 5, "unsent", "Campaign is inactive"),
    ("404", 5, "failed", "not found"),
    ("404html", 1, "failed", "web page, not the platform's (HTTP 404)"),
    ("405", 5, "failed", "HTTP 405"),
    ("redirect", 6, "unknown", "HTTP 302"),
    ("html", 6, "unknown", "the response is a web page"),
    ("401", 0, "accepted", ""),
    ("425", 0, "accepted", ""),
    ("429after", 0, "accepted", ""),
]
# Tried on every API variant; the others share the same code.
COMMON = {"400", "500", "store-close", "403inactive", "404html", "429after"}
CASES = [(name, *case) for name in APIS for case in ANSWERS if name == "publisher-v2.5" or case[0] in COMMON]


@pytest.mark.parametrize(("variant", "fault", "code", "outcome", "words"), CASES)
def test_bad_response_gives_the_right_outcome(
    command, platform, leads, monkeypatch, fault, code, outcome, words
) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    monkeypatch.setenv("UPLOADER_TIMEOUT", "1")
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3000/1")
    platform(faults=f"{fault}@5")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert ran.code == code
    report = read_report(Path(printed["report"]))
    assert [row["upload_outcome"] for row in report[:4]] == ["accepted"] * 4
    assert report[4]["upload_outcome"] == outcome
    assert words.lower() in report[4]["upload_reason"].lower()
    assert outcome == "accepted" or report[4]["upload_hint"]
    rest = "unsent" if code == 5 else "accepted"
    assert {row["upload_outcome"] for row in report[5:]} == {rest}
    assert sum(printed["counts"].values()) == ROWS
    if code == 5:
        assert words.lower() in printed["stopped"].lower()


@every_api_variant
def test_429_without_retry_after_waits_for_the_window(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3000/1")
    sandbox = platform(faults="429@5")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert (ran.code, json.loads(ran.out)["counts"]["accepted"]) == (0, ROWS)
    assert len(sandbox.received) == ROWS


@pytest.mark.slow
def test_429_until_the_last_try_is_failed(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3000/0.1")
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    platform(faults="429@1-5")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["failed"], printed["counts"]["accepted"]) == (1, 1, ROWS - 1)
    assert read_report(Path(printed["report"]))[0]["upload_attempts"] == "5"
    assert command("retry", printed["report"]).code == 0


@every_api_variant
def test_access_denied_stops_the_run(command, platform, leads) -> None:
    platform(faults="401denied@3-99")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert ran.code == 4
    assert "Access denied" in ran.err


@pytest.mark.parametrize(
    ("variant", "setting", "words"),
    [
        ("publisher-v2.5", "CLIENT_SECRET", "rejected the credentials"),
        ("publisher-v2.4", "PASSWORD", "rejected the credentials"),
        ("webhook-v2", "CAMPAIGN_API_KEY", "refuses the campaign's key: Access denied."),
    ],
)
def test_wrong_credentials_cost_one_request(command, platform, leads, monkeypatch, setting, words) -> None:
    sandbox = platform()
    monkeypatch.setenv(f"UPLOADER_{setting}", "wrong-and-secret")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert (ran.code, json.loads(ran.out)["exit_code"]) == (4, 4)
    assert words in ran.err
    assert f"UPLOADER_{setting}" in ran.err
    assert "wrong-and-secret" not in ran.err + ran.out
    assert sum(sandbox.requests.values()) == 1


def test_password_grant_sends_user_and_password(command, platform, leads, monkeypatch) -> None:
    from uploader.sandbox import fixtures

    sandbox = platform()
    monkeypatch.setenv("UPLOADER_USERNAME", fixtures.USERNAME)
    monkeypatch.setenv("UPLOADER_PASSWORD", fixtures.PASSWORD)
    assert command("upload", leads, "-m", "map.yaml").code == 0
    monkeypatch.setenv("UPLOADER_PASSWORD", "wrong")
    assert command("check", leads, "-m", "map.yaml").code == 4
    assert len(sandbox.received) == ROWS


def test_expired_token_is_renewed(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "8")
    sandbox = platform(faults="401@4")
    assert command("upload", leads, "-m", "map.yaml").code == 0
    assert sandbox.requests["token"] == 2


@pytest.mark.parametrize(
    ("faults", "code", "words"),
    [
        ("fields:404@1-9", 3, "does not know campaign 44400"),
        ("fields:html@1-9", 3, "not a list of forms"),
        ("fields:500@1-9", 5, "cannot be reached"),
        ("fields:403inactive@1-9", 5, "does not show campaign 44400"),
        ("token:404html@1-9", 2, "is not the Publisher API"),
        ("token:500@1-9", 5, "cannot be reached"),
        ("token:close@1-9", 5, "cannot be reached"),
        ("token:500@1", 0, ""),
        ("fields:close@1", 0, ""),
        ("fields:401@1", 0, ""),
        ("links:404@1-9", 0, ""),
    ],
)
def test_error_before_the_first_lead_sends_nothing(command, platform, leads, faults, code, words) -> None:
    sandbox = platform(faults=faults)
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == code
    assert words in ran.err
    assert code == 0 or not sandbox.received


def test_unreachable_platform_sends_nothing(command, leads, monkeypatch) -> None:
    from uploader.sandbox import credentials

    for name, value in {**credentials(), "UPLOADER_BASE_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == 5
    assert "no connection" in ran.err


def test_fulfilled_campaign_stops_the_run(command, platform, monkeypatch) -> None:
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(300))
    sandbox = platform(campaign_cap=60)
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["counts"]["unsent"]) == (5, 60, 240)
    assert sandbox.requests["lead"] <= 60 + 8
    sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
    assert command("retry", printed["report"]).code == 0
    assert len(sandbox.received) == 300
    assert len({dict(lead.fields)["email"] for lead in sandbox.received}) == 300


def test_platform_without_tls_is_reported(command, platform, leads, monkeypatch) -> None:
    import os

    sandbox = platform()
    monkeypatch.setenv("UPLOADER_BASE_URL", os.environ["UPLOADER_BASE_URL"].replace("http:", "https:"))
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == 5, ran
    assert "TLS failed" in ran.err
    assert not sandbox.requests
