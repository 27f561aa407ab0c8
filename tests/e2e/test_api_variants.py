"""What only some of the APIs do, and how one of them is chosen. What all of them do is in the other modules."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.paths import ROOT
from tests.support.sandbox import every_api_variant
from uploader.sandbox import APIS, credentials, fixtures


@pytest.fixture
def leads() -> Path:
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(12))


@pytest.mark.parametrize("variant", ["publisher-v2.4"])
def test_user_name_logs_in_without_api_key(command, platform, leads) -> None:
    sandbox = platform()
    ran = command("upload", leads, "-m", "map.yaml", "-v")
    assert (ran.code, len(sandbox.received)) == (0, 12)
    assert "POST /api/login (username, password: •••) → HTTP 200" in ran.err
    assert "/api/v2.4/publisher/11003/forms/75/campaign/44400/leads (" in ran.err


@pytest.mark.parametrize("variant", ["publisher-v2.4"])
def test_api_key_wins_over_user_name(command, platform, leads, monkeypatch) -> None:
    sandbox = platform()
    for name in ("CLIENT_ID", "CLIENT_SECRET", "API_KEY"):
        monkeypatch.setenv(f"UPLOADER_{name}", credentials()[f"UPLOADER_{name}"])
    ran = command("upload", leads, "-m", "map.yaml", "-v")
    assert (ran.code, len(sandbox.received)) == (0, 12)
    assert "GET /oauth/v2/token → HTTP 200" in ran.err
    assert "/api/login" not in ran.err


@pytest.mark.parametrize("variant", ["publisher-v2.4"])
def test_multi_factor_login_suggests_the_api_key(command, platform, leads, monkeypatch) -> None:
    sandbox = platform()
    monkeypatch.setenv("UPLOADER_USERNAME", fixtures.MFA_USERNAME)
    ran = command("upload", leads, "-m", "map.yaml")
    assert (ran.code, sum(sandbox.requests.values())) == (4, 1)
    assert "multi-factor authentication (MFA)" in ran.err
    assert "UPLOADER_API_KEY" in ran.err
    assert "c2FuZGJveC1tZmEtdG9rZW4" not in ran.err


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_revoked_key_is_not_tried_again(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="401@5")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, sandbox.requests["lead"], sandbox.requests["token"]) == (4, 5, 0)
    assert [row["upload_outcome"] for row in read_report(Path(printed["report"]))] == (
        ["accepted"] * 4 + ["failed"] + ["unsent"] * 7
    )
    assert "UPLOADER_CAMPAIGN_API_KEY" in ran.err
    assert command("retry", printed["report"]).code == 0
    assert len(sandbox.received) == 12


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_webhook_key_belongs_to_one_campaign(command, platform, leads) -> None:
    sandbox = platform()
    ran = command("check", leads, "-m", "map.yaml", "--campaign", 44401)
    assert (ran.code, sum(sandbox.requests.values())) == (4, 1)


@pytest.mark.parametrize("variant", ["webhook-v2"])
@pytest.mark.parametrize("flag", [["--canary", 3], ["--wait-results"]])
def test_webhook_refuses_results_before_sending(command, platform, leads, flag) -> None:
    sandbox = platform()
    ran = command("upload", leads, "-m", "map.yaml", *flag)
    assert (ran.code, sandbox.received) == (2, [])
    assert "webhook-v2 does not report validation results" in ran.err


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_webhook_has_no_results_or_leads(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    platform(faults="close@2")
    printed = json.loads(command("upload", leads, "-m", "map.yaml", "--json").out)
    assert command("results", printed["report"]).code == 2
    ran = command("reconcile", printed["run"])
    assert ran.code == 2, ran
    assert "does not list a campaign's leads" in ran.err
    assert "UPLOADER_ENDPOINTS__LEADS" in ran.err


@pytest.mark.parametrize("variant", ["publisher-v2.4"])
def test_results_of_version_2_4(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    sandbox = platform(result_delay=0)
    ran = command("upload", leads, "-m", "map.yaml", "--wait-results", "--json")
    assert json.loads(ran.out)["results"]["pending"] == 0
    assert sandbox.requests["result"] == 12


def test_duplicate_is_recognized_across_apis(command, platform, leads, monkeypatch) -> None:
    sandbox = platform()
    assert command("upload", leads, "-m", "map.yaml", "--limit", 8).code == 1
    for name, value in credentials("webhook-v2").items():
        monkeypatch.setenv(name, value)
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    counts = json.loads(ran.out)["counts"]
    assert (ran.code, counts["duplicate"], counts["accepted"], len(sandbox.received)) == (0, 8, 4, 12)


@every_api_variant
def test_closed_campaign_stops_every_worker(command, platform, variant) -> None:
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(campaign_cap=20)
    ran = command("upload", write_csv(Path("leads.csv"), people(60)), "-m", "map.yaml", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["counts"]["unsent"]) == (5, 20, 40)
    assert "Campaign is fulfilled" in printed["stopped"]
    assert sandbox.requests["lead"] <= 20 + 8


@every_api_variant
def test_profile_chooses_the_sandbox_api(command, leads, variant) -> None:
    Path("uploader.toml").write_text(f'[profile.acme]\napi = "{variant}"\nusername = "someone.else"\n')
    ran = command("upload", leads, "-m", "map.yaml", "--sandbox", "--profile", "acme", "-v")
    address = {
        "publisher-v2.5": "/api/v2/publisher/11003",
        "publisher-v2.4": "/api/v2.4/publisher/11003",
        "publisher-v2.3": "/api/v2.3/publisher/11003",
        "publisher-v2": "/api/v2/publisher/11003",
        "webhook-v2": "/webhook/campaign/44400/global-form/75/leads",
        "webhook-v1": "/webhook/campaign/44400/form/75/leads",
    }
    assert ran.code == 0, ran
    assert f"POST {address[variant]}" in ran.err


@every_api_variant
def test_sandbox_prints_matching_settings(command, leads, monkeypatch, variant) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "uploader", "sandbox", "--port", "0", "--api", variant],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT)},
    )
    try:
        assert server.stdout is not None
        for line in iter(server.stdout.readline, ""):
            if line.startswith("Campaign"):
                break
            if export := re.fullmatch(r"export (\w+)=(\S+)\n", line):
                monkeypatch.setenv(export[1], export[2])
        assert command("upload", leads, "-m", "map.yaml").code == 0
    finally:
        server.kill()
        server.communicate()


def test_unknown_api_is_reported(command, leads, monkeypatch) -> None:
    ran = command("sandbox", "--api", "webhook-v0")
    assert ran.code == 2, ran
    assert all(name in ran.err for name in APIS)
    monkeypatch.setenv("UPLOADER_API", "webhook-v0")
    ran = command("check", leads, "-m", "map.yaml")
    assert ran.code == 2, ran
    assert "UPLOADER_API: unknown API variant 'webhook-v0' (known: " in ran.err
    assert "did you mean 'webhook-v2'?" in ran.err
