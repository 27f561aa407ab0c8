"""Locks between processes."""

import stat
import time
from pathlib import Path

import pytest

from uploader.core.errors import UsageError
from uploader.ledger import LedgerError
from uploader.ledger.sqlite.locks import lock


def test_one_at_a_time_for_each_name(tmp_path: Path) -> None:
    with lock(tmp_path, ["a", "b", "a"], "the file"), lock(tmp_path, ["c"], "another file"):
        for names in (["a"], ["c", "b"]):
            with (
                pytest.raises(UsageError, match=r"is working on leads\.csv right now"),
                lock(tmp_path, names, "leads.csv"),
            ):
                pass
        with lock(tmp_path, ["d"], "a third file"):
            pass
    with lock(tmp_path, ["a", "b", "c"], "the file"):  # what one lock refused is not left locked by the other
        pass


def test_someone_patient_waits(tmp_path: Path, monkeypatch) -> None:
    now, held = [0.0], lock(tmp_path, ["a"], "the file")
    held.__enter__()

    def sleep(seconds: float) -> None:
        assert 0.01 <= seconds <= 0.05
        now[0] += 1.0
        if now[0] == 3.0:
            held.__exit__(None, None, None)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with lock(tmp_path, ["a"], "the file", patience=5.0):
        assert now == [3.0]
        with pytest.raises(UsageError), lock(tmp_path, ["a"], "the file", patience=5.0):
            pass
        assert now == [8.0]


def test_no_one_waits_unless_asked_to(tmp_path: Path, monkeypatch) -> None:
    sleeps: list[float] = []
    monkeypatch.setattr(time, "sleep", sleeps.append)
    with lock(tmp_path, ["a"], "the file"), pytest.raises(UsageError), lock(tmp_path, ["a"], "the file"):
        pass
    assert sleeps == []


def test_lock_files_are_private_and_say_nothing(tmp_path: Path) -> None:
    with lock(tmp_path, ["acme leads.csv"], "the file"):
        paths = list((tmp_path / "locks").iterdir())
        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
        assert not any("acme" in path.name for path in paths)


def test_folder_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"), lock(tmp_path, ["a"], "the file"):
        pass
