"""A run is refused where another process would not recognize its leads."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import IdentityScheme
from uploader.ledger import Ledger, lock_names_of, open_ledger
from uploader.pipeline.concurrent_changes import refuse_concurrent_schemes

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


def test_own_run_is_no_other(ledger) -> None:
    run = a_run("now")
    ledger.runs.start(replace(run, identities=(IdentityScheme((NAME,), 2),)))
    with ledger.lock(lock_names_of(run), "the file"):
        refuse_concurrent_schemes(run, ledger)
        assert ledger.runs.find(run.id) is not None, "it is recorded, and left out as the own run"
