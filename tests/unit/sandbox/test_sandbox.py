"""The sandbox against the API's documentation, to the byte, with a client that is not ours."""

import http.client
import json
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.sandbox import serving
from tests.support.sandbox_client import GOOD, KEY, LEAD, Api
from uploader.sandbox import Fault, SandboxOptions, fixtures
from uploader.sandbox.options import KINDS


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def api() -> Callable[..., Api]:
    with ExitStack() as stack:

        def start(clock: Callable[[], float] | None = None, **options: object) -> Api:
            sandbox, url = stack.enter_context(serving(SandboxOptions(**options), clock))
            api = Api(sandbox, urlsplit(url).netloc)
            api.log_in()
            return api

        yield start


def test_both_grants(api) -> None:
    api = api()
    seen = {**KEY, "grant_type": "http://convertr.cvtr.io/grants/api_key"}
    status, body, _ = api.ask("GET", f"/oauth/v2/token?{urlencode(seen)}")
    assert status == 200
    assert list(json.loads(body)) == ["access_token", "expires_in", "token_type", "scope", "refresh_token"]
    assert json.loads(body)["expires_in"] == 3600
    password = {**KEY, "grant_type": "password", "username": fixtures.USERNAME, "password": fixtures.PASSWORD}
    assert api.ask("POST", "/oauth/v2/token", password)[0] == 200
    for wrong, error in (
        ("client_secret", "invalid_client"),
        ("api_key", "invalid_grant"),
        ("password", "invalid_grant"),
    ):
        status, body, _ = api.ask("POST", "/oauth/v2/token", {**password, wrong: "no"})
        assert (status, json.loads(body)["error"]) == (400, error)
    assert json.loads(api.ask("GET", "/oauth/v2/token?grant_type=x")[1])["error"] == "unsupported_grant_type"


def test_a_lead_is_taken(api) -> None:
    api = api()
    assert api.lead() == (201, '{"code": 201, "message": "Lead was created successfully", "data": 55907}')
    (received,) = api.sandbox.received
    assert received.fields == (
        ("firstName", "Joe"), ("lastName", "Bloggs"), ("email", "joe@example.com"), ("source", "Autumn webinar")
    )  # fmt: skip
    assert api.ask("POST", LEAD, GOOD, Authorization=f"Bearer {api.token}")[0] == 201


def test_the_other_wording_of_success(api) -> None:
    api = api(other_wording=True)
    assert api.lead() == (201, '{"status": 201, "message": "Model was created successfully", "data": 55907}')


def test_what_does_not_fit_the_form(api) -> None:
    api = api()
    fine = ",".join(f'"{field.name}":[]' for field in fixtures.FIELDS)
    assert api.lead({**GOOD, "form[shoeSize]": "44"}) == (
        400,
        '{"code":400,"message":"Validation Failed","errors":{"errors":["This form should not contain extra fields."],'
        f'"children":{{{fine}}}}}}}',
    )
    bad = fine.replace('"email":[]', '"email":{"errors":["This value is not a valid email address."]}')
    assert api.lead({**GOOD, "form[email]": "joe"}) == (
        400,
        f'{{"code":400,"message":"Validation Failed","errors":{{"children":{{{bad}}}}}}}',
    )
    assert "This value should not be blank." in api.lead({**GOOD, "form[source]": ""})[1]
    assert '"optIn":{"errors":' in api.lead({**GOOD, "form[optIn]": "yes"})[1]
    assert '"telephone":{"errors":' in api.lead({**GOOD, "form[telephone]": "call me"})[1]
    assert api.sandbox.received == []


def test_the_errors_of_the_documentation(api) -> None:
    api = api()
    assert api.ask("POST", f"{LEAD}?access_token=x", GOOD)[:2] == (
        401,
        '{"error":"invalid_grant","error_description":"The access token provided has expired."}',
    )
    for form, link, message in (
        (77, 138, "Campaign has not started yet"),
        (78, 139, "Campaign is fulfilled"),
        (79, 140, "Campaign is inactive"),
    ):
        path = f"/api/v2/publisher/11003/links/{link}/forms/{form}/leads"
        assert api.lead(path=path) == (403, f'{{"code":403,"message":"{message}"}}')
    assert api.lead(path=LEAD.replace("11003", "1")) == (404, '{"code":404,"message":"Publisher not found"}')
    assert api.lead(path=LEAD.replace("135", "1")) == (404, '{"code":404,"message":"Link not found"}')
    assert api.lead(path=LEAD.replace("75", "1")) == (404, '{"code":404,"message":"Form not found"}')
    assert api.get("/api/v2/publisher/fields/1") == (404, '{"code":404,"message":"Campaign not found"}')
    status, page = api.get("/api/v9/nothing")
    assert (status, page[:15]) == (404, "<!DOCTYPE html>")
    assert api.get(LEAD)[0] == 405
    assert api.ask("POST", f"{LEAD}?access_token={api.token}", None, **{"Content-Type": "application/json"})[0] == 415
    assert api.lead({**GOOD, "form[city]": "x" * 1_100_000})[0] == 413


