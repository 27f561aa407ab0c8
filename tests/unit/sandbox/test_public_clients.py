"""Public programs that are known to work with the real API call the sandbox in the same way, byte for byte.

Their code is not used here: only their paths, grants, headers and bodies. They are a Python program (`requests`) with
the password login and, in an older version, the webhook; a Node server (`axios`, `form-data`); a PHP job (Guzzle); and
a web page (jQuery).
"""

import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import pytest
import requests

from tests.support.sandbox import serving
from uploader.sandbox import Sandbox, fixtures

LEAD = {"firstName": "Zoë", "lastName": "O'Neil & Co", "email": "zoe+a@example.com", "source": "a=b&c;d\r\ne"}
FORM = {f"form[{name}]": value for name, value in LEAD.items()}
KEY = fixtures.CAMPAIGNS[44400].key
NODE_BOUNDARY = "--------------------------" + "123456789012345678901234"
AXIOS = {"Accept": "application/json, text/plain, */*", "User-Agent": "axios/1.6.8", "Accept-Encoding": "gzip, br"}
GUZZLE = {"User-Agent": "GuzzleHttp/7"}


@dataclass
class Platform:
    """A running sandbox, and what every client needs."""

    sandbox: Sandbox
    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str) -> tuple:
        """Send a request as it stands; an iterator as body is sent in chunks."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=5)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    with serving() as (sandbox, url):
        running = Platform(sandbox, url)
        yield running
        running.session.close()


def log_in(at: Platform) -> dict[str, str]:
    """As the Python program does: user name and password as a form, the token in a header."""
    given = {"username": fixtures.USERNAME, "password": fixtures.PASSWORD}
    answer = at.session.post(f"{at.url}/api/login", data=given, timeout=5)
    assert answer.status_code == 200
    assert {"access_token", "refresh_token", "expires_in"} <= set(answer.json())
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def python_publisher(at: Platform, link: str = "") -> None:
    token = log_in(at)
    (form,) = at.session.get(f"{at.url}/api/v2.4/publisher/fields/44400", headers=token, timeout=5).json()
    assert form["formId"] == 75
    path = f"{at.url}/api/v2.4/publisher/11003/forms/75/campaign/44400/leads"
    answer = at.session.post(path, headers=token, params={"linkId": link} if link else {}, data=FORM, timeout=5)
    assert answer.status_code == 201
    path = f"{at.url}/api/v2.1/publisher/11003/lead-result/{answer.json()['data']}"
    answer = at.session.get(path, headers=token, timeout=5)
    assert (answer.status_code, answer.text) == (202, "The lead has not been processed yet.")


def python_publisher_with_link(at: Platform) -> None:
    python_publisher(at, link="135")


def python_webhook(at: Platform, ids: dict[str, str] | None = None) -> None:
    base, key = f"{at.url}/webhook/campaign", {"apikey": KEY}
    (form,) = at.session.get(f"{base}/v2/44400/global-form/fields", params=key, timeout=5).json()
    assert form["fields"][0]["key"] == "form[firstName]"
    path = f"{base}/44400/global-form/75/leads"
    answer = at.session.post(path, params={**key, **(ids or {})}, data=FORM, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (201, 201)
    denied = at.session.post(path, params={"apikey": "wrong"}, data=FORM, timeout=5)
    assert (denied.status_code, denied.json()["message"]) == (401, "Access denied.")


def python_webhook_with_ids(at: Platform) -> None:
    python_webhook(at, {"campaignLinkId": "135", "publisherId": "11003"})


def python_lists_leads(at: Platform) -> None:
    python_publisher(at)
    path, wanted = f"{at.url}/api/v4/leads.jsonld", {"campaign.id": "44400", "page": 1, "itemsPerPage": 100}
    for after, count in (("2000-01-01", 1), ("2999-01-01", 0)):
        wanted["updatedTs[after]"] = after
        page = at.session.get(path, headers=log_in(at), params=wanted, timeout=5).json()
        assert (len(page["hydra:member"]), page["hydra:totalItems"]) == (count, count)


def key_in_url(at: Platform, **headers: str) -> str:
    """Return a token by the API-key grant: the credentials in the URL, the grant's name with http and unquoted."""
    credentials = {"client_id": fixtures.CLIENT_ID, "client_secret": fixtures.CLIENT_SECRET}
    path = "/oauth/v2/token?grant_type=http://convertr.cvtr.io/grants/api_key&" + "&".join(
        f"{name}={value}" for name, value in {**credentials, "api_key": fixtures.API_KEY}.items()
    )
    status, body, _ = at.ask("GET", path, **headers)
    assert status == 200
    return str(json.loads(body)["access_token"])


