"""What the platform leaves out, refuses to show or words differently does not stop an upload that can succeed."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from uploader.sandbox import fixtures

WITHOUT_LINK = MAPPING.replace("link: 135\n", "")
WITHOUT_IDS = WITHOUT_LINK.replace("publisher: 11003\n", "")


@pytest.fixture
def leads() -> Path:
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(3))


def test_upload_that_waits_for_results_uses_one_token(command, platform, leads, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")
    sandbox = platform(result_delay=0.2)
    ran = command("upload", leads, "-m", "map.yaml", "--yes", "--wait-results")
    assert ran.code == 0, ran
    assert sandbox.requests["token"] == 1


@pytest.mark.parametrize("fault", ["403denied", "403page", "404", "404html", "html"])
def test_links_that_are_not_shown_are_noted_and_a_given_link_is_used(command, platform, leads, fault: str) -> None:
    sandbox = platform(faults=f"links:{fault}@1-9")
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert ran.code == 0, ran
    assert "the link was not checked: " in " ".join(ran.err.split())
    assert {lead.link for lead in sandbox.received} == {135}


@pytest.mark.parametrize("fault", ["403page", "404"])
def test_links_that_are_not_shown_stop_an_upload_without_a_link(command, platform, leads, fault: str) -> None:
    sandbox = platform(faults=f"links:{fault}@1-9")
    Path("map.yaml").write_text(WITHOUT_LINK)
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert ran.code == 3, ran
    assert "--link" in ran.err, ran
    assert sandbox.received == []


def test_empty_list_of_links_is_reported_as_empty(command, platform, leads, monkeypatch) -> None:
    from dataclasses import replace

    campaign = replace(fixtures.CAMPAIGNS[44400], links=())
    monkeypatch.setitem(fixtures.CAMPAIGNS, 44400, campaign)
    platform()
    Path("map.yaml").write_text(WITHOUT_LINK)
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert ran.code == 3, ran
    assert "Campaign 44400 has no links." in ran.err, ran
    Path("map.yaml").write_text(MAPPING)
    ran = command("check", leads, "-m", "map.yaml")
    assert ran.code == 0, ran
    assert "lists no links for campaign 44400" in " ".join(ran.err.split())


@pytest.mark.parametrize("variant", ["publisher-v2.4", "webhook-v2", "webhook-v1"])
def test_optional_ids_are_left_out_of_the_request(command, platform, leads, monkeypatch, variant: str) -> None:
    sandbox = platform(faults="links:404@1-9")
    monkeypatch.delenv("UPLOADER_PUBLISHER_ID", raising=False)
    Path("map.yaml").write_text(WITHOUT_IDS if variant.startswith("webhook") else WITHOUT_LINK)
    ran = command("upload", leads, "-m", "map.yaml", "--yes", "-v", "--json")
    assert ran.code == 0, ran
    assert json.loads(ran.out)["counts"]["accepted"] == 3
    assert {lead.link for lead in sandbox.received} == {0}
    retried = command("retry", json.loads(ran.out)["report"], "--yes", "--json")
    assert json.loads(retried.out)["exit_code"] == 0


def test_password_grant_needs_no_api_key(command, platform, leads, monkeypatch) -> None:
    platform()
    monkeypatch.setenv("UPLOADER_API_KEY", "")
    monkeypatch.setenv("UPLOADER_USERNAME", fixtures.USERNAME)
    monkeypatch.setenv("UPLOADER_PASSWORD", fixtures.PASSWORD)
    assert command("upload", leads, "-m", "map.yaml", "--yes").code == 0


@pytest.mark.parametrize("variant", ["publisher-v2.4", "publisher-v2.3"])
def test_expired_password_is_named(command, platform, leads, monkeypatch, variant: str) -> None:
    sandbox = platform()
    monkeypatch.setenv("UPLOADER_USERNAME", fixtures.EXPIRED_USERNAME)
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert ran.code == 4, ran
    assert "has expired" in ran.err, ran
    assert sum(sandbox.requests.values()) == 1


@pytest.mark.parametrize("fault", ["201string", "201object", "201id", "201bare", "200created"])
def test_every_shape_of_success_has_its_id(command, platform, leads, fault: str) -> None:
    sandbox = platform(faults=f"{fault}@1-3")
    ran = command("upload", leads, "-m", "map.yaml", "--yes", "--json")
    assert (ran.code, len(sandbox.received)) == (0, 3), ran


@pytest.mark.parametrize("fault", ["429zero", "429past", "429absurd", "429after"])
def test_wait_that_cannot_be_meant_is_waited_out(command, platform, leads, monkeypatch, fault: str) -> None:
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "100/2")  # the window to wait for where the platform does not say
    sandbox = platform(faults=f"{fault}@2", date_skew=7200)
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert (ran.code, sandbox.requests["lead"]) == (0, 4), ran


@pytest.mark.parametrize(
    ("part", "code", "words"),
    [
        (b"access_token", 2, "answers HTTP 200 without a token (the response is larger than 1 MiB)"),
        (b"formName", 5, "does not show campaign 44400: the response is larger than 1 MiB"),
        (b"channel", 0, "the link was not checked"),
    ],
)
def test_response_that_cannot_be_read_is_called_unreadable(
    command, platform, leads, monkeypatch, part: bytes, code: int, words: str
) -> None:
    """An empty body in its place would be no form, no link, or a lead without faults."""
    too_large = b"", "the response is larger than 1 MiB"
    monkeypatch.setattr("uploader.api.client.decode", lambda raw, _: too_large if part in raw else (raw, ""))
    platform()
    ran = command("check", leads, "-m", "map.yaml")
    assert (ran.code, words in " ".join(ran.err.split())) == (code, True), ran
