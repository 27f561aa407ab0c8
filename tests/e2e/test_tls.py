"""A certificate that is not trusted is named at once, with what to do."""

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch) -> Iterator[Path]:
    """An https server on this machine; the file of its certificate."""
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "own.pem", "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *key, *subject], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("own.pem", "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("UPLOADER_BASE_URL", f"https://localhost:{server.server_port}")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "API_KEY"):
        monkeypatch.setenv(f"UPLOADER_{name}", "secretsecret")
    Path("map.yaml").write_text(MAPPING)
    yield Path("own.pem")
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "words", [["check", "leads.csv", "-m", "map.yaml"], ["forms", "--campaign", "44400"], ["doctor"]]
)
def test_untrusted_certificate_is_reported_at_once(command, server, monkeypatch, words: list[str]) -> None:
    monkeypatch.setattr("uploader.api.retry.FIRST_DELAY", 5.0)  # a second try would show
    write_csv(Path("leads.csv"), people(1))
    started = time.monotonic()
    ran = command(*words)
    assert ran.code == 5, ran
    assert "certificate is not trusted (self" in " ".join((ran.out + ran.err).split())
    assert "--ca-bundle" in ran.out + ran.err
    assert time.monotonic() - started < 4


def test_certificate_that_is_given_is_trusted(command, server, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CA_BUNDLE", str(server))
    write_csv(Path("leads.csv"), people(1))
    ran = command("check", "leads.csv", "-m", "map.yaml")
    assert ran.code == 2, ran  # it is not the API, which only HTTP can say
    assert "not trusted" not in ran.err, ran
