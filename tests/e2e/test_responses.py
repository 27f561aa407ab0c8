"""Responses that the real world sends: what becomes of the row, and of the run."""

import gzip
import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.support.files import MAPPING_IDS, read_report, write_csv
from tests.support.raw_api import RawApi, http, raw_api

MAPPING = (
    MAPPING_IDS
    + """\
fields: {email: Email, firstName: Name}
"""
)
PAGE = http(403, b"<html><h1>403 Forbidden</h1>Request blocked.</html>", "Content-Type: text/html\r\n")


@pytest.fixture
def upload(command, monkeypatch) -> Iterator[Callable]:
    """Upload some leads to a bare API; the command, the report's rows and the API."""
    with ExitStack() as stack:

        def run(lead: Callable[[int, dict[str, str]], bytes | None], rows: int = 12, **settings: str):
            count = iter(range(1, 10_000))

            def answer(connection: socket.socket, fields: dict[str, str]) -> bytes | None:
                return lead(next(count), fields)

            api = RawApi(answer)
            for name, value in {
                "BASE_URL": stack.enter_context(raw_api(api)),
                "CLIENT_ID": "c",
                "CLIENT_SECRET": "secretsecret",
                "API_KEY": "keykeykey",
                "CONCURRENCY": "1",
                **settings,
            }.items():
                monkeypatch.setenv(f"UPLOADER_{name}", value)
            Path("map.yaml").write_text(MAPPING)
            table = [[f"lead{number}@example.com", f"Name{number}"] for number in range(2, rows + 2)]
            leads = write_csv(Path("leads.csv"), table, ["Email", "Name"])
            ran = command("upload", leads, "-m", "map.yaml", "--yes", "--json", "--report", "r.csv")
            return json.loads(ran.out), read_report(Path("r.csv")), api

        yield run


def outcomes(report: list[dict[str, str]]) -> Counter[str]:
    return Counter(row["upload_outcome"] for row in report)


SUCCESSES = [
    {"data": 7},
    {"data": "7"},
    {"data": {"id": 7}},
    {"data": {"id": "7"}},
    {"data": [{"id": 7}]},
    {"id": 7},
    {"id": "7", "message": "Created"},
    {"data": 7.0},
    {"data": None, "id": 7},
    b"7",
    b'"7"',
    b'\xef\xbb\xbf{"data": 7}',
]


@pytest.mark.parametrize(
    ("status", "body"),
    [(201, body) for body in SUCCESSES]
    + [(200, {**body, "code": 201}) for body in SUCCESSES if isinstance(body, dict)],
)
def test_success_in_any_shape_is_accepted(upload, status: int, body: object) -> None:
    """A bare body says nothing but the id, so it is a success with status 201 only."""
    result, report, _ = upload(lambda number, fields: http(status, body), rows=1)
    assert (result["exit_code"], report[0]["upload_lead_id"]) == (0, "7"), report


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b""),
        (201, {}),
        (201, {"data": None}),
        (201, {"data": 0}),
        (201, {"data": -7}),
        (201, {"data": "seven"}),
        (201, {"data": {"name": 7}}),
        (201, {"data": [1, 2]}),
        (201, {"data": True}),
        (201, {"data": 7.5}),
        (201, b"Created"),
        (200, {"data": 7}),
        (200, {}),
        (202, {"data": 7}),
        (204, b""),
    ],
)
def test_response_without_id_is_unknown_and_does_not_stop_the_run(upload, status: int, body: object) -> None:
    result, report, api = upload(lambda number, fields: http(status, body))
    assert (result["exit_code"], outcomes(report)) == (6, {"unknown": 12}), result
    assert {row["upload_reason"] for row in report} == {f"the platform answered {status} without a readable lead id"}
    assert len([target for target in api.targets if "/leads" in target]) == 12


def test_twenty_responses_in_a_row_without_an_id_stop_the_run(upload) -> None:
    result, report, _ = upload(lambda number, fields: http(201, {}), rows=30)
    assert (result["exit_code"], outcomes(report)) == (5, {"unknown": 20, "unsent": 10})
    assert "no readable lead id" in result["stopped"]