def multipart() -> Iterator[bytes]:
    """The parts of a body as Node's `form-data` writes them."""
    for name, value in FORM.items():
        yield f'--{NODE_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        yield value.encode()
        yield b"\r\n"
    yield f"--{NODE_BOUNDARY}--\r\n".encode()


def node_server(at: Platform, body: Callable[[], bytes | Iterator[bytes]] = multipart) -> None:
    """It takes the first form and its bare field names, and posts a multipart body in chunks, without a link."""
    at.sandbox.state.apply(at.sandbox.state.options.with_changes({"bare_fields": True}))
    token = key_in_url(at, **AXIOS)
    (form,) = json.loads(at.ask("GET", f"/api/v2.4/publisher/fields/44400?access_token={token}", **AXIOS)[1])
    assert set(FORM) <= set(form["fields"])
    path = f"/api/v2.4/publisher/11003/forms/{form['formId']}/campaign/44400/leads?access_token={token}"
    headers = {**AXIOS, "Content-Type": f"multipart/form-data; boundary={NODE_BOUNDARY}"}
    status, said, _ = at.ask("POST", path, body(), **headers)
    assert (status, json.loads(said)["data"]) == (201, 55907)


def node_server_in_one_piece(at: Platform) -> None:
    node_server(at, lambda: b"".join(multipart()))


def php_job(at: Platform) -> None:
    """It keeps a URL for leads that ends in the token, and puts a new one there every hour."""
    path = f"/api/v2/publisher/11003/links/135/forms/75/leads?access_token={key_in_url(at, **GUZZLE)}"
    headers = {**GUZZLE, "Content-Type": "application/x-www-form-urlencoded"}
    assert at.ask("POST", path, urlencode(FORM).encode(), **headers)[0] == 201


def web_page(at: Platform, kind: str = "application/x-www-form-urlencoded; charset=UTF-8") -> None:
    """A page of another origin posts to the older webhook; its browser asks first if it may."""
    path = f"/webhook/campaign/44400/form/75/leads?apikey={KEY}&campaignLinkId=135&publisherId=11003"
    origin = {"Origin": "https://landing.example.com", "Referer": "https://landing.example.com/form"}
    asks = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    status, _, allowed = at.ask("OPTIONS", path, **asks)
    assert (status, allowed["Access-Control-Allow-Origin"]) == (204, "*")
    assert "content-type" in allowed["Access-Control-Allow-Headers"].lower()
    headers = {**origin, "Content-Type": kind, "Accept": "*/*"}
    status, _, allowed = at.ask("POST", path, urlencode(FORM).encode(), **headers)
    assert (status, allowed["Access-Control-Allow-Origin"]) == (201, "*")


def web_page_without_charset(at: Platform) -> None:
    web_page(at, "application/x-www-form-urlencoded")


CLIENTS = [
    python_publisher,
    python_publisher_with_link,
    python_webhook,
    python_webhook_with_ids,
    python_lists_leads,
    node_server,
    node_server_in_one_piece,
    php_job,
    web_page,
    web_page_without_charset,
]


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
def test_lead_of_a_public_client_is_stored_as_it_was_sent(platform: Platform, client: Callable) -> None:
    client(platform)
    (lead,) = platform.sandbox.received
    assert dict(lead.fields) == LEAD
    assert (lead.campaign, lead.form) == (44400, 75)


@pytest.mark.parametrize("kind", ["form", "json"])
def test_login_takes_a_form_and_json(platform: Platform, kind: str) -> None:
    given = {"username": fixtures.USERNAME, "password": fixtures.PASSWORD}
    body = {"data": given} if kind == "form" else {"json": given}
    assert platform.session.post(f"{platform.url}/api/login", **body, timeout=5).status_code == 200
    body = {name: {**value, "password": "wrong"} for name, value in body.items()}
    assert platform.session.post(f"{platform.url}/api/login", **body, timeout=5).status_code == 400


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml"])
def test_lead_in_another_format_is_refused(platform: Platform, kind: str) -> None:
    """Only two formats of leads are known to work."""
    path = f"/webhook/campaign/44400/global-form/75/leads?apikey={KEY}"
    status, _, _ = platform.ask("POST", path, json.dumps({"form": LEAD}).encode(), **{"Content-Type": kind})
    assert (status, platform.sandbox.received) == (415, [])


def test_multipart_that_is_not_utf8_is_answered(platform: Platform) -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="form[firstName]"\r\n\r\nZo\xeb\r\n--B--\r\n'
    path = f"/webhook/campaign/44400/global-form/75/leads?apikey={KEY}"
    status, _, _ = platform.ask("POST", path, body, **{"Content-Type": "multipart/form-data; boundary=B"})
    assert status == 400
