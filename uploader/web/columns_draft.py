"""The choices on the screen Columns as they are made, also those that were not confirmed with Check the rows."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from uploader.core.private_file import write_private
from uploader.web.workspace import Workspace


@dataclass(frozen=True)
class Draft:
    """The choices, and which tab made them.

    Attributes:
        answers: The answers by the keys of their questions.
        sheet: The sheet of a workbook that they are about.
        like: The id of the workspace whose mapping they started from; empty for none.
        version: Number of changes so far.
        tab: The browser tab that made the last change.
        number: The number of that change among those of its tab.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    sheet: str | None = None
    like: str = ""
    version: int = 0
    tab: str = ""
    number: int = 0

    def is_outdated(self, given: Mapping[str, Any]) -> bool:
        """Return whether a tab shows choices that another tab has changed since."""
        return self.tab != str(given["tab"]) and self.version != int(given["version"])

    def changed(self, given: Mapping[str, Any], answers: dict[str, Any]) -> "Draft":
        """Return the draft after a change. A change that is older than the last one of the same tab is ignored."""
        tab, number = str(given.get("tab", "")), int(given.get("number", 0))
        if tab == self.tab and number < self.number:
            return self
        like = str(given.get("like_id", ""))
        return replace(Draft(answers, given.get("sheet"), like), version=self.version + 1, tab=tab, number=number)


def read_draft(workspace: Workspace) -> Draft | None:
    """Return the choices that were made in a workspace, or None if there are none."""
    try:
        return Draft(**json.loads(_path(workspace).read_text("utf-8")))
    except FileNotFoundError:
        return None


def write_draft(workspace: Workspace, draft: Draft) -> None:
    """Save the choices."""
    write_private(_path(workspace), json.dumps(asdict(draft)))


def remove_draft(workspace: Workspace) -> None:
    """Delete the choices: they are about another campaign."""
    _path(workspace).unlink(missing_ok=True)


def _path(workspace: Workspace) -> Path:
    return workspace.folder / "draft.json"