@pytest.mark.parametrize(
    "answer",
    [
        PAGE,
        http(403, {"code": 403, "message": "Access denied."}),
        http(403, {"message": "This lead was blocked by policy"}),
        http(403),
        http(403, {"message": ["Campaign", "closed"][:1]}),
        http(401, b"<html>401 Authorization Required</html>"),
        http(404, b"<html>Not Found</html>"),
        http(405, b"<html>Method Not Allowed</html>"),
        http(406, b"<html>Not Acceptable</html>"),
        http(418, b"\xef\xbb\xbf \n<!DOCTYPE html>"),
        http(451, b"<html>"),
    ],
)
def test_block_of_a_single_lead_fails_that_row_only(upload, answer: bytes) -> None:
    result, report, api = upload(lambda number, fields: answer if number in {3, 4, 9} else http(201, {"data": number}))
    assert (result["exit_code"], outcomes(report)) == (1, {"accepted": 9, "failed": 3}), result
    assert [row["upload_row"] for row in report if row["upload_outcome"] == "failed"] == ["4", "5", "10"]
    is_page = b"<" in answer
    assert all(("web page" in row["upload_reason"]) == is_page for row in report if row["upload_outcome"] == "failed")
    assert len([target for target in api.targets if "/leads" in target]) == 12


@pytest.mark.parametrize("concurrency", ["1", "8"])
def test_block_of_every_lead_stops_the_run_and_says_that_it_is_a_page(upload, concurrency: str) -> None:
    result, report, _ = upload(lambda number, fields: PAGE, rows=60, CONCURRENCY=concurrency)
    assert result["exit_code"] == 5
    assert "web page" in result["stopped"]
    assert "campaign accepts no more" not in result["stopped"]
    assert outcomes(report)["failed"] <= 5 + 8
    assert outcomes(report)["unsent"] >= 47


@pytest.mark.parametrize(
    "message",
    [
        "Campaign has not started yet",
        "Campaign is fulfilled",
        "Campaign is inactive",
        "The campaign has ended.",
        "This campaign is closed",
        "Campaign is paused",
        "Campaign cap reached",
        "campaign lead limit has been reached",
    ],
)
@pytest.mark.parametrize("key", ["message", "error"])
def test_campaign_that_says_it_is_closed_stops_the_run(upload, message: str, key: str) -> None:
    closed = http(403, {"code": 403, key: message})
    result, report, _ = upload(lambda number, fields: closed if number == 3 else http(201, {"data": number}))
    assert (result["exit_code"], outcomes(report)) == (5, {"accepted": 2, "unsent": 10})
    assert message.rstrip(".") in result["stopped"]


def test_closed_campaign_in_a_page_is_not_the_campaign(upload) -> None:
    page = http(403, b"<html>Campaign is fulfilled</html>")
    result, _, _ = upload(lambda number, fields: page if number == 3 else http(201, {"data": number}))
    assert result["exit_code"] == 1


@pytest.mark.parametrize("value", ["0", "0.4", "-3", "1.5", "past", "soon ahead", "future of a slow clock"])
@pytest.mark.slow
def test_short_waits_are_kept_without_a_stampede(upload, value: str) -> None:
    """Two seconds of 429, as in a limit that is over soon. `past` and the clocks are dates."""
    now = time.time()
    dates = {"past": (-60, 0), "soon ahead": (1, 0), "future of a slow clock": (1 - 7200, -7200)}
    header = f"Retry-After: {value}\r\n"
    if value in dates:
        until, clock = dates[value]
        header = (
            f"Retry-After: {formatdate(now + until, usegmt=True)}\r\nDate: {formatdate(now + clock, usegmt=True)}\r\n"
        )
    blocked: list[float] = []

    def lead(number: int, fields: dict[str, str]) -> bytes:
        if number > 4:
            blocked.append(time.monotonic())
        if blocked and time.monotonic() - blocked[0] < 2:
            return http(429, {"code": 429}, header)
        return http(201, {"data": number})

    result, report, api = upload(lead, rows=30, CONCURRENCY="8")
    assert (result["exit_code"], outcomes(report)) == (0, {"accepted": 30}), result
    posts = len([target for target in api.targets if "/leads" in target])
    assert posts <= 30 + 3 * 8


