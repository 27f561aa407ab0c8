"""The sandbox is as tolerant, and as strict, as the real API."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest

from tests.support.sandbox import serving
from tests.support.sandbox_client import GOOD, KEY, LEAD, Api
from uploader.sandbox import SandboxOptions, fixtures

CLIENT = {"client_id": fixtures.CLIENT_ID, "client_secret": fixtures.CLIENT_SECRET}
USER = {"username": fixtures.USERNAME, "password": fixtures.PASSWORD}
WEBHOOK_KEY = fixtures.CAMPAIGNS[44400].key


@pytest.fixture
def api() -> Iterator[Callable[..., Api]]:
    with ExitStack() as stack:

        def start(**options: object) -> Api:
            sandbox, url = stack.enter_context(serving(SandboxOptions(**options)))
            return Api(sandbox, url.removeprefix("http://"))

        yield start


def multipart(form: dict[str, str]) -> tuple[bytes, str]:
    parts = [f'--B\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in form.items()]
    return "".join([*parts, "--B--\r\n"]).encode(), "multipart/form-data; boundary=B"


def token(api: Api, parameters: dict[str, str]) -> dict:
    return json.loads(api.ask("POST", "/oauth/v2/token", parameters)[1])


def test_multipart_lead_is_stored_like_a_form_encoded_one(api) -> None:
    api = api()
    api.log_in()
    body, kind = multipart({**GOOD, "form[lastName]": "Blöggs & Co=1"})
    import http.client

    connection = http.client.HTTPConnection(api.netloc, timeout=5)
    connection.request("POST", f"{LEAD}?access_token={api.token}", body, {"Content-Type": kind})
    assert connection.getresponse().status == 201
    connection.close()
    assert dict(api.sandbox.received[0].fields)["lastName"] == "Blöggs & Co=1"


def test_password_grant_works_without_an_api_key_but_not_with_a_wrong_one(api) -> None:
    api = api()
    given = {"grant_type": "password", **CLIENT, **USER}
    assert "access_token" in token(api, given)
    assert "access_token" in token(api, given | {"api_key": fixtures.API_KEY})
    assert token(api, given | {"api_key": "wrong"})["error"] == "invalid_grant"
    assert token(api, given | {"password": "wrong"})["error"] == "invalid_grant"


def test_refresh_token_gives_one_new_token_and_is_not_one_itself(api) -> None:
    api = api()
    first = json.loads(api.ask("GET", f"/oauth/v2/token?{urlencode(KEY)}")[1])
    api.token = first["refresh_token"]
    assert api.lead()[0] == 401
    again = {"grant_type": "refresh_token", **CLIENT, "refresh_token": first["refresh_token"]}
    api.token = token(api, again)["access_token"]
    assert api.lead()[0] == 201
    assert token(api, again)["error"] == "invalid_grant"
    assert token(api, again | {"refresh_token": first["access_token"]})["error"] == "invalid_grant"


def test_expired_password_gives_a_token_that_is_good_for_nothing(api) -> None:
    api = api()
    said = json.loads(api.ask("POST", "/api/login", {**USER, "username": fixtures.EXPIRED_USERNAME})[1])
    assert said["password_expired"] is True
    api.token = said["access_token"]
    assert api.lead()[0] == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/webhook/campaign/44400/global-form/75/leads?apikey={key}", 201),
        ("/webhook/campaign/44400/global-form/75/leads?apikey={key}&campaignLinkId=135", 201),
        ("/webhook/campaign/44400/global-form/75/leads?apikey={key}&publisherId=11003", 201),
        ("/webhook/campaign/44400/global-form/75/leads?apikey={key}&publisherId=1", 404),
        ("/webhook/campaign/44400/global-form/75/leads?apikey={key}&campaignLinkId=1", 404),
        ("/webhook/campaign/44400/form/75/leads?apikey={key}", 201),
        ("/api/v2.4/publisher/11003/forms/75/campaign/44400/leads?access_token={token}", 201),
        ("/api/v2.4/publisher/11003/forms/75/campaign/44400/leads?access_token={token}&linkId=1", 404),
        ("/api/v2.3/publisher/11003/links/135/forms/75/leads?access_token={token}", 201),
        ("/api/v2/3.0/publisher/11003/links/135/forms/75/leads?access_token={token}", 201),
    ],
)
def test_ids_are_optional_where_the_platform_says_so(api, path: str, status: int) -> None:
    api = api()
    api.log_in()
    assert api.ask("POST", path.format(key=WEBHOOK_KEY, token=api.token), GOOD)[0] == status


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2.4/publisher/links/44400",
        "/api/v2.3/publisher/fields/44400",
        "/webhook/campaign/44400/form/fields",
        "/webhook/campaign/44400/global-form/fields",
    ],
)
def test_older_paths_are_served(api, path: str) -> None:
    api = api()
    api.log_in()
    status, body, _ = api.ask("GET", f"{path}?access_token={api.token}&apikey={WEBHOOK_KEY}")
    assert status == 200
    if path.startswith("/webhook"):
        assert isinstance(json.loads(body)[0]["fields"][0], str)


def test_webhook_allows_pages_of_other_origins(api) -> None:
    api = api()
    path = f"/webhook/campaign/44400/global-form/75/leads?apikey={WEBHOOK_KEY}"
    assert api.ask("OPTIONS", path, Origin="https://example.com")[0] == 204
    assert api.ask("POST", path, GOOD)[2]["Access-Control-Allow-Origin"] == "*"
    api.log_in()
    assert (
        "Access-Control-Allow-Origin"
        not in api.ask("GET", f"/api/v2/publisher/fields/44400?access_token={api.token}")[2]
    )


def test_leads_are_a_collection_as_json_ld_and_a_bare_list_otherwise(api) -> None:
    api = api()
    api.log_in()
    for number in range(31):
        assert api.lead({**GOOD, "form[email]": f"a{number}@example.com"})[0] == 201
    query = f"?campaign.id=44400&access_token={api.token}"
    bare = json.loads(api.ask("GET", f"/api/v4/leads{query}")[1])
    assert (len(bare), set(bare[0])) == (30, {"id", "email", "createdTs"})
    for path, headers in (
        (f"/api/v4/leads.jsonld{query}", {}),
        (f"/api/v4/leads{query}", {"Accept": "application/ld+json"}),
    ):
        page = json.loads(api.ask("GET", path, **headers)[1])
        assert (len(page["hydra:member"]), page["hydra:totalItems"]) == (30, 31)
        assert "page=2" in page["hydra:view"]["hydra:next"]
        last = json.loads(api.ask("GET", f"{path}&page=2", **headers)[1])
        assert len(last["hydra:member"]) == 1
        assert "hydra:view" not in last


def test_date_of_responses_can_be_skewed(api) -> None:
    from email.utils import parsedate_to_datetime

    api = api(date_skew=-7200)
    here = parsedate_to_datetime(api.ask("GET", f"/oauth/v2/token?{urlencode(KEY)}")[2]["Date"]).timestamp()
    import time

    assert abs(here - time.time() + 7200) < 60
