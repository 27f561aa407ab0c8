"""With uvloop, which is used where it is installed, everything is as without it."""

import asyncio
import json
import socket
import sys
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.raw_api import RawApi, http, raw_api
from uploader.api.client import Client
from uploader.api.protocol import NoResponse, NotSent
from uploader.cli.session import run_async
from uploader.config.settings import Settings


@pytest.fixture(params=["asyncio", "uvloop"], autouse=True)
def event_loop_module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "uvloop":
        monkeypatch.delitem(sys.modules, "uvloop")  # which other tests do without
        pytest.importorskip("uvloop")
    return request.param


def test_uvloop_is_used_where_it_is_installed(event_loop_module: str) -> None:
    async def running() -> str:
        return type(asyncio.get_running_loop()).__module__.partition(".")[0]

    assert run_async(running()) == event_loop_module


@pytest.mark.parametrize(
    ("fault", "code", "outcome", "words"),
    [
        ("surplus", 6, "unknown", "unexpected data"),
        ("store-close", 6, "unknown", "closed before the response"),
        ("half", 6, "unknown", "closed before the response"),
        ("garbage", 6, "unknown", "not HTTP"),
        ("stall", 6, "unknown", "no response within"),
        ("429after", 0, "accepted", ""),
    ],
)
def test_responses_have_the_same_outcomes(command, platform, monkeypatch, fault, code, outcome, words) -> None:
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(6))
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    monkeypatch.setenv("UPLOADER_TIMEOUT", "0.5")
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3000/1")
    platform(faults=f"{fault}@5")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert ran.code == code, ran
    report = read_report(Path(json.loads(ran.out)["report"]))
    assert [row["upload_outcome"] for row in report] == ["accepted"] * 4 + [outcome, "accepted"]
    assert words in report[4]["upload_reason"]


def post(url: str) -> int | str:
    """Post one lead; return the status, or the exception's name."""

    async def send() -> int | str:
        async with Client(Settings(base_url=url, client_id="c", timeout=5)) as client:
            try:
                return (await client.request("POST", "/leads", body=b"form%5Bemail%5D=ann")).status
            except (NotSent, NoResponse) as error:
                return type(error).__name__

    return run_async(send())


def test_without_a_connection_nothing_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}") == "NotSent"


def test_early_bytes_are_not_taken_for_the_response() -> None:
    """Whether they arrive before the request leaves depends on the system."""
    api = RawApi(lambda connection, fields: http(201, api.store(fields)), greeting=lambda: http(201, 7))
    with raw_api(api) as url:
        assert {post(url) for _ in range(10)} <= {"NotSent", "ConfusedResponse"}
