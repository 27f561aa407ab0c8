"""A response belongs to its request, whatever else arrives on the connection."""

import asyncio
import gzip
import random
import socket
import time
from contextlib import nullcontext

import pytest
from aiohttp.http_exceptions import TransferEncodingError

from tests.support.raw_api import RawApi, http, raw_api
from uploader.api import client as client_module
from uploader.api.client import Client
from uploader.api.protocol import ConfusedResponse, NoResponse, NotSent, Response
from uploader.config.settings import Settings
from uploader.core.clock import steady_time

PATH = "/api/v2/publisher/11003/links/135/forms/75/leads"


async def post(client: Client, email: str) -> int | str:
    """The id that came back, or the exception's name."""
    try:
        response = await client.request("POST", PATH, body=f"form%5Bemail%5D={email}".encode())
    except (NotSent, NoResponse) as error:
        return type(error).__name__
    return int(response.body)


def settings(url: str) -> Settings:
    return Settings(base_url=url, client_id="c", timeout=5)


@pytest.mark.slow
async def test_no_seeded_surplus_gives_a_lead_another_id() -> None:
    """10,000 leads; a third of the responses come with a surplus: before it, with it, or up to 1 ms after it."""
    chance = random.Random(20261128)
    delays = (0.0, 0.0, 0.001)

    def lead(connection: socket.socket, fields: dict[str, str]) -> bytes | None:
        before = api.last_id
        answer = http(201, api.store(fields))
        match chance.randrange(9):
            case 0:  # one of another lead comes first
                connection.sendall(http(201, before))
            case 1:  # the same twice
                answer += answer
            case 2:
                connection.sendall(answer)
                time.sleep(chance.choice(delays))
                answer = http(201, before)
        return answer

    api = RawApi(lead)
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            found: dict[str, int | str] = {}

            async def work(worker: int) -> None:
                for number in range(625):
                    email = f"lead{worker}-{number}"
                    found[email] = await post(client, email)

            await asyncio.gather(*(work(worker) for worker in range(16)))
    assert len(found) == 10_000
    wrong = {email: got for email, got in found.items() if isinstance(got, int) and got != api.stored[email]}
    assert wrong == {}
    assert {got for got in found.values() if isinstance(got, str)} == {"ConfusedResponse"}
    assert sum(isinstance(got, int) for got in found.values()) > 6_000


async def test_nothing_leaves_on_a_connection_on_which_something_has_arrived() -> None:
    api = RawApi(lambda connection, fields: http(201, api.store(fields)), greeting=lambda: http(201, 7))
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            found = [await post(client, f"lead{number}") for number in range(20)]
    assert set(found) <= {"NotSent", "ConfusedResponse"}


@pytest.mark.parametrize("rest", [b"\r\nx", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"{}"])
async def test_whatever_follows_a_response_makes_it_doubtful(rest: bytes) -> None:
    api = RawApi(lambda connection, fields: http(201, api.store(fields)) + rest)
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            assert await post(client, "ann") in {"ConfusedResponse", "NoResponse"}


async def test_each_request_has_its_own_connection() -> None:
    connections: set[int] = set()

    def lead(connection: socket.socket, fields: dict[str, str]) -> bytes:
        connections.add(connection.getpeername()[1])
        return http(201, api.store(fields))

    api = RawApi(lead)
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            for number in range(10):
                assert await post(client, f"lead{number}") == 1001 + number
    assert len(connections) == 10


@pytest.mark.parametrize(("seconds", "arrives"), [(-0.001, False), (60, True)])
async def test_lead_that_is_late_does_not_leave(seconds: float, arrives: bool) -> None:
    """Between its permit and its first byte the process can be suspended: others have the permit then."""
    api = RawApi(lambda connection, fields: http(201, api.store(fields)))
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            with nullcontext() if arrives else pytest.raises(NotSent, match="could not leave in time"):
                await client.request("POST", PATH, body=b"form%5Bemail%5D=a", latest=steady_time() + seconds)
    assert len(api.stored) == arrives


async def test_a_get_is_sent_once() -> None:
    """aiohttp would send it again by itself, and the limiter would not count that."""
    api = RawApi(lambda connection, fields: b"", other=lambda target: b"")
    with raw_api(api) as url:

        def close(target: str) -> bytes:
            raise OSError

        api.other = close
        async with Client(settings(url)) as client:
            with pytest.raises(NoResponse):
                await client.request("GET", "/anything")
    assert api.targets == ["/anything"]


async def test_a_response_is_read_as_it_came() -> None:
    answer = http(429, {"message": "wait"}, "Retry-After: 7\r\nDate: Sat, 28 Nov 2026 15:00:00 GMT\r\n")
    api = RawApi(lambda connection, fields: answer)
    with raw_api(api) as url:
        async with Client(settings(url)) as client:
            response = await client.request("POST", PATH, body=b"form%5Bemail%5D=a")
    assert response == Response(429, b'{"message": "wait"}', "7", "Sat, 28 Nov 2026 15:00:00 GMT")


def test_a_confused_response_is_no_response() -> None:
    assert issubclass(ConfusedResponse, NoResponse)


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"HTTP/1.0 201 Created\r\n", b"55907", b""),
        (b"HTTP/1.1 201 Created\r\n", b"55", b""),
        (b"HTTP/1.1 200 OK\r\n", b"", b""),
        (b"HTTP/1.0 201 Created\r\n", b'{"data": 55907}', b'{"data": 55907}'),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n", b"55907", b"55907"),
        (b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\n", gzip.compress(b"55907"), b"55907"),
        (
            b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
            gzip.compress(gzip.compress(b"55907")),
            b"55907",
        ),
    ],
    ids=range(7),
)
async def test_number_whose_end_may_be_missing_is_no_lead_id(head: bytes, body: bytes, expected: bytes) -> None:
    def lead(connection: socket.socket, fields: dict[str, str]) -> None:
        connection.sendall(head + b"\r\n" + body)
        connection.shutdown(socket.SHUT_WR)

    with raw_api(RawApi(lead)) as url:
        async with Client(settings(url)) as client:
            response = await client.request("POST", PATH, body=b"form%5Bemail%5D=ann")
    assert response.body == expected
    assert bool(response.problem) == (expected == b"")


async def test_body_that_aiohttps_parser_in_python_refuses_is_no_response(monkeypatch) -> None:
    """Where aiohttp has no parser in C, a chunk without a size is an error of another family."""

    async def refuse(answer: object) -> bytes:
        raise TransferEncodingError("ZZZ")

    monkeypatch.setattr(client_module, "_read_bounded", refuse)
    with raw_api(RawApi(lambda *_: http(201, 55_907))) as url:
        async with Client(settings(url)) as client:
            with pytest.raises(NoResponse, match="the response is not HTTP"):
                await client.request("POST", PATH, body=b"form%5Bemail%5D=ann%40example.com")


async def test_response_counts_although_its_line_cannot_be_shown() -> None:
    def closed(line: str) -> None:
        raise BrokenPipeError

    with raw_api(RawApi(lambda *_: http(201, 55_907))) as url:
        async with Client(settings(url), closed) as client:
            assert await post(client, "ann@example.com") == 55_907