@pytest.mark.parametrize("status", [429, 503])
def test_everything_waits_for_as_long_as_the_platform_asks(upload, status: int) -> None:
    times: list[float] = []

    def lead(number: int, fields: dict[str, str]) -> bytes:
        times.append(time.monotonic())
        return http(status, {}, "Retry-After: 2\r\n") if number == 2 else http(201, {"data": number})

    result, report, _ = upload(lead, rows=4)
    assert times[2] - times[1] >= 1.9
    assert outcomes(report) == ({"accepted": 4} if status == 429 else {"accepted": 3, "unknown": 1}), result


@pytest.mark.parametrize("value", ["1000", "5000"])
def test_wait_of_more_than_a_quarter_of_an_hour_stops_the_run(upload, value: str) -> None:
    result, _, _ = upload(lambda number, fields: http(429, {}, f"Retry-After: {value}\r\n"), rows=3)
    assert result["exit_code"] == 5
    assert f"wait {int(value) / 60:.0f} minutes" in result["stopped"]


def test_two_leads_with_one_id_are_both_unknown(upload) -> None:
    result, report, _ = upload(lambda number, fields: http(201, {"data": 7 if number in {2, 5} else 100 + number}))
    assert result["exit_code"] == 6
    assert [row["upload_row"] for row in report if row["upload_outcome"] == "unknown"] == ["3", "6"]
    assert {row["upload_lead_id"] for row in report if row["upload_outcome"] == "unknown"} == {""}


def test_id_of_a_lead_of_an_earlier_run_is_unknown(upload, command) -> None:
    upload(lambda number, fields: http(201, {"data": (number - 1) % 3 + 1}), rows=3)
    others = write_csv(
        Path("others.csv"), [[f"other{number}@example.com", "Ann"] for number in range(3)], ["Email", "Name"]
    )
    ran = command("upload", others, "-m", "map.yaml", "--yes", "--json", "--report", "others-report.csv")
    assert (ran.code, outcomes(read_report(Path("others-report.csv")))) == (6, {"unknown": 3}), ran
    assert outcomes(read_report(Path("r.csv"))) == {"accepted": 3}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http(201, gzip.compress(b'{"data": 7}', mtime=0), "Content-Encoding: gzip\r\n"), ""),
        (
            http(201, gzip.compress(b'{"data":' + b" " * 50_000_000 + b"7}", mtime=0), "Content-Encoding: gzip\r\n"),
            "larger than",
        ),
        (http(201, b'{"data":' + b" " * 3_000_000 + b"7}"), "larger than"),
        (http(201, b"\x1f\x8bgarbage", "Content-Encoding: gzip\r\n"), "damaged compression"),
        (http(201, b'{"data": 7}', "Content-Encoding: br\r\n"), "unknown compression"),
        (http(201, b"[" * 200_000), "without a readable lead id"),
    ],
)
def test_size_and_compression_are_bounded(upload, answer: bytes, reason: str) -> None:
    started = time.monotonic()
    result, report, _ = upload(lambda number, fields: answer, rows=1)
    assert time.monotonic() - started < 5
    assert report[0]["upload_outcome"] == ("unknown" if reason else "accepted")
    assert reason in report[0]["upload_reason"]
    assert result["exit_code"] == (6 if reason else 0)


def test_rejection_that_is_too_large_to_read_is_still_a_rejection(upload) -> None:
    many = {"errors": {"children": {f"f{number}": {"errors": ["bad " + "x" * 50]} for number in range(30_000)}}}
    _, report, _ = upload(lambda number, fields: http(400, many), rows=1)
    assert report[0]["upload_outcome"] == "rejected"
    assert "larger than 1 MiB" in report[0]["upload_reason"]


def test_report_has_the_platforms_message_unchanged_and_the_ledger_has_no_values(upload) -> None:
    def lead(number: int, fields: dict[str, str]) -> bytes:
        return http(400, {"message": f"NAME{fields['form[firstName]'][4:]} at {fields['form[email]']} isn't valid"})

    _, report, _ = upload(lead, rows=2)
    assert report[0]["upload_reason"] == "NAME2 at lead2@example.com isn't valid (HTTP 400)"
    kept = b"".join(path.read_bytes() for path in Path("home").rglob("*") if path.is_file())
    assert b"lead2@" not in kept
    assert b"NAME2" not in kept
