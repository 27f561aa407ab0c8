"""Workspaces: private folders with a spreadsheet, its mapping, the edits of its cells, and the state of its job."""

import json
import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from uploader.commands.retention import WORKSPACES, remove_workspaces
from uploader.core.errors import UsageError
from uploader.core.model import Run
from uploader.core.private_file import write_private
from uploader.core.unicode_text import replace_control_characters

MAX_AGE = 14 * 24 * 3600.0  # seconds
LONGEST_NAME = 120  # bytes of a file's name

SENT_ALREADY = "These leads were sent already."

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
# What a browser writes for characters that a file's name in a form can't have.
_ESCAPED = re.compile("%(22|0A|0D)")


@dataclass(frozen=True)
class About:
    """Facts about a workspace, kept in its `about.json`.

    Attributes:
        name: The name of the file that was dropped.
        is_sandbox: Whether its leads go to the sandbox.
        campaign: The campaign; None if the file is a report, whose run knows it.
        kind: Whether the file is a spreadsheet or a report.
        sheet: The sheet of a workbook, if one was chosen.
        run: The run that was started here, or is continued here.
        is_seen: Whether the user has seen the report of that run.
        original: The name of the first file of a chain of reports.
        link: The link of that file, its number and name; empty if it is not known.
    """

    name: str
    is_sandbox: bool
    campaign: int | None = None
    kind: Literal["sheet", "report"] = "sheet"
    sheet: str | None = None
    run: str | None = None
    is_seen: bool = False
    original: str = ""
    link: str = ""

    @property
    def shown(self) -> str:
        """The name that the user knows."""
        return self.original or self.name


@dataclass(frozen=True)
class Workspace:
    """One workspace."""

    folder: Path

    @property
    def id(self) -> str:
        """Its id, the folder's name."""
        return self.folder.name

    @property
    def about(self) -> About:
        """Its facts, as they are now."""
        return About(**json.loads((self.folder / "about.json").read_text("utf-8")))

    def change(self, **facts: Any) -> None:
        """Change some facts."""
        write_private(self.folder / "about.json", json.dumps(asdict(replace(self.about, **facts))))

    @property
    def file(self) -> Path:
        """The file as it was dropped."""
        return self.folder / "input" / self.about.name

    @property
    def mapping(self) -> Path:
        """The mapping."""
        return self.folder / "mapping.yaml"

    @property
    def known_mapping(self) -> Path | None:
        """The mapping, if there is one; that of a report is known to the ledger."""
        return self.mapping if self.mapping.exists() else None

    @property
    def is_mapped(self) -> bool:
        """Whether it is known where the form's fields come from, so that rows can be checked."""
        return self.mapping.exists() or self.about.kind == "report"

    @property
    def choices(self) -> Path:
        """The choices on the screen Columns that the mapping was made of."""
        return self.folder / "choices.json"

    @property
    def open_consents(self) -> list[dict[str, Any]]:
        """The questions about consent on the screen Columns that were not answered."""
        return list(self._read_choices().get("open", []))

    @property
    def started_from(self) -> str:
        """The id of the workspace whose mapping this one's started from; empty for none."""
        return str(self._read_choices().get("like", ""))

    @property
    def named_link(self) -> str:
        """The number and the name of the link as the screen Columns knew them, also that of the first upload."""
        return str(self._read_choices().get("link", "")) or self.about.link

    def link_shown(self, link: str) -> str:
        """Return a link's number with its name, if it is known."""
        shown = self.named_link
        return shown if shown.partition(" ")[0] == link else link

    def _read_choices(self) -> dict[str, Any]:
        return dict(json.loads(self.choices.read_text("utf-8"))) if self.choices.exists() else {}

    @property
    def edits(self) -> Path:
        """The edits, one step a line, for undo."""
        return self.folder / "edits.jsonl"

    @property
    def work(self) -> Path:
        """The report of the check, with the edits: what is sent."""
        return self.folder / "work" / f"{Path(self.about.name).stem}.csv"

    @property
    def state(self) -> Path:
        """What the job that sends shows of itself."""
        return self.folder / "state.json"

    @property
    def control(self) -> Path:
        """What the page asks of the job: to pause, continue or stop."""
        return self.folder / "control.json"


class Workspaces:
    """All workspaces of a ledger's folder. Ids are looked up, never joined into paths."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._root = home / WORKSPACES

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Yield a folder for a file of which it is not known yet whether a workspace can be made of it."""
        _make_private(self._root)
        with tempfile.TemporaryDirectory(prefix="incoming-", dir=self._root, ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def create(self, about: About, file: Path | None = None) -> Workspace:
        """Make a workspace. It is found from when it is complete.

        Args:
            about: Its facts.
            file: The file, which is moved into the workspace.
        """
        _make_private(self._root)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        workspace = Workspace(self._root / f"{stamp}-{secrets.token_hex(3)}")
        for folder in (workspace.folder, workspace.folder / "input", workspace.folder / "work"):
            _make_private(folder)
        if file:
            file.replace(workspace.folder / "input" / about.name)
        write_private(workspace.folder / "about.json", json.dumps(asdict(about)))
        return workspace

    def find(self, name: str) -> Workspace | None:
        """Return the workspace with this id, or None."""
        return next((one for one in self if one.id == name), None)

    def of_run(self, run: Run) -> Workspace | None:
        """Return the workspace that has a run's file, else the newest in which the run was continued, or None."""
        return self.of_runs([run]).get(run.id)

    def of_runs(self, runs: Iterable[Run]) -> dict[str, Workspace]:
        """Return the workspaces of runs by the ids of the runs; those that have none here are left out."""
        by_id = {one.id: one for one in self}
        by_run = {one.about.run: one for one in reversed(by_id.values())}
        found = {run.id: by_id.get(Path(run.file).parent.parent.name) or by_run.get(run.id) for run in runs}
        return {run: workspace for run, workspace in found.items() if workspace}

    def __iter__(self) -> Iterator[Workspace]:
        """Iterate over all, newest first."""
        if self._root.is_dir():
            for folder in sorted(self._root.iterdir(), reverse=True):
                if _ID.fullmatch(folder.name) and (folder / "about.json").exists():
                    yield Workspace(folder)

    def remove(self, workspace: Workspace) -> None:
        """Remove a workspace with everything in it."""
        shutil.rmtree(workspace.folder, ignore_errors=True)

    def remove_old(self, now: float) -> None:
        """Remove the workspaces that no one has used for `MAX_AGE`."""
        remove_workspaces(self._home, now - MAX_AGE)


def require_unsent(workspace: Workspace) -> None:
    """Raise UsageError if the leads of a workspace were sent already."""
    if workspace.state.exists():
        raise UsageError(SENT_ALREADY, "Open the report, or drop the file again on Start.")


def require_campaign(campaign: int | None) -> int:
    """Return the number of a campaign. Raises UsageError if there is none."""
    if campaign is None:
        raise UsageError("The campaign number is missing.", "It is in the media kit e-mail of the campaign.")
    return campaign


def safe_name(name: str) -> str:
    """Return a dropped file's name without folders and control characters, short enough for any file system.

    Args:
        name: As a form has it: browsers escape a quotation mark and line ends, which no name on Windows has.
    """
    if os.name != "nt":
        name = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)
    text = replace_control_characters(re.split(r"[/\\]", name)[-1], keep="").strip().strip(".") or "leads.csv"
    stem, suffix = os.path.splitext(text)
    return os.fsencode(stem)[: LONGEST_NAME - len(os.fsencode(suffix))].decode("utf-8", "ignore") + suffix[:10]


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
