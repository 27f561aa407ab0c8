"""`forms` and `links`: what a campaign takes, as text and as JSON."""

import json

import pytest

from uploader.sandbox import fixtures

CAMPAIGN = fixtures.CAMPAIGNS[44400]


def test_forms_as_json(command, platform) -> None:
    platform()
    ran = command("forms", "--campaign", CAMPAIGN.id, "--json")
    assert ran.code == 0, ran
    printed = json.loads(ran.out)
    (form,) = printed["forms"]
    assert (printed["schema"], printed["campaign"], form["id"]) == (1, CAMPAIGN.id, CAMPAIGN.form)
    assert [field["name"] for field in form["fields"]] == [field.name for field in fixtures.FIELDS]
    assert [field["required"] for field in form["fields"]] == [field.required for field in fixtures.FIELDS]
    assert [field["hidden"] for field in form["fields"]] == [field.hidden for field in fixtures.FIELDS]


def test_links_as_json(command, platform) -> None:
    platform()
    ran = command("links", "--campaign", CAMPAIGN.id, "--json")
    assert ran.code == 0, ran
    printed = json.loads(ran.out)
    assert [link["id"] for link in printed["links"]] == [number for number, _, _ in CAMPAIGN.links]
    assert set(printed["links"][0]) == {"id", "name", "channel", "destination"}


@pytest.mark.parametrize("name", ["forms", "links"])
def test_unknown_campaign_is_reported(command, platform, name) -> None:
    platform()
    ran = command(name, "--campaign", 1, "--json")
    assert ran.code == 3, ran
    assert ran.out == ""
