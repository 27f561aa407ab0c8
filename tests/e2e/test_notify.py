"""`--notify`: one POST with what a run has done; that it fails never changes the exit code."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from uploader.commands.notify import notify
from uploader.config.settings import Settings
from uploader.core.errors import TableError
from uploader.pipeline.reporting import Reporting

TOKEN = "T00/B00/secret"


@contextmanager
def receiving(status: int = 200) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A server that keeps what is posted to it."""
    received: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == (f"/{TOKEN}?x=1", "application/json")
            received.append(json.loads(body))
            self.send_response(status)
            self.end_headers()

        def do_CONNECT(self) -> None:  # as a proxy
            received.append({"connect": self.path})
            self.send_error(502)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{TOKEN}?x=1", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def test_summary_has_counts_and_no_personal_data(platform, command) -> None:
    platform(faults="400@2")
    write_csv(Path("<leads>.csv"), people(3))
    with receiving() as (url, received):
        ran = command("upload", "<leads>.csv", "-m", "map.yaml", "--report", "out.csv", "--notify", url, "-v")
    assert ran.code == 1
    (sent,) = received
    assert sent["text"] == "&lt;leads&gt;.csv → sandbox: 2 accepted · 1 rejected. Exit code 1."
    assert (sent["file"], sent["report"], sent["exit_code"], sent["stopped"]) == ("<leads>.csv", "out.csv", 1, None)
    assert sent["counts"]["accepted"] == 2
    assert not any(word in json.dumps(sent) for word in ("example.com", "Lindqvist", "07700", "Smith"))
    assert TOKEN not in ran.out + ran.err


def test_failure_before_sending_is_told_as_well(platform, command) -> None:
    platform()
    with receiving() as (url, received):
        assert command("upload", "gone.csv", "-m", "map.yaml", "--notify", url).code == 3
    assert received[0]["text"] == "gone.csv: ended with an error. Exit code 3. There is no file gone.csv."


def test_settings_that_cannot_be_read_are_told_as_well(command) -> None:
    write_csv(Path("leads.csv"), people(1))
    with receiving() as (url, received):
        assert command("upload", "leads.csv", "-m", "map.yaml", "--notify", url).code == 2
    assert received[0]["exit_code"] == 2


def test_error_after_sending_does_not_claim_that_nothing_was_sent(platform, command, monkeypatch) -> None:
    platform()
    write_csv(Path("leads.csv"), people(1))

    def gone(*_: object) -> None:
        raise TableError("leads.csv was changed while it was read.", "Try again.")

    monkeypatch.setattr(Reporting, "report", gone)
    with receiving() as (url, received):
        ran = command("upload", "leads.csv", "-m", "map.yaml", "--notify", url, "--json")
    assert (ran.code, received[0]["exit_code"]) == (5, 5)
    printed = json.loads(ran.out)
    assert printed["run"] in ran.err
    assert (printed["counts"]["accepted"], sum(printed["counts"].values())) == (1, 1)
    assert received[0]["text"].startswith("leads.csv: ended with an error. Exit code 5. The report can't be made: ")
    assert "nothing was sent" not in received[0]["text"].lower()


@pytest.mark.parametrize("status", [302, 404, 500])
def test_failed_notification_is_a_warning(platform, command, status) -> None:
    platform()
    write_csv(Path("leads.csv"), people(1))
    with receiving(status) as (url, received):
        ran = command("upload", "leads.csv", "-m", "map.yaml", "--notify", url, "--json")
    assert (ran.code, len(received), json.loads(ran.out)["exit_code"]) == (0, 1, 0)
    assert f"Warning: --notify was not delivered: 127.0.0.1 responds with HTTP {status}." in ran.err


def test_no_one_listens(platform, command) -> None:
    platform()
    write_csv(Path("leads.csv"), people(1))
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--notify", f"http://127.0.0.1:1/{TOKEN}")
    assert (ran.code, TOKEN in ran.err) == (0, False)
    assert "Warning: --notify was not delivered: 127.0.0.1: no connection" in ran.err


async def test_proxy_of_the_settings_is_used() -> None:
    with receiving() as (proxy, asked):
        settings = Settings(proxy=proxy.split(TOKEN, maxsplit=1)[0], enterprise="acme")
        problem = await notify(f"https://hooks.example.com/{TOKEN}", {}, settings)
    assert (asked, problem) == (
        [{"connect": "hooks.example.com:443"}],
        "hooks.example.com: the proxy refuses to connect",
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com",
        "hooks",
        "",
        "https://",
        "https://me:pw@example.com",
        "https://a b/",
        "https://a..b/",
    ],
)
def test_unsafe_url_is_refused_before_sending(platform, command, url) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(1))
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--notify", url)
    assert (ran.code, len(sandbox.received)) == (2, 0)
    assert "--notify is not a URL" in ran.err
    assert "pw" not in ran.err
