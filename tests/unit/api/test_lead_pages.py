"""Pages of GET Leads in the forms that the platform's framework writes."""

import json

import pytest

from uploader.api.lead_pages import leads_page
from uploader.core.model import MAX_ID

LEAD = {"id": 55907, "email": "ann@example.com", "createdTs": "2026-11-28T15:04:05+00:00"}
READ = ("55907", "ann@example.com", "2026-11-28T15:04:05+00:00")


@pytest.mark.parametrize(
    ("body", "total", "has_next"),
    [
        ({"hydra:member": [LEAD], "hydra:totalItems": 7}, 7, None),
        ({"member": [LEAD], "totalItems": 7}, 7, None),
        ({"hydra:member": [LEAD]}, None, None),
        ([LEAD], None, None),
        ({"data": [LEAD]}, None, None),
        ({"member": [LEAD], "view": {"@id": "/leads?page=1", "next": "/leads?page=2"}}, None, True),
        ({"hydra:member": [LEAD], "hydra:view": {"hydra:first": "/leads?page=1"}}, None, False),
        ({"hydra:member": [LEAD], "hydra:totalItems": True}, MAX_ID, None),
    ],
)
def test_collections(body: object, total: int | None, has_next: bool | None) -> None:
    page = leads_page(json.dumps(body).encode())
    assert page is not None
    assert (page.leads, page.size, page.total, page.has_next) == ([READ], 1, total, has_next)


@pytest.mark.parametrize(
    "lead",
    [
        LEAD,
        {**LEAD, "id": "55907"},
        {"@id": "/api/v4/leads/55907", "email": READ[1], "createdAt": READ[2]},
        {"leadId": 55907, "emailAddress": READ[1], "created": READ[2]},
    ],
)
def test_leads(lead: dict[str, object]) -> None:
    page = leads_page(json.dumps([lead]).encode())
    assert page is not None
    assert page.leads == [READ]


def test_entries_that_are_not_leads_count() -> None:
    page = leads_page(json.dumps([LEAD, None, "lead", 7]).encode())
    assert page is not None
    assert (len(page.leads), page.size) == (1, 4)


@pytest.mark.parametrize("body", [b"", b"<html>", b"7", b'"text"', b"{}", b'{"member": {}}', b'{"error": "no"}'])
def test_anything_else_is_no_page(body: bytes) -> None:
    assert leads_page(body) is None


@pytest.mark.parametrize(
    ("total", "expected"),
    [(3, 3), ("3", 3), (0, 0), (None, None), ("many", MAX_ID), (True, MAX_ID), ([3], MAX_ID), (2.5, MAX_ID)],
)
def test_total_that_cannot_be_read_is_not_a_missing_one(total: object, expected: int | None) -> None:
    """Otherwise a list that ends early counts as complete, and `reconcile` suggests to send its leads again."""
    page = leads_page(json.dumps({"hydra:member": [], "hydra:totalItems": total}).encode())
    assert page is not None
    assert page.total == expected
