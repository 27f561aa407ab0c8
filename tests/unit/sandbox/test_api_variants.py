"""The API variants in the sandbox against their documentation, to the byte, with a client that is not ours."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.support.sandbox import serving
from tests.support.sandbox_client import GOOD, Api
from uploader.sandbox import fixtures

V2_4 = "/api/v2.4/publisher/11003/forms/75/campaign/44400/leads"
WEBHOOK = "/webhook/campaign/44400/global-form/75/leads"
KEY = fixtures.CAMPAIGNS[44400].key


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as (sandbox, url):
        yield Api(sandbox, urlsplit(url).netloc)


def hook(api: Api, form: dict[str, str] = GOOD, path: str = WEBHOOK, key: str = KEY, **ids: object) -> tuple[int, str]:
    query = "&".join(f"{name}={id}" for name, id in ({"campaignLinkId": 135, "publisherId": 11003} | ids).items())
    return api.ask("POST", f"{path}?apikey={key}&{query}", form)[:2]


def test_a_user_name_gives_a_token(api: Api) -> None:
    given = {"username": fixtures.USERNAME, "password": fixtures.PASSWORD}
    status, body, _ = api.ask("POST", "/api/login", given)
    assert (status, json.loads(body)["token_type"]) == (200, "bearer")
    for wrong in ("username", "password"):
        status, body, _ = api.ask("POST", "/api/login", {**given, wrong: "no"})
        assert (status, json.loads(body)["error"]) == (400, "invalid_grant")
    body = api.ask("POST", "/api/login", {**given, "username": fixtures.MFA_USERNAME})[1]
    assert list(json.loads(body)) == ["error", "error_description", "mfa_token"]


def test_version_2_4_takes_a_token_either_way(api: Api) -> None:
    api.log_in()
    bearer = {"Authorization": f"Bearer {api.token}"}
    assert api.ask("POST", f"{V2_4}?linkId=135", GOOD, **bearer)[0] == 201
    assert api.ask("POST", f"{V2_4}?linkId=135&access_token={api.token}", GOOD)[0] == 201
    assert api.ask("POST", f"{V2_4}?linkId=135", GOOD)[0] == 401
    assert api.get("/api/v2.4/publisher/fields/44400")[0] == 200
    (lead, _) = api.sandbox.received
    assert (lead.publisher, lead.campaign, lead.link, lead.form) == (11003, 44400, 135, 75)
    for wrong, message in (
        (f"{V2_4}?linkId=137", "Link not found"),
        (f"{V2_4.replace('75', '76')}?linkId=135", "Form not found"),
        (f"{V2_4.replace('44400', '1')}?linkId=135", "Campaign not found"),
    ):
        assert api.ask("POST", wrong, GOOD, **bearer)[:2] == (404, f'{{"code":404,"message":"{message}"}}')


def test_the_webhook_takes_its_campaigns_key(api: Api) -> None:
    assert hook(api) == (201, '{"code": 201, "message": "Lead was created successfully", "data": 55907}')
    denied = (401, '{"code":401,"message":"Access denied."}')
    assert hook(api, key="no") == hook(api, key=fixtures.CAMPAIGNS[44401].key) == denied
    fields = "/webhook/campaign/v2/44400/global-form/fields"
    links = "/webhook/campaign/44400/links"
    for path in (fields, links):
        assert api.ask("GET", f"{path}?apikey={KEY}")[0] == 200
        assert api.ask("GET", path)[:2] == denied
    (lead,) = api.sandbox.received
    assert (lead.publisher, lead.campaign, lead.link, lead.form) == (11003, 44400, 135, 75)


def test_webhook_needs_no_token(api: Api) -> None:
    api.log_in()
    assert api.lead(path=WEBHOOK)[0] == 401


def test_the_webhook_words_its_refusals_in_its_own_way(api: Api) -> None:
    assert hook(api, {**GOOD, "form[shoeSize]": "44", "form[email]": "joe"}) == (
        400,
        '{"code":400,"message":"Validation failed","data":[{"message":"This form should not contain extra fields."},'
        '{"fieldName":"form[email]","message":"This value is not a valid email address."}]}',
    )
    closed = fixtures.CAMPAIGNS[44404]
    path = f"/webhook/campaign/{closed.id}/global-form/{closed.form}/leads"
    assert hook(api, path=path, key=closed.key, campaignLinkId=140) == (
        403,
        '{"code":"403","error":"Campaign is inactive"}',
    )
    assert hook(api, publisherId=1) == (404, '{"code":404,"message":"Publisher not found"}')
    for path in (WEBHOOK.replace("75", "1"), WEBHOOK.replace("44400", "1")):
        status, page = hook(api, path=path)
        assert (status, page[:15]) == (404, "<!DOCTYPE html>")
