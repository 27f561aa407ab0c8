"""Validation results: a settled one stays, unless it was asked for again."""

import pytest

from uploader.core.validation_result import LeadResult, Validity

PENDING, VALID, INVALID = (LeadResult(validity, f"is {validity}", "look") for validity in Validity)


@pytest.mark.parametrize("replaces", [False, True])
@pytest.mark.parametrize("before", [PENDING, VALID, INVALID], ids=lambda one: one.validity.value)
@pytest.mark.parametrize("after", [PENDING, VALID, INVALID], ids=lambda one: one.validity.value)
def test_settled_result_stays_unless_it_is_replaced(opened, query, before, after, replaces: bool) -> None:
    ledger, clock = opened
    ledger.results.record("acme", 7, before)
    clock.now += 5
    ledger.results.record("acme", 7, after, replaces=replaces)
    is_replaced = replaces or before.validity is Validity.PENDING
    assert ledger.results.find("acme", [7]) == {7: after if is_replaced else before}
    asked = query("SELECT asked FROM result")
    assert asked == [(clock.now if is_replaced else clock.now - 5,)]


def test_results_belong_to_a_lead_of_an_enterprise(opened) -> None:
    ledger, _ = opened
    ledger.results.record("acme", 7, VALID)
    ledger.results.record("acme", 8, INVALID)
    ledger.results.record("bcme", 7, LeadResult(Validity.PENDING))
    assert ledger.results.find("acme", [7, 8, 9]) == {7: VALID, 8: INVALID}
    assert ledger.results.find("acme", [8]) == {8: INVALID}
    assert ledger.results.find("bcme", [7]) == {7: LeadResult(Validity.PENDING)}
    assert ledger.results.find("ccme", [7]) == ledger.results.find("acme", []) == {}
