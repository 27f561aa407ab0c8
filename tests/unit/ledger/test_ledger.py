"""The ledger: real SQLite files, what is known after a crash, who may read it."""

import asyncio
import hmac
import os
import pickle
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ledger_file import query_ledger
from tests.support.runs import MARK, a_run
from uploader.core.fingerprint import FingerprintMaker
from uploader.core.model import Outcome, RowState
from uploader.ledger import LedgerError, new_run_id, open_ledger
from uploader.ledger.sqlite.rows import HAS_LEAD_ID

ACCEPTED = RowState(Outcome.ACCEPTED, lead_id=55907, status=201)
WORDS = st.text(st.characters(codec="utf-8"))


async def test_row_without_response_is_unknown(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        await ledger.attempts.intend("one", 2, MARK)
    with open_ledger(tmp_path / "home") as ledger:
        assert ledger.rows.states("one", [2, 3])[2].outcome is Outcome.UNKNOWN
        assert 3 not in ledger.rows.states("one", [2, 3])
        assert ledger.rows.earlier_by_fingerprint([MARK])[MARK].outcome is Outcome.UNKNOWN


async def test_intent_is_durable_before_intend_returns(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        await asyncio.gather(*(ledger.attempts.intend("one", row, None) for row in range(2, 10)))
        other = sqlite3.connect(tmp_path / "home" / "ledger.sqlite3")
        assert other.execute("SELECT count(*) FROM attempt").fetchone() == (8,)
        other.close()


async def test_last_attempt_decides_the_row(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        first = await ledger.attempts.intend("one", 2, MARK)
        ledger.attempts.answer(first, RowState(Outcome.FAILED, "429", "later", status=429))
        second = await ledger.attempts.intend("one", 2, MARK)
        ledger.attempts.answer(second, ACCEPTED)
        ledger.attempts.flush()
        state = ledger.rows.states("one", [2])[2]
        assert (state.outcome, state.lead_id, state.attempts) == (Outcome.ACCEPTED, 55907, 2)
        earlier = ledger.rows.earlier_by_fingerprint([MARK, b"another"])
        assert list(earlier) == [MARK]
        assert (earlier[MARK].lead_id, earlier[MARK].row) == (55907, 2)


async def test_only_leads_that_may_exist_make_duplicates(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        for row, outcome in enumerate([Outcome.REJECTED, Outcome.FAILED, Outcome.UNSENT], 2):
            ledger.attempts.answer(await ledger.attempts.intend("one", row, MARK), RowState(outcome))
        ledger.attempts.flush()
        assert ledger.rows.earlier_by_fingerprint([MARK]) == {}
        assert ledger.rows.earlier_by_row("one", [2, 3, 4]) == {}


async def test_rows_are_known_across_retries(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        ledger.runs.start(a_run("two", family="one"))
        ledger.attempts.answer(await ledger.attempts.intend("two", 7, None), ACCEPTED)
        ledger.attempts.flush()
        assert ledger.rows.earlier_by_row("one", [6, 7])[7][-1].run == "two"
        assert ledger.runs.newest(["two", "one", "none"]) == "two"
        assert ledger.runs.find("two") == a_run("two", family="one")
        assert ledger.runs.find("none") is None


@pytest.mark.skipif(os.name == "nt", reason="rights are POSIX's")
async def test_ledger_is_private(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with open_ledger(home) as ledger:
        ledger.runs.start(a_run("one"))
        await ledger.attempts.intend("one", 2, MARK)
        files = [path for path in home.iterdir() if path.is_file()]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert {path.name for path in files} >= {"ledger.sqlite3", "ledger.sqlite3-wal", "fingerprint.key"}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (home, home / "locks")} == {0o700}


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Another process that keeps the ledger locked."""
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_fingerprints_hide_identity(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger, open_ledger(tmp_path / "other") as other:
        (mark,) = ledger.fingerprints("acme", 1)([["Joe@example.com"]])
        assert mark is not None
        assert len(mark) == 16
        assert [mark] == ledger.fingerprints("acme", 1)([["joe@EXAMPLE.com"]])
        others = [
            *ledger.fingerprints("acme", 2)([["joe@example.com"]]),
            *ledger.fingerprints("other", 1)([["joe@example.com"]]),
            *ledger.fingerprints("acme", 1)([["jo"], ["e@example.com"]]),
            *other.fingerprints("acme", 1)([["joe@example.com"]]),
        ]
        assert len({mark, *others}) == 5


@given(st.binary(min_size=1, max_size=64), WORDS, st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1))
def test_fingerprint_is_an_hmac(key: bytes, within: str, columns: list[list[str]]) -> None:
    texts = [within + "\x1f".join(values).casefold() if any(values) else None for values in zip(*columns, strict=True)]
    printed = [text if text is None else hmac.digest(key, text.encode(), "sha256")[:16] for text in texts]
    maker = FingerprintMaker(key, within)
    assert maker(columns) == pickle.loads(pickle.dumps(maker))(columns) == printed
    assert maker([]) == []


async def test_unwritable_ledger_prevents_sending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        attempt = await ledger.attempts.intend("one", 2, None)
        ledger.attempts.answer(attempt, ACCEPTED)
        with monkeypatch.context() as patch:
            patch.setattr("uploader.ledger.sqlite.database.BUSY_TIMEOUT", 0.05)
            with locked(tmp_path / "home"), pytest.raises(LedgerError, match="cannot be used"):
                await ledger.attempts.intend("one", 3, None)
        ledger.attempts.flush()
        states = ledger.rows.states("one", [2, 3])
        assert (list(states), states[2].outcome) == ([2], Outcome.ACCEPTED)


def test_home_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"):
        open_ledger(tmp_path / "home")


def test_run_ids_sort_by_time() -> None:
    assert new_run_id(0.0) < new_run_id(1.0) < new_run_id(1e9)
    assert new_run_id(1795000000.0).startswith("202611")


async def accept(ledger, run: str, row: int, lead_id: int) -> int:
    attempt = await ledger.attempts.intend(run, row, None)
    ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, lead_id=lead_id, status=201))
    ledger.attempts.flush()
    return attempt


async def test_lead_id_is_known_once_any_lead_of_the_enterprise_has_it(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        for name, scope in (("one", "acme"), ("two", "acme"), ("other", "umbrella")):
            ledger.runs.start(replace(a_run(name), scope=scope))
        first = await accept(ledger, "one", 2, 7)
        await accept(ledger, "other", 2, 9)
        known = lambda: {number for number in range(5, 12) if ledger.rows.has_lead_id("acme", number)}  # noqa: E731
        assert known() == {7}
        ledger.attempts.answer(first, RowState(Outcome.UNKNOWN, "two leads got the same id"))
        ledger.attempts.flush()
        assert known() == set()
        ledger.decisions.record("me", [(first, RowState(Outcome.ACCEPTED, "looked", lead_id=8))])
        assert known() == {8}
        ledger.decisions.record("me", [(first, RowState(Outcome.ACCEPTED, "again", lead_id=10))])
        assert known() == {10}


async def test_lead_id_is_looked_up_in_an_index(tmp_path: Path) -> None:
    """Not read with all others before a run, which would take a second and 100 MB for a million leads."""
    open_ledger(tmp_path / "home").__exit__()
    plan = query_ledger(tmp_path / "home", f"EXPLAIN QUERY PLAN {HAS_LEAD_ID}", (7, "acme"))
    steps = [text for *_, text in plan if text.startswith(("SCAN", "SEARCH"))]
    assert {step.split()[1] for step in steps if step.startswith("SCAN")} <= {"CONSTANT"}, steps
    assert any("answer_lead_id" in step for step in steps), steps
    assert any("decision_lead_id" in step for step in steps), steps


def test_ledger_is_empty_until_a_run_is_recorded(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        assert ledger.is_empty
        ledger.runs.start(a_run("one"))
        assert not ledger.is_empty
        assert ledger.damage() == ledger.take_warnings() == []
