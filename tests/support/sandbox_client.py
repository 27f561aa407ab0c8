"""A running sandbox, and the standard library's client of it."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from uploader.sandbox import Sandbox, fixtures

LEAD = "/api/v2/publisher/11003/links/135/forms/75/leads"
GOOD = {
    "form[firstName]": "Joe",
    "form[lastName]": "Bloggs",
    "form[email]": "joe@example.com",
    "form[source]": "Autumn webinar",
}
KEY = {
    "grant_type": "https://convertr.cvtr.io/grants/api_key",
    "client_id": fixtures.CLIENT_ID,
    "client_secret": fixtures.CLIENT_SECRET,
    "api_key": fixtures.API_KEY,
}


@dataclass
class Api:
    """A running sandbox, and the standard library's client."""

    sandbox: Sandbox
    netloc: str
    token: str = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, dict]:
        connection = http.client.HTTPConnection(self.netloc, timeout=5)
        try:
            body = urlencode(form).encode() if form is not None else None
            kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
            connection.request(method, path, body, {**kind, **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace"), dict(answer.getheaders())
        finally:
            connection.close()

    def log_in(self) -> None:
        self.token = json.loads(self.ask("GET", f"/oauth/v2/token?{urlencode(KEY)}")[1])["access_token"]

    def lead(self, form: dict[str, str] = GOOD, path: str = LEAD) -> tuple[int, str]:
        return self.ask("POST", f"{path}?access_token={self.token}", form)[:2]

    def get(self, path: str) -> tuple[int, str]:
        return self.ask("GET", f"{path}?access_token={self.token}")[:2]
