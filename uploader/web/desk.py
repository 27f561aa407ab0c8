"""What the worker does for one workspace: propose and decide columns, check the rows, edit them, write them."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from uploader.commands.mapping import ProposalRequest
from uploader.commands.mapping_draft import ALL_ROWS, FieldChoice, MappingDraft, RowFilter, open_draft
from uploader.commands.session import Session
from uploader.commands.worksheet import CheckedFile, check_file, quota_for
from uploader.config.settings import Settings
from uploader.core.errors import UploaderError
from uploader.ledger import Ledger, open_ledger
from uploader.pipeline.inputs import is_report
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.row_groups import RowGroup, group_rows
from uploader.pipeline.worksheet import Change
from uploader.spreadsheet import open_table
from uploader.web import desk_json
from uploader.web.edits import Edits
from uploader.web.events import QuietObserver
from uploader.web.followup import FollowUp
from uploader.web.workspace import Workspace, write_private

Given = Mapping[str, Any]
Progress = Callable[[dict[str, object]], None]

# How many rows the grid gets at once, at most.
MAX_ROWS = 500

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
        self._draft: MappingDraft | None = None
        self._checked: CheckedFile | None = None
        self._edits: Edits | None = None
        self._shown: list[int] = []
        self._views: dict[tuple[str, str], list[int]] = {}
        follow_up = FollowUp(workspace, settings)
        self._answers: dict[str, Callable[[Given, Progress], Awaitable[object]]] = {
            "look": self._look,
            "columns": self._columns,
            "preview": self._preview,
            "decide": self._decide,
            "check": self._check,
            "rows": self._rows,
            "problems": self._problems,
            "edit": self._edit,
            "bulk": self._bulk,
            "undo": self._undo,
            "redo": self._redo,
            "confirm": self._confirm,
            "save": self._save,
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
        """Say what kind of file was dropped."""
        return {"is_report": is_report(open_table(self._workspace.file))}

    # Columns

    async def _open_draft(self, given: Given) -> MappingDraft:
        about = self._workspace.about
        assert about.campaign is not None
        request = ProposalRequest(
            self._workspace.file, about.campaign, form=given.get("form"), sheet=given.get("sheet") or about.sheet
        )
        self._draft = await open_draft(request, self._settings)
        return self._draft

    async def _columns(self, given: Given, progress: Progress) -> object:
        draft = await self._open_draft(given)
        saved = _saved(Path(given["like"]) if given.get("like") else self._workspace.choices)
        is_same_form = saved.get("form") == draft.form.id and not given.get("form") and not given.get("sheet")
        saved = saved if is_same_form else {}
        choices = draft.first_choices() | {
            name: choice for name, choice in _choices(saved).items() if draft.can_be_chosen(name, choice)
        }
        return desk_json.columns(draft, choices, saved)

    async def _preview(self, given: Given, progress: Progress) -> object:
        draft = self._draft or await self._open_draft(given)
        choices, answers = _choices(given), given["answers"]
        text = draft.text(choices, None, None)
        samples = draft.samples(text)
        return {
            "gaps": draft.gaps(text),
            "fields": desk_json.fields(draft, choices, samples, answers),
            "questions": desk_json.row_questions(draft, choices, answers, _where(given)),
        }

    async def _decide(self, given: Given, progress: Progress) -> object:
        draft = self._draft or await self._open_draft(given)
        choices, link, publisher = _choices(given), given.get("link"), given.get("publisher")
        where, answers = _where(given), given["answers"]
        missing = draft.missing(choices, link, publisher, answers, where)
        open_ = [question.text for question in draft.open_consents(choices, answers)]
        if not missing:
            write_private(self._workspace.choices, json.dumps({**given, "form": draft.form.id, "open": open_}))
            write_private(self._workspace.mapping, draft.text(choices, link, publisher, where, answers))
            if len(draft.sheets) > 1:
                self._workspace.change(sheet=draft.table.sheet)
            self._checked = None
        return {"missing": missing}

    # Rows

    async def _check(self, given: Given, progress: Progress) -> object:
        self._checked = None
        checked, _ = await self._opened(progress)
        checked.write(self._workspace.work)
        return desk_json.state(checked, self._require_edits())

    async def _opened(self, progress: Progress | None = None) -> tuple[CheckedFile, Edits]:
        """Return the checked rows, with their edits; they are read if they are not in memory."""
        if self._checked is None or self._edits is None:
            about = self._workspace.about
            options = UploadOptions(self._workspace.file, self._workspace.known_mapping, sheet=about.sheet)
            observer = QuietObserver()
            expected = _count_lines(self._workspace.file)

            def show(rows: int) -> None:
                if progress:
                    progress({"rows": rows, "expected": expected})

            checked = await check_file(options, Session(self._settings, observer), self._ledger, show)
            self._edits = Edits(self._workspace.edits, checked.sheet)
            self._checked, self._views = checked, {}
            self._shown = checked.sheet.to_fix()
        self._require_edits().catch_up()
        return self._checked, self._require_edits()

    def _require_edits(self) -> Edits:
        assert self._edits is not None
        return self._edits

    async def _rows(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        if given.get("fresh"):
            self._shown, self._views = checked.sheet.to_fix(), {}
        view = self._view(checked, str(given["view"]), str(given.get("search", "")))
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
        return self._views[(view, search)]

    async def _problems(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        return {"groups": desk_json.groups(group_rows(checked.sheet), checked.sheet), **desk_json.state(checked, edits)}

    async def _edit(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        self._require_current(given, edits)
        changes = [Change(int(place), int(column), str(text)) for place, column, text in given["cells"]]
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
            "replace": lambda one: one.replacing(str(given["text"])),
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
        """Return what an edit has changed: few rows themselves, or that all rows have to be fetched again."""
        places = sorted({change.place for change in changes})
        is_small = len(places) <= MAX_ROWS
        self._shown = sorted({*self._shown, *checked.sheet.to_fix()})
        rows = desk_json.rows(checked.sheet, places) if is_small else None
        return {"rows": rows, "count": len(places), **desk_json.state(checked, edits)}

    # Before sending

    async def _confirm(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        quota = quota_for(checked.sheet.ready, self._settings, self._ledger)
        return {**desk_json.state(checked, edits), **desk_json.confirmation(checked, quota)}

    async def _save(self, given: Given, progress: Progress) -> object:
        checked, edits = await self._opened(progress)
        checked.write(self._workspace.work)
        return {"kind": checked.ready.table.kind, **desk_json.state(checked, edits)}


def _count_lines(path: Path) -> int | None:
    """Return the number of lines of a text file, about as many as it has rows; None for a workbook."""
    if path.suffix.lower() not in TEXT_FILES:
        return None
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def _saved(path: Path) -> dict[str, Any]:
    """Return the choices that were saved in a file; empty if there are none."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _choices(given: Given) -> dict[str, FieldChoice]:
    return {name: FieldChoice(*choice) for name, choice in given.get("choices", {}).items()}


def _where(given: Given) -> RowFilter:
    return RowFilter(*given["where"]) if given.get("where") else ALL_ROWS
