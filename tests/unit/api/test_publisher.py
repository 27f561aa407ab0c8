"""When the platform asks to wait, all requests do."""

import pytest

from tests.support.fake_clock import FakeClock
from uploader.api.client import Client
from uploader.api.protocol import Response
from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.core.errors import StoppedError
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.permits import PERMITS_SCHEMA, SqlitePermits


def an_api(rate_limit: str = "off", clock: FakeClock | None = None) -> PublisherApi:
    clock = clock or FakeClock()
    settings = Settings(base_url="http://127.0.0.1:1", client_id="c", rate_limit=rate_limit)
    permits = SqlitePermits(Database(None, PERMITS_SCHEMA), ["c"], 0, clock.now)
    return PublisherApi(Client(settings), settings, permits, clock)


def pause_after(api: PublisherApi, status: int, retry_after: str, monkeypatch: pytest.MonkeyPatch) -> float | None:
    """Return how long all requests pause after a response; None if they do not."""
    pauses: list[float] = []
    monkeypatch.setattr(api.limiter, "pause", pauses.append)
    api.apply_retry_after(Response(status, b"", retry_after))
    return pauses[0] if pauses else None


@pytest.mark.parametrize(
    ("status", "retry_after", "pause"),
    [
        (429, "7", 7.0),
        (425, "7", 7.0),
        (503, "7", 7.0),
        (503, "", None),
        (500, "7", None),
        (201, "7", None),
        (403, "7", None),
        (429, "0", 1.0),
        (429, "900", 900.0),
        (429, "", 300.0),
        (425, "soon", 300.0),
    ],
)
def test_response_that_asks_to_wait_pauses_all_requests(
    status: int, retry_after: str, pause: float | None, monkeypatch
) -> None:
    assert pause_after(an_api(), status, retry_after, monkeypatch) == pause


def test_pause_is_one_window_if_the_response_does_not_say(monkeypatch) -> None:
    assert pause_after(an_api("10/60"), 429, "", monkeypatch) == 60.0


def test_run_stops_if_the_platform_asks_to_wait_too_long() -> None:
    with pytest.raises(StoppedError, match=r"asks to wait 15 minutes \(HTTP 429\)"):
        an_api().apply_retry_after(Response(429, b"", "901"))


@pytest.mark.parametrize(("status", "second"), [(201, 1.0), (403, 1.0), (500, 2.0), (503, 2.0)])
def test_pauses_grow_until_a_request_is_let_through(status: int, second: float, monkeypatch) -> None:
    clock = FakeClock()
    api = an_api(clock=clock)
    assert pause_after(api, 429, "1", monkeypatch) == 1.0
    clock.time += 1
    assert pause_after(api, status, "", monkeypatch) is None
    assert pause_after(api, 429, "1", monkeypatch) == second
