"""What a run shows of itself in its state file."""

import json
from pathlib import Path

from uploader.core.model import Outcome, RowState
from uploader.pipeline.events import Summary
from uploader.web.events import JobObserver, StateFile


def state_after(path: Path, ended: list[tuple[int, RowState]]) -> dict[str, object]:
    state = StateFile(path, kind="send")
    with JobObserver(state).sending(Summary(None, None, len(ended), 0.0, None, float)) as done:
        for row, outcome in ended:
            done(row, outcome)
    state.write()
    found: dict[str, object] = json.loads(path.read_text("utf-8"))
    return found


def test_latest_rejections_are_shown_newest_first(tmp_path: Path) -> None:
    rejected = [(row, RowState(Outcome.REJECTED, f"reason {row}")) for row in range(2, 12)]
    found = state_after(tmp_path / "state.json", [*rejected, (12, RowState(Outcome.ACCEPTED))])
    assert found["rejections"] == [[row, "rejected", f"reason {row}"] for row in range(11, 4, -1)]
    assert found["counts"] == {"rejected": 10, "accepted": 1}


def test_every_row_that_did_not_get_through_is_a_rejection(tmp_path: Path) -> None:
    ended = [(row, RowState(outcome)) for row, outcome in enumerate(Outcome, 2)]
    found = state_after(tmp_path / "state.json", ended)
    assert {word for _, word, _ in found["rejections"]} == {*Outcome} - {"accepted", "unsent"}
