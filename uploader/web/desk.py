"""What the worker does for one workspace: propose and decide columns, check the rows, edit them, write them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from uploader.commands.session import Session
from uploader.commands.worksheet import CheckedFile, check_file, quota_for
from uploader.config.settings import Settings
from uploader.core.errors import TableError, UploaderError
from uploader.core.unicode_text import replace_surrogates
from uploader.ledger import Ledger, open_ledger
from uploader.pipeline.inputs import is_report
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.row_groups import RowGroup, group_rows
from uploader.pipeline.worksheet import LEAVE_OUT, Change
from uploader.pipeline.worksheet_preview import declined
from uploader.spreadsheet import open_table
from uploader.web import desk_json
from uploader.web.columns_desk import ColumnsDesk
from uploader.web.edits import Edits
from uploader.web.events import QuietObserver
from uploader.web.followup import FollowUp
from uploader.web.workspace import Workspace

Given = Mapping[str, Any]
Progress = Callable[[dict[str, object]], None]

# The most rows that the grid gets at once.
MAX_ROWS = 500

# Views whose rows are known, so that they do not move while someone works on them. Each search is one.
MAX_VIEWS = 8

TEXT_FILES = (".csv", ".tsv", ".txt")
BLOCK = 1 << 20  # bytes read at once


class OutdatedError(UploaderError):
    """The rows were edited elsewhere since the page showed them."""


class Desk:
    """One workspace in the worker. Use it as a context manager."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self._stack = ExitStack()
        self._checked: CheckedFile | None = None
        self._checked_with = ""
        self._edits: Edits | None = None
        self._shown: list[int] = []
        self._views: dict[tuple[str, str], list[int]] = {}
        follow_up = FollowUp(workspace, settings)
        self._answers: dict[str, Callable[[Given, Progress], Awaitable[object]]] = {
            "look": self._look,
            "check": self._check,
            "rows": self._rows,
            "problems": self._problems,
            "edit": self._edit,
            "bulk": self._bulk,
            "undo": self._undo,
            "redo": self._redo,
            "confirm": self._confirm,
            "leave_out": self._leave_out,
            "save": self._save,
            **ColumnsDesk(workspace, settings).answers,
            **follow_up.answers,
        }

    def __enter__(self) -> Self:
        self._ledger: Ledger = self._stack.enter_context(open_ledger(self._settings.ledger_place))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    async def answer(self, what: str, given: Given, progress: Progress) -> object:
        """Do what the page asks. Raises UploaderError."""
        return await self._answers[what](given, progress)

    async def _look(self, given: Given, progress: Progress) -> object:
        """Return what kind of file was dropped."""
        return {"is_report": is_report(open_table(self._workspace.file))}

    # Rows

    async def _check(self, given: Given, progress: Progress) -> object:
        self._checked = None
        checked, _ = await self._opened(progress)
        checked.write(self._workspace.work)
        return {"columns": list(checked.sheet.columns), **desk_json.state(checked, self._require_edits())}

    async def _opened(self, progress: Progress | None = None) -> tuple[CheckedFile, Edits]:
        """Return the checked rows with their edits. They are read again if the mapping or the sheet has changed."""
        about, digest = self._workspace.about, self._mapping_digest()
        if self._checked is None or self._edits is None or digest != self._checked_with:
            options = UploadOptions(self._workspace.file, self._workspace.known_mapping, sheet=about.sheet)
            observer = QuietObserver()
            expected = _count_lines(self._workspace.file)

            def show(rows: int) -> None:
                if progress:
                    progress({"rows": rows, "expected": expected})

            checked = await check_file(options, Session(self._settings, observer), self._ledger, show)
            if not checked.sheet.numbers:
                raise TableError(
                    f"{about.shown} has no rows below its header.", "Add rows to it, then drop it on Start again."
                )
            self._edits = Edits(self._workspace.edits, checked.sheet, digest)
            self._checked, self._checked_with, self._views = checked, digest, {}
            self._shown = checked.sheet.to_fix()
        self._require_edits().catch_up()
        return self._checked, self._require_edits()

    def _mapping_digest(self) -> str:
        """Return a digest of the mapping and of the chosen sheet."""
        path = self._workspace.known_mapping
        found = sha256(path.read_bytes() if path else b"")
        found.update(repr(self._workspace.about.sheet).encode("utf-8", "surrogatepass"))
        return found.hexdigest()

    def _require_edits(self) -> Edits:
        assert self._edits is not None
        return self._edits

    async def _rows(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        if given.get("fresh"):
            self._shown = checked.sheet.to_fix()
        wanted = str(given["view"]), str(given.get("search", ""))
        if given.get("opens"):
            self._views.pop(wanted, None)
        view = self._view(checked, *wanted)
        begin = max(0, int(given["begin"]))
        places = view[begin : begin + min(MAX_ROWS, int(given["count"]))]
        return {"version": edits.version, "total": len(view), "rows": desk_json.rows(checked.sheet, places)}

    def _view(self, checked: CheckedFile, view: str, search: str) -> list[int]:
        """Return the positions of the rows of a view. Rows that were fixed stay in it until it is opened again."""
        if (view, search) not in self._views:
            sheet = checked.sheet
            if view == "all":
                places = list(range(len(sheet.numbers)))
            elif view == "fix":
                places = self._shown = sorted({*self._shown, *sheet.to_fix()})
            else:
                places = next((group.places for group in group_rows(sheet) if group.key == view), [])
            if search:
                wanted = search.casefold()
                places = [at for at in places if any(wanted in column[at].casefold() for column in sheet.cells)]
            self._views[(view, search)] = places
            for oldest in [*self._views][:-MAX_VIEWS]:
                del self._views[oldest]
        return self._views[(view, search)]

    async def _problems(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        columns = {"columns": list(checked.sheet.columns)} if given.get("has_columns") else {}
        return {**columns, **desk_json.problems(checked.sheet), **desk_json.state(checked, edits)}

    async def _edit(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        changes = [
            Change(int(place), int(column), replace_surrogates(str(text))) for place, column, text in given["cells"]
        ]
        if any(one.place >= len(checked.sheet.numbers) for one in changes):
            raise OutdatedError("These rows have changed meanwhile.", "They are shown again as they are now.")
        label = "edit" if len(changes) == 1 else f"{len(changes):,} cells pasted"
        return self._changed(checked, edits, edits.add(label, changes))

    async def _bulk(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        group = next((one for one in group_rows(checked.sheet) if one.key == given["group"]), None)
        if group is None:
            raise OutdatedError("These rows have changed meanwhile.", "Look at the list of problems again.")
        makers: dict[str, Callable[[RowGroup], Sequence[Change]]] = {
            "fix": lambda one: one.fixing(checked.sheet),
            "replace": lambda one: one.replacing(replace_surrogates(str(given["text"]))),
            "leave-out": lambda one: one.leaving_out(),
        }
        changes = makers[given["kind"]](group)
        return self._changed(checked, edits, edits.add(str(given["label"]), changes))

    async def _undo(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        return self._changed(checked, edits, edits.undo())

    async def _redo(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        return self._changed(checked, edits, edits.redo())

    def _require_current(self, given: Given, edits: Edits) -> None:
        """Raise OutdatedError if the rows were edited elsewhere, or are being sent."""
        if self._workspace.about.run or self._workspace.state.exists():
            raise OutdatedError("These leads were sent meanwhile.", "Open the report to fix what did not get through.")
        if given["version"] != edits.version:
            raise OutdatedError(
                "The rows were edited in another tab meanwhile.", "They are shown again as they are now."
            )

    def _changed(self, checked: CheckedFile, edits: Edits, changes: Sequence[Change]) -> object:
        """Return the rows that have changed, or None for more than `MAX_ROWS`: the page fetches its rows again then."""
        places = sorted({change.place for change in changes})
        is_small = len(places) <= MAX_ROWS
        rows = desk_json.rows(checked.sheet, places) if is_small else None
        has_more = self._add_to_fix(checked)
        return {"rows": rows, "has_more": has_more, **desk_json.state(checked, edits)}

    def _add_to_fix(self, checked: CheckedFile) -> bool:
        """Add the rows to fix that are not shown among these yet; return whether there are any."""
        shown = sorted({*self._shown, *checked.sheet.to_fix()})
        if len(shown) == len(self._shown):
            return False
        self._shown = shown
        self._views = {key: places for key, places in self._views.items() if key[0] != "fix"}
        return True

    # Before sending

    async def _confirm(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        quota = quota_for(checked.sheet.ready, self._settings, self._ledger)
        return {**desk_json.state(checked, edits), **desk_json.confirmation(checked, quota)}

    async def _leave_out(self, given: Given, progress: Progress) -> object:
        """Leave out the rows of people who did not agree."""
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        places = sorted({place for places in declined(checked.sheet).values() for place in places})
        edits.add("leave out people who did not agree", [Change(place, LEAVE_OUT, "yes") for place in places])
        return {"count": len(places)}

    async def _save(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        checked.write(self._workspace.work)
        return {"kind": checked.ready.table.kind, **desk_json.state(checked, edits)}


def _count_lines(path: Path) -> int | None:
    """Return the number of lines of a text file, about as many as it has rows; None if it is not known."""
    if path.suffix.lower() not in TEXT_FILES:
        return None
    with suppress(OSError), path.open("rb") as file:  # the check reports why it can't be read
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))
    return None
