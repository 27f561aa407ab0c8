"""The edits of a workspace's cells, one step a line in `edits.jsonl`: they survive a crash, and can be undone."""

import json
import os
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from uploader.pipeline.worksheet import Change, Worksheet


class Step(NamedTuple):
    """What one click or one paste has changed, and how it was before."""

    label: str
    after: Sequence[Change]
    before: Sequence[Change]


class Edits:
    """All steps so far, in a file that only grows: an undo is a line of its own.

    Args:
        path: The file.
        sheet: The rows, as they are without any edit.
        mapping: A digest of the mapping, and of what else decides about the rows.

    Attributes:
        count: Number of lines.
    """

    def __init__(self, path: Path, sheet: Worksheet, mapping: str) -> None:
        """Read the file, and apply its steps to the rows."""
        self._path = path
        self._sheet = sheet
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self.count = 0
        self._size = 0
        self._rows = _digest(sheet)
        self._seen = sha256(f"{self._rows} {mapping}".encode())
        self._set_aside()
        self.catch_up()

    def _set_aside(self) -> None:
        """Rename the file if its edits are of other rows: another sheet was chosen since, or another header found."""
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
        for line in complete.splitlines(keepends=True):
            self._replay(json.loads(line))
            self._count(line)

    @property
    def version(self) -> str:
        """Identifies the rows, their mapping and all edits. What was decided on another version is refused."""
        return f"{self.count}-{self._seen.hexdigest()[:32]}"

    @property
    def undo_label(self) -> str:
        """The label of the step that `undo` undoes; empty if there is none."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """The label of the step that `redo` redoes; empty if there is none."""
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
        """Undo the last step, and return what has changed."""
        if not self._done:
            return ()
        self._write({"undo": True})
        return self._undo()

    def redo(self) -> Sequence[Change]:
        """Redo the step that was undone last, and return what has changed."""
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
        with open(self._path, "ab+", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            self._cut_torn_line(file)
            file.write(written)
        self._size += len(written)
        self._count(written)

    def _cut_torn_line(self, file: BinaryIO) -> None:
        """Remove a line that was written in part, as on a full disk: the next one would be appended to it."""
        file.seek(self._size)
        torn = file.read()
        if torn and b"\n" not in torn:  # else another process has just added to the file
            file.truncate(self._size)

    def _count(self, line: bytes) -> None:
        self.count += 1
        self._seen.update(line)


def _digest(sheet: Worksheet) -> str:
    """Return a digest of the rows before any edit."""
    found = sha256(repr(list(sheet.columns)).encode("utf-8", "surrogatepass"))
    for column in sheet.cells:
        found.update("\x1f".join(column).encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:32]
