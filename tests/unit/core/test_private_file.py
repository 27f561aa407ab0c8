"""Files that only their owner can read are there whole, or as they were."""

import os
from pathlib import Path

import pytest

from uploader.core.private_file import write_private


@pytest.mark.parametrize("is_durable", [False, True])
def test_file_is_replaced_as_a_whole(tmp_path: Path, is_durable: bool) -> None:
    path = tmp_path / "facts.json"
    path.write_text("before")
    path.chmod(0o644)
    write_private(path, "ä\n", is_durable=is_durable)
    assert path.read_bytes() == "ä\n".encode()
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["facts.json"]


def test_what_was_there_stays_if_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "facts.json"
    write_private(path, "before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, "after", is_durable=True)
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["facts.json"]
