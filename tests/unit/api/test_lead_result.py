"""Every answer that the result endpoint has been seen to give, and any other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.api.hints import result_hint
from uploader.api.lead_result import MAX_REASONS, read_result
from uploader.api.protocol import Response
from uploader.core.validation_result import LeadResult, Validity

VALID, PENDING = LeadResult(Validity.VALID), LeadResult(Validity.PENDING)
NO_RESULT = LeadResult(Validity.PENDING, "the platform's response contains no result")


def invalid(reason: str) -> LeadResult:
    return LeadResult(Validity.INVALID, reason)


def no_result(words: str) -> LeadResult:
    return LeadResult(Validity.PENDING, f"{NO_RESULT.reason}: {words}")


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [
        (202, b"The lead has not been processed yet.", PENDING),
        (202, b"", PENDING),
        (200, b"", VALID),
        (200, b" \n", VALID),
        (200, b'""', VALID),
        (
            200,
            body(qaReasons="", failedJobs=["No values found for field - industry (industry)"], leadData={"a": "b"}),
            invalid("No values found for field - industry (industry)"),
        ),
        (200, body(qaReasons="One; Two", failedJobs=["One", "Two"]), invalid("One; Two")),
        (200, body(qaReasons="Three", failedJobs=["One", "One"]), invalid("One; Three")),
        (200, body(qaReasons=["Four"], failedJobs=None), invalid("Four")),
        (200, body(qaReasons={"a": 1}), invalid('{"a": 1}')),
        (200, body(leadData={"a": "b"}), NO_RESULT),
        (200, body(qaReasons="", failedJobs=[]), NO_RESULT),
        (200, body(code=404, message="Lead  not found"), no_result("Lead not found")),
        (200, body(error="server_error"), no_result("server_error")),
        (200, b'"The lead has not been processed yet."', PENDING),
        (200, b"The lead has not been processed yet.", PENDING),
        (200, b"\xef\xbb\xbf", VALID),
        (200, b'\xef\xbb\xbf"Suppressed email"', invalid("Suppressed email")),
        (200, b'"  "', NO_RESULT),
        (200, b'"valid"', NO_RESULT),
        (200, b"OK", NO_RESULT),
        (200, b"true", NO_RESULT),
        (200, b"0", NO_RESULT),
        (200, b'["Suppressed email"]', invalid("Suppressed email")),
        (200, b"[]", NO_RESULT),
        (200, b'"Suppressed  email"', invalid("Suppressed email")),
        (200, b"Suppressed email", invalid("Suppressed email")),
        (200, b"null", NO_RESULT),
        (200, b"{}", NO_RESULT),
        (200, b"<html>Log in</html>", NO_RESULT),
        (200, b'{"failedJobs": ["cut o', NO_RESULT),
        (200, b"[" * 100, NO_RESULT),
        (200, b"[" + b",".join([b"{}"] * 30_000) + b"]", NO_RESULT),
        (404, b'{"code":404,"message":"Lead not found"}', None),
        (403, b"", None),
    ],
)
def test_every_response_shape_is_read(status: int, body: bytes, result: LeadResult | None) -> None:
    found = read_result(Response(status, body))
    if result is None:
        assert found.validity == Validity.PENDING
        assert not (found.is_awaited)
        assert str(status) in found.reason
    else:
        assert found == result


def test_only_unprocessed_leads_are_polled_again() -> None:
    assert PENDING.is_awaited
    assert not LeadResult(Validity.PENDING, "no such lead").is_awaited
    assert [result.is_settled for result in (VALID, invalid("x"), PENDING)] == [True, True, False]


@given(st.integers(100, 599), st.binary(max_size=60))
def test_any_response_gives_a_result(status: int, body: bytes) -> None:
    found = read_result(Response(status, body))
    assert found.reason.encode() is not None
    is_empty = body.decode("utf-8-sig", "replace").strip() in {"", '""'}
    assert (found.validity is Validity.VALID) <= (status == 200 and is_empty)


def test_known_reasons_have_hints() -> None:
    assert "`allowed`" in result_hint("No values found for field - industry (industry)")
    assert "`suppressed`" in result_hint("Suppressed email")
    assert result_hint("Something else") == ""


@pytest.mark.parametrize("status", [200, 202, 404])
def test_body_that_cannot_be_read_is_no_result(status: int) -> None:
    """An empty body means valid; one that was too large or damaged is empty as well."""
    found = read_result(Response(status, b"", problem="the response is larger than 1 MiB"))
    assert found == no_result("the response is larger than 1 MiB")


@pytest.mark.parametrize("key", ["failedJobs", "qaReasons"])
def test_number_of_reasons_is_bounded(key: str) -> None:
    reasons = [f"Reason {number}" for number in range(40_000)]
    found = read_result(Response(200, body(**{key: reasons})))
    assert found.validity is Validity.INVALID
    assert found.reason.split("; ") == [*reasons[:MAX_REASONS], f"and {40_000 - MAX_REASONS:,} more reasons"]