def test_both_shapes_of_a_form_and_the_links(api) -> None:
    api = api()
    (form,) = json.loads(api.get("/api/v2/publisher/fields/44400")[1])
    assert list(form) == ["formName", "formId", "fields"]
    assert form["fields"][0] == {"key": "form[firstName]", "hidden": False, "required": True}
    assert form["fields"][-1] == {"key": "form[source]", "hidden": True, "required": True}
    (bare,) = json.loads(api.get("/api/v2/publisher/fields/44401")[1])
    assert bare["fields"][0] == "form[firstName]"
    links = json.loads(api.get("/api/v2/publisher/links/44400")[1])
    assert (list(links[0]), links[0]["id"]) == (["id", "name", "channel", "destination"], 135)


def test_tokens_expire(api) -> None:
    clock = Clock()
    api = api(clock, token_lifetime=60)
    assert api.lead()[0] == 201
    clock.time += 60
    assert api.lead()[0] == 401
    api.log_in()
    assert api.lead()[0] == 201


def test_limits_are_rolling_windows(api) -> None:
    clock = Clock()
    api = api(clock, limit="3/10")
    assert [api.lead()[0], api.lead()[0]] == [201, 201]  # the token was the first request
    status, _, headers = api.ask("POST", f"{LEAD}?access_token={api.token}", GOOD)
    assert (status, headers["Retry-After"]) == (429, "10")
    clock.time += 9.9
    assert api.lead()[0] == 429
    clock.time += 10
    assert api.lead()[0] == 201


def test_tokens_and_results_have_limits_of_their_own(api) -> None:
    api = api(Clock(), token_limit="1/10", result_limit="1/10")
    assert api.ask("GET", f"/oauth/v2/token?{urlencode(KEY)}")[0] == 429
    api.lead()
    result = "/api/v2.1/publisher/11003/lead-result/55907"
    assert [api.get(result)[0], api.get(result)[0]] == [202, 429]


def test_a_campaign_is_fulfilled_at_its_cap(api) -> None:
    api = api(campaign_cap=1)
    assert [api.lead()[0], api.lead()[0]] == [201, 403]


def test_what_becomes_of_leads(api) -> None:
    clock = Clock()
    api = api(clock, result_delay=5)
    full = {f"form[{field.name}]": "Filled" for field in fixtures.FIELDS if field.kind == "text"}
    full |= {**GOOD, "form[country]": "Germany", "form[optIn]": "1", "form[terms]": "1", "form[telephone]": "1"}
    bad = [
        {**full, "form[firstName]": "Test", "form[email]": "a@example.com"},
        {**full, "form[lastName]": "Joe", "form[email]": "b@example.com"},
        {**full, "form[lastName]": "Blllogs", "form[email]": "c@example.com"},
        {**full, "form[lastName]": "Blgg", "form[email]": "d@example.com"},
        {**full, "form[country]": "UK", "form[email]": "e@example.com"},
        full,  # the second of its e-mail
    ]
    for lead in [full, {**full, "form[email]": "z@example.com"}, *bad]:
        assert api.lead(lead)[0] == 201
    path = "/api/v2.1/publisher/11003/lead-result/"
    assert api.get(f"{path}55907") == (202, "The lead has not been processed yet.")
    assert api.get(f"{path}1")[0] == 404
    clock.time += 5
    assert {api.get(f"{path}55907"), api.get(f"{path}55908")} == {(200, ""), (200, '""')}
    printed = [api.get(f"{path}{55909 + number}")[1] for number in range(len(bad))]
    for words, body in zip(
        ("test", "same", "Repeated", "vowels", "country (country)", "Duplicate"), printed, strict=True
    ):
        assert words in body
    assert {body[0] for body in printed} >= {"{", '"'}
    assert list(json.loads(next(body for body in printed if body[0] == "{"))) == ["qaReasons", "failedJobs", "leadData"]


@pytest.mark.parametrize("kind", sorted(KINDS - {"stall"}))
def test_every_fault_leaves_the_sandbox_healthy(api, kind: str) -> None:
    api = api(faults=f"{kind}@1")
    try:
        status: int | None = api.lead()[0]
    except (http.client.HTTPException, OSError):
        status = None
    digits = kind[:3]
    others = {"html": 200, "redirect": 302, "surplus": 201, "gzip-bomb": 201}
    assert status == (int(digits) if digits.isdigit() else others.get(kind))
    stores = {"store-close", "half", "garbage", "surplus", "gzip-bomb"}
    assert len(api.sandbox.received) == (kind in stores or kind.startswith("20"))
    assert api.lead()[0] == 201


def test_it_tells_what_it_received_and_its_knobs_turn(api) -> None:
    api = api()
    api.lead()
    (printed,) = json.loads(api.ask("GET", "/sandbox/received")[1])
    assert printed["fields"]["email"] == "joe@example.com"
    assert json.loads(api.ask("GET", "/sandbox/requests")[1]) == {"token": 1, "lead": 1}
    connection = http.client.HTTPConnection(api.netloc)
    connection.request("PUT", "/sandbox/options", json.dumps({"campaign_cap": 1}))
    assert connection.getresponse().status == 200
    connection.close()
    assert api.lead()[0] == 403


def test_unknown_options_are_reported() -> None:
    assert SandboxOptions(faults="500@10, token:close@2-3").parsed_faults() == (
        Fault("500", 10, 10),
        Fault("close", 2, 3, "token"),
    )
    for wrong in ("500", "501@1", "nowhere:500@1"):
        with pytest.raises(ValueError, match=wrong.split("@", maxsplit=1)[0].split(":", maxsplit=1)[0]):
            SandboxOptions(faults=wrong).parsed_faults()
    with pytest.raises(ValueError, match="unknown option"):
        SandboxOptions().with_changes({"speed": 1})
