"""What other users of the machine, and other sites in the browser, can try."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.web import PageServer, request, serving_page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving_page(tmp_path_factory.mktemp("ui"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def cookie(server: PageServer) -> str:
    status, headers, _ = request(server, "GET", server.url.removeprefix(server.address))
    assert (status, headers["location"]) == (303, "/")
    value = headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in value.split(";")}
    return value.partition(";")[0]


def test_page_opens_with_the_session(server: PageServer, cookie: str) -> None:
    status, headers, body = request(server, "GET", "/", Cookie=cookie)
    assert status == 200
    assert b"Drop a spreadsheet here" in body
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_token_is_valid_once(server: PageServer, cookie: str) -> None:
    assert request(server, "GET", server.url.removeprefix(server.address))[0] == 403
    assert request(server, "GET", "/open?token=guess")[0] == 403
    assert request(server, "GET", "/open")[0] == 403


@pytest.mark.parametrize("path", ["/", "/runs", "/about", "/static/page.css", "/w/x/rows", "/no-such-page"])
def test_nothing_is_shown_without_the_session(server: PageServer, path: str) -> None:
    assert request(server, "GET", path)[0] == 401
    assert request(server, "GET", path, Cookie="uploader-1=guess")[0] == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
@pytest.mark.parametrize("path", ["/", "/open?token=x", "/favicon.ico", "/no-such-page"])
def test_other_hosts_are_refused(server: PageServer, cookie: str, host: str, path: str) -> None:
    port = server.address.rpartition(":")[2]
    status, _, _ = request(server, "GET", path, Cookie=cookie, Host=host.format(port=port))
    assert status in ({403} if host else {400, 403})


@pytest.mark.parametrize("name", ["localhost", "[::1]", "127.0.0.1"])
def test_names_of_this_machine_are_accepted(server: PageServer, cookie: str, name: str) -> None:
    port = server.address.rpartition(":")[2]
    assert request(server, "GET", "/", Cookie=cookie, Host=f"{name}:{port}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "OWN", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "OWN", "Sec_Fetch_Site": "same-site"},
    ],
    ids=["no origin", "null", "other site", "other port", "cross-site", "same-site"],
)
@pytest.mark.parametrize("path", ["/quit", "/workspaces", "/no-such-page"])
def test_posts_of_other_sites_are_refused(server: PageServer, cookie: str, headers: dict[str, str], path: str) -> None:
    given = {name: server.address if value == "OWN" else value for name, value in headers.items()}
    assert request(server, "POST", path, Cookie=cookie, **given)[0] == 403
    assert server.process.poll() is None


def test_reads_of_other_sites_are_refused(server: PageServer, cookie: str) -> None:
    assert (
        request(server, "GET", "/runs", Cookie=cookie, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403
    )


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/vendor/VENDOR.toml",
        "/w/../../etc/passwd",
        "/w/..%2f..%2fetc/rows",
        "/w/20261128-140211-3f9a00/rows",
        "/r/../../x/report",
    ],
)
def test_only_known_files_are_served(server: PageServer, cookie: str, path: str) -> None:
    assert request(server, "GET", path, Cookie=cookie)[0] == 404


def test_icon_is_no_error(server: PageServer) -> None:
    assert request(server, "GET", "/favicon.ico")[0] == 204


def test_workspaces_are_private(server: PageServer) -> None:
    def mode(path: Path) -> int:
        return path.stat().st_mode & 0o777

    root = server.home / "workspaces"
    assert mode(root) == 0o700
    assert [path for path in root.rglob("*") if mode(path) & 0o077] == []
