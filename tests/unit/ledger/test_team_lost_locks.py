"""What is changed under the locks of a run is not changed without them: the session that has them makes the change."""

import socket
from collections.abc import Callable

import pytest

from tests.support.ledger_records import machines, mark
from tests.support.postgres import KEY, kill_sessions, query_team
from uploader.commands.reconcile import record_resolution
from uploader.commands.retention import purge
from uploader.ledger import Ledger, LedgerError, lock_names_of
from uploader.ledger.postgres.decisions import PostgresDecisions
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.postgres.retention import PostgresRetention


def after(first: Callable[[], object], then: Callable[..., object]) -> Callable[..., object]:
    def both(*args: object, **options: object) -> object:
        first()
        return then(*args, **options)

    return both


def resolve_row(ledger: Ledger) -> None:
    run = ledger.runs.find("run 0")
    assert run is not None
    with ledger.lock(lock_names_of(run), "leads.csv"):
        record_resolution(run, [2], "not-sent", None, ledger, "Ann")


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        (PostgresDecisions, "record", resolve_row),
        (PostgresRetention, "purge", lambda ledger: purge(ledger, 2e9, forget_leads=True)),
        (PostgresRetention, "forget", lambda ledger: ledger.retention.forget([mark(2)])),
    ],
)
async def test_change_is_given_up_once_its_lock_is_lost(
    url: str, monkeypatch: pytest.MonkeyPatch, kind: type, name: str, change: Callable[[Ledger], None]
) -> None:
    """The server restarts between the look at the rows and the change: another machine may have resumed the run."""
    with machines(url, 1) as (ledger,):
        await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        with monkeypatch.context() as patch:
            patch.setattr(kind, name, after(lambda: kill_sessions(url), getattr(kind, name)))
            with pytest.raises(LedgerError, match="cannot be used") as lost:
                change(ledger)
    assert "nothing more was changed" in lost.value.hint
    found = query_team(url, "SELECT outcome, holds, attempt.fingerprint FROM known JOIN attempt USING (id)")
    assert found == [("unknown", True, mark(2))]
    with PostgresLedger(url, KEY) as again:
        change(again)
    assert query_team(url, "SELECT 1 FROM known WHERE outcome = 'unknown' AND fingerprint IS NOT NULL") == []


def test_end_of_a_run_is_not_recorded_while_another_machine_has_resumed_it(url: str) -> None:
    """A run that counts as ended has nothing in flight."""
    with machines(url, 1) as (lost,):
        run = lost.runs.find("run 0")
        assert run is not None
        with lost.lock(lock_names_of(run), "leads.csv"):
            lost.runs.finish("run 0", {}, "first")
            assert lost.runs.stop_reason("run 0") == "first"
            kill_sessions(url)
            with PostgresLedger(url, KEY) as other, other.lock(lock_names_of(run), "leads.csv"):
                other.runs.mark_resumed("run 0")
                lost.runs.finish("run 0", {}, "second")
                assert [past.state_shown for past in other.runs.history(1)] == [f"running on {socket.gethostname()}"]
            lost.runs.finish("run 0", {}, "third")
    assert query_team(url, "SELECT stopped FROM run") == [("third",)]
