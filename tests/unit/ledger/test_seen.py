"""What a machine remembers of a shared ledger."""

from pathlib import Path

from uploader.ledger.seen import Checkpoint, SeenLedger


def test_slower_process_does_not_forget_what_another_has_seen(tmp_path: Path) -> None:
    """The part of the ledger between the two could be lost unnoticed."""
    slow, fast = (SeenLedger(tmp_path, "ledger", "postgresql://host/leads") for _ in range(2))
    other = SeenLedger(tmp_path, "other", "postgresql://host/other")
    for seen, number in [(slow, 1), (fast, 12), (slow, 2), (other, 3)]:
        seen.remember(Checkpoint(number, f"mark {number}"))
    assert slow.last() == fast.last() == Checkpoint(12, "mark 12")
    assert other.last() == Checkpoint(3, "mark 3")
