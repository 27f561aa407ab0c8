"""What a machine remembers of a shared ledger."""

import json
import stat
import time
from pathlib import Path

import pytest

from uploader.ledger import LedgerError
from uploader.ledger.seen import FILE, Checkpoint, SeenLedger, seen_place

PLACE = "postgresql://host/leads"


def test_slower_process_does_not_forget_what_another_has_seen(tmp_path: Path) -> None:
    """The part of the ledger between the two could be lost unnoticed."""
    slow, fast = (SeenLedger(tmp_path, "ledger", PLACE) for _ in range(2))
    other = SeenLedger(tmp_path, "other", "postgresql://host/other")
    for seen, number in [(slow, 1), (fast, 12), (slow, 2), (other, 3)]:
        seen.remember(Checkpoint(number, f"mark {number}"))
    assert slow.last() == fast.last() == Checkpoint(12, "mark 12")
    assert other.last() == Checkpoint(3, "mark 3")


def test_new_machine_has_seen_nothing(tmp_path: Path) -> None:
    assert SeenLedger(tmp_path, "ledger", PLACE).last() is None
    assert seen_place(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_file_is_private_and_written_when_something_is_new(tmp_path: Path, monkeypatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("uploader.ledger.seen.time.time", lambda: now[0])
    home = tmp_path / "new" / "home"

    def remember(number: int, mark: str, place: str) -> dict:
        now[0] += 1.0
        SeenLedger(home, "ledger", place).remember(Checkpoint(number, mark))
        return json.loads((home / FILE).read_text("utf-8"))["ledger"]

    first = {"number": 0, "mark": "a", "place": PLACE, "at": 1001.0}
    assert remember(0, "a", PLACE) == first
    assert remember(0, "a", PLACE) == first
    assert remember(0, "b", PLACE) == {**first, "mark": "b", "at": 1003.0}  # the number was given again: a restore
    assert remember(2, "b", PLACE) == {**first, "number": 2, "mark": "b", "at": 1004.0}
    moved = remember(2, "b", "postgresql://elsewhere/leads")
    assert moved == {"number": 2, "mark": "b", "place": "postgresql://elsewhere/leads", "at": 1005.0}
    assert seen_place(home) == "postgresql://elsewhere/leads"
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / FILE)] == [0o700, 0o600]


def test_error_names_the_ledger_the_time_and_the_file(tmp_path: Path, monkeypatch) -> None:
    seen = SeenLedger(tmp_path, "ledger", PLACE)
    at = time.mktime((2026, 11, 20, 17, 45, 0, 0, 0, -1))
    monkeypatch.setattr("uploader.ledger.seen.time.time", lambda: at)
    seen.remember(Checkpoint(1, "a"))
    error = seen.gone()
    assert str(error).startswith(f"The team's ledger in {PLACE} is older than it was on 2026-11-20 17:45, when")
    assert f"delete {seen.path}:" in error.hint


@pytest.mark.parametrize(
    "content",
    [
        b"\xff", b"", b"{", b"[]", b"7", b'{"ledger": 7}', b'{"ledger": {}}', b'{"ledger": {"mark": "a"}}',
        b'{"ledger": {"number": 1}}', b'{"ledger": {"number": "x", "mark": "a"}}',
        b'{"ledger": {"number": null, "mark": "a"}}', b'{"ledger": {"number": 1, "mark": "a"}, "other": {}}',
    ],
)  # fmt: skip
def test_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, content: bytes) -> None:
    seen = SeenLedger(tmp_path, "ledger", PLACE)
    seen.path.write_bytes(content)
    for use in (seen.last, lambda: seen.remember(Checkpoint(1, "a")), lambda: seen_place(tmp_path)):
        with pytest.raises(LedgerError, match="cannot be read, so it is not known"):
            use()
    assert seen.path.read_bytes() == content


def test_place_that_cannot_be_used_is_reported(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(LedgerError, match="cannot be read"):
        SeenLedger(tmp_path, "ledger", PLACE).last()


def test_file_that_cannot_be_written_is_reported(tmp_path: Path, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("uploader.ledger.seen.write_private", refuse)
    with pytest.raises(LedgerError, match=r"cannot be written: No space left on device\."):
        SeenLedger(tmp_path, "ledger", PLACE).remember(Checkpoint(1, "a"))
