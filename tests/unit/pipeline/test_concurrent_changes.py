"""What other processes do at the same time: whose leads they would not recognize, and which are not unknown yet."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import EarlierAttempt, IdentityScheme, Outcome
from uploader.ledger import Ledger, lock_names_of, open_ledger
from uploader.pipeline.concurrent_changes import (
    ResendableAttempts,
    find_resendable,
    refuse_concurrent_schemes,
    refuse_new_keys,
)

EMAIL, NAME = ("email", "email"), ("lastName", "text")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        yield ledger


@pytest.mark.parametrize(
    ("facts", "is_refused"),
    [
        ({}, False),
        ({"identities": (IdentityScheme((NAME,), 2),)}, True),
        ({"identities": (IdentityScheme((EMAIL,), 2), IdentityScheme((NAME,), 2))}, False),
        ({"identities": (IdentityScheme((NAME,), 2),), "campaign": 2}, False),
        ({"identities": (IdentityScheme((NAME,), 2),), "sha256": "11"}, False),
    ],
)
def test_two_ways_at_once_are_refused(ledger, facts: dict[str, object], is_refused: bool) -> None:
    """Otherwise one process would not recognize what the other one sends at the same time."""
    run = replace(a_run("now"), sha256="11")
    other = replace(a_run("other"), **facts)
    ledger.runs.start(run)
    ledger.runs.start(other)
    with ledger.lock(lock_names_of(other), "the other file"):
        if is_refused:
            with pytest.raises(UsageError, match="is working on campaign 1 with other identifying fields"):
                refuse_concurrent_schemes(run, ledger)
        else:
            refuse_concurrent_schemes(run, ledger)
    refuse_concurrent_schemes(run, ledger)  # its process has ended


def test_every_other_run_is_looked_at(ledger) -> None:
    run = replace(a_run("now"), sha256="11")
    conflicting = replace(a_run("earlier"), identities=(IdentityScheme((NAME,), 2),))
    for one in (conflicting, run, replace(a_run("newer"), sha256="22")):
        ledger.runs.start(one)
    with (
        ledger.lock(lock_names_of(conflicting), "the other file"),
        pytest.raises(UsageError, match="other identifying"),
    ):
        refuse_concurrent_schemes(run, ledger)


def test_own_run_is_no_other(ledger) -> None:
    run = a_run("now")
    ledger.runs.start(replace(run, identities=(IdentityScheme((NAME,), 2),)))
    with ledger.lock(lock_names_of(run), "the file"):
        refuse_concurrent_schemes(run, ledger)
        assert ledger.runs.find(run.id) is not None, "it is recorded, and left out as the own run"


@pytest.mark.parametrize(
    ("attempt", "run", "outcome", "is_resent"),
    [
        (7, "old", Outcome.UNKNOWN, True),
        (6, "old", Outcome.UNKNOWN, True),
        (8, "old", Outcome.UNKNOWN, False),
        (None, "old", Outcome.UNKNOWN, False),
        (7, "old", Outcome.ACCEPTED, False),
        (7, "busy", Outcome.UNKNOWN, False),
    ],
)
def test_unknown_attempt_is_sent_again_if_it_is_old_and_no_process_waits_for_it(
    attempt, run, outcome, is_resent
) -> None:
    earlier = EarlierAttempt(run, run, 2, "a.csv", 1.0, outcome, None, attempt)
    assert (earlier in ResendableAttempts(7, {"busy": "b.csv"})) is is_resent
    assert earlier not in ResendableAttempts()


async def test_attempts_that_may_be_sent_again_are_those_of_runs_that_have_ended(ledger) -> None:
    now = replace(a_run("now"), sha256="11", include_unknown=True)
    same_file = replace(a_run("same file"), sha256="11")
    busy, idle = replace(a_run("busy"), sha256="22", file="busy.csv"), replace(a_run("idle"), sha256="33")
    elsewhere = replace(a_run("elsewhere"), sha256="44", campaign=2)
    running = replace(a_run("running"), sha256="55", file="running.csv")
    for run in (now, same_file, busy, idle, elsewhere, running):
        ledger.runs.start(run)
    assert find_resendable(now, ledger) == ResendableAttempts()
    await send(ledger, "busy", 2)
    newest = await send(ledger, "idle", 2)
    with (
        ledger.lock(lock_names_of(now), "the file"),
        ledger.lock(lock_names_of(busy), "busy.csv"),
        ledger.lock(lock_names_of(elsewhere), "elsewhere.csv"),
        ledger.lock(lock_names_of(running), "running.csv"),
    ):
        files = {"busy": "busy.csv", "running": "running.csv"}
        assert find_resendable(now, ledger) == ResendableAttempts(newest, files)
        assert find_resendable(replace(now, include_unknown=False), ledger) == ResendableAttempts()
    assert find_resendable(now, ledger) == ResendableAttempts(newest, {})


def test_ledger_that_was_moved_in_meanwhile_is_noticed(ledger) -> None:
    refuse_new_keys(SimpleNamespace(keys=1), ledger)
    for keys in (0, 2):
        with pytest.raises(UsageError, match="has just moved the ledger of another machine") as refused:
            refuse_new_keys(SimpleNamespace(keys=keys), ledger)
        assert refused.value.hint == "Nothing was sent. Run the same command again."
