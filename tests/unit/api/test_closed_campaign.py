"""Only the campaign itself says that it is closed."""

import json

import pytest

from uploader.api.protocol import Response, classify
from uploader.api.protocol import ResponseMeaning as Meaning


@pytest.mark.parametrize(
    ("message", "is_closed"),
    [
        ("Campaign has not started yet", True),
        ("This campaign is not yet open.", True),
        ("the lead cap has been reached for this Campaign", True),
        ("Campaign: Completed", True),
        ("The quota is exhausted\nof campaign 44400", True),
        ("Access denied.", False),
        ("campaign key is wrong", False),
        ("The lead is overdue in this campaign", False),
        ("Not all fields of the campaign were fully read: endedness", False),
        ("Closed for maintenance", False),
    ],
)
def test_only_a_campaign_that_says_so_is_closed(message: str, is_closed: bool) -> None:
    wanted = Meaning.CAMPAIGN_CLOSED if is_closed else Meaning.BLOCKED
    for body in ({"code": 403, "message": message}, {"code": "403", "error": message}):
        assert classify(Response(403, json.dumps(body).encode())).meaning is wanted


@pytest.mark.parametrize(
    "state",
    [
        "not started", "not yet started", "not active", "not open", "not live", "not running", "fulfilled", "inactive",
        "deactivated", "disabled", "closed", "paused", "ended", "finished", "over", "expired", "complete", "completed",
        "full", "archived", "canceled", "cancelled", "stopped", "suspended", "no longer", "no more", "cap reached",
        "limit is exceeded", "quota has been exhausted", "budget was reached", "target reached",
    ],
)  # fmt: skip
def test_each_word_for_a_closed_campaign_needs_the_campaign(state: str) -> None:
    meanings = [
        classify(Response(403, json.dumps({"message": message.upper()}).encode())).meaning
        for message in (
            f"campaign {state}",
            f"the campaigns: {state}.",
            f"microcampaign {state}",
            f"campaign x{state}x",
        )
    ]
    assert meanings == [Meaning.CAMPAIGN_CLOSED, Meaning.CAMPAIGN_CLOSED, Meaning.BLOCKED, Meaning.BLOCKED]
