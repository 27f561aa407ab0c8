"""Requests go through the proxy of the system or of the setting, and never through one to this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv

CREDENTIALS = {"CLIENT_ID": "c", "CLIENT_SECRET": "secretsecret", "API_KEY": "keykeykey"}


class RefusingProxy:
    """Refuses everything, and keeps the heads of the requests."""

    def __init__(self, server: socket.socket) -> None:
        self.heads: list[bytes] = []
        self._server = server
        self.url = f"http://127.0.0.1:{server.getsockname()[1]}"

    def serve(self) -> None:
        """Until the socket is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                with connection:
                    self.heads.append(connection.recv(4096))
                    connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.fixture
def proxy() -> Iterator[RefusingProxy]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = RefusingProxy(server)
        threading.Thread(target=proxy.serve, daemon=True).start()
        yield proxy


@pytest.fixture
def check(command, monkeypatch):
    """Run `check` against a host that does not exist."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(f"UPLOADER_{name}", value)
    monkeypatch.setenv("UPLOADER_BASE_URL", "https://acme.invalid")
    Path("map.yaml").write_text(MAPPING)

    def run(**environment: str):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return command("check", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml")

    return run


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "UPLOADER_PROXY"])
def test_proxy_gets_the_request(check, proxy, name: str) -> None:
    ran = check(**{name: proxy.url})
    assert ran.code == 5, ran
    assert "the proxy refuses to connect" in ran.err
    assert proxy.heads[0].startswith(b"CONNECT acme.invalid:443 HTTP/1.1\r\n")
    assert b"secretsecret" not in b"".join(proxy.heads)


def test_login_of_the_proxy_is_sent_and_never_shown(check, command, proxy) -> None:
    ran = check(UPLOADER_PROXY=proxy.url.replace("//", "//ann:zinkfink@"))
    assert ran.code == 5, ran
    assert b"Proxy-Authorization: Basic YW5uOnppbmtmaW5r" in proxy.heads[0]
    shown = command("doctor")
    assert "zinkfink" not in ran.out + ran.err + shown.out + shown.err
    assert proxy.url.split("//")[1] in shown.out


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "{}", "NO_PROXY": "acme.invalid"},
        {"HTTPS_PROXY": "{}", "NO_PROXY": ".invalid"},
        {"HTTPS_PROXY": "{}", "UPLOADER_PROXY": "off"},
        {"HTTP_PROXY": "{}"},
    ],
)
def test_no_proxy_is_used(check, proxy, environment: dict[str, str]) -> None:
    ran = check(**{name: value.format(proxy.url) for name, value in environment.items()})
    assert ran.code == 5, ran
    assert proxy.heads == []
    assert "host was not found" in ran.err


@pytest.mark.parametrize("name", ["HTTP_PROXY", "HTTPS_PROXY", "UPLOADER_PROXY"])
def test_this_machine_is_reached_without_a_proxy(command, platform, proxy, monkeypatch, name: str) -> None:
    platform()
    monkeypatch.setenv(name, proxy.url)
    Path("map.yaml").write_text(MAPPING)
    assert command("check", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml").code == 0
    assert proxy.heads == []


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "http://[", "file:///etc"])
def test_a_system_proxy_that_is_not_http_is_reported(check, value: str) -> None:
    ran = check(HTTPS_PROXY=value)
    assert ran.code == 2, ran
    assert "not an HTTP proxy" in ran.err
