"""The edits of a workspace's cells, one step a line in `edits.jsonl`: they survive a crash, and can be undone."""

import json
import os
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from uploader.pipeline.worksheet import Change, Worksheet


class Step(NamedTuple):
    """What one click or one paste has changed, and how it was before."""

    label: str
    after: Sequence[Change]
    before: Sequence[Change]


class Edits:
    """All steps so far. The file is only ever added to: an undo is a line of its own.

    Attributes:
        version: Number of lines; an edit that was made on an older version is refused.
    """

    def __init__(self, path: Path, sheet: Worksheet) -> None:
        """Read the file, and apply its steps to the rows."""
        self._path = path
        self._sheet = sheet
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self.version = 0
        self._size = 0
        self._rows = _digest(sheet)
        self._put_aside()
        self.catch_up()

    def _put_aside(self) -> None:
        """Put edits of other rows aside: another sheet of the workbook was chosen since, or another header found."""
        if self._path.exists():
            with self._path.open("rb") as file:
                first = file.readline()
            if not first.endswith(b"\n") or json.loads(first).get("rows") != self._rows:
                self._path.replace(self._path.with_name(f"edits-{time.time_ns()}.jsonl"))

    def catch_up(self) -> None:
        """Apply what another process has added to the file: a second server has its own copy of the rows."""
        if not self._path.exists() or self._path.stat().st_size <= self._size:
            return
        with self._path.open("rb") as file:
            file.seek(self._size)
            added = file.read()
        complete = added[: added.rfind(b"\n") + 1]
        self._size += len(complete)
        for line in complete.splitlines():
            self._replay(json.loads(line))

    @property
    def undo_label(self) -> str:
        """What `undo` would take back; empty if there is nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What `redo` would do again; empty if there is nothing."""
        return self._undone[-1].label if self._undone else ""

    def add(self, label: str, changes: Sequence[Change]) -> Sequence[Change]:
        """Apply changes as one step, and return them."""
        before = self._sheet.apply(changes)
        if before:
            step = Step(label, changes, before)
            self._write({"label": label, "after": changes, "before": before})
            self._done.append(step)
            self._undone.clear()
        return changes

    def undo(self) -> Sequence[Change]:
        """Take the last step back, and return what has changed."""
        if not self._done:
            return ()
        self._write({"undo": True})
        return self._undo()

    def redo(self) -> Sequence[Change]:
        """Do the last step again that was taken back, and return what has changed."""
        if not self._undone:
            return ()
        self._write({"redo": True})
        return self._redo()

    def _undo(self) -> Sequence[Change]:
        step = self._done.pop()
        self._sheet.apply(step.before)
        self._undone.append(step)
        return step.before

    def _redo(self) -> Sequence[Change]:
        step = self._undone.pop()
        self._sheet.apply(step.after)
        self._done.append(step)
        return step.after

    def _replay(self, line: dict[str, object]) -> None:
        self.version += 1
        if line.get("undo"):
            self._undo()
        elif line.get("redo"):
            self._redo()
        else:
            after, before = ([Change(*one) for one in line[key]] for key in ("after", "before"))  # type: ignore[attr-defined]
            self._sheet.apply(after)
            self._done.append(Step(str(line["label"]), after, before))
            self._undone.clear()

    def _write(self, line: dict[str, object]) -> None:
        written = json.dumps({**line, "rows": self._rows}).encode() + b"\n"
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(number, "ab") as file:
            file.write(written)
        self._size += len(written)
        self.version += 1


def _digest(sheet: Worksheet) -> str:
    """Return what tells the rows of a sheet, before any edit, from those of another."""
    found = sha256(repr(list(sheet.columns)).encode("utf-8", "surrogatepass"))
    for column in sheet.cells:
        found.update("\x1f".join(column).encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:32]
