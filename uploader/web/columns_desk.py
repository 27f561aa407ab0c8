"""What the worker does for the screen Columns: propose a mapping, show what choices lead to, and write it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from uploader.commands.known_mappings import mapping_to_start_from
from uploader.commands.mapping import ProposalRequest, UnfinishedMapping, open_questionnaire
from uploader.config.settings import Settings
from uploader.core.errors import UsageError
from uploader.core.private_file import write_private
from uploader.mapping.questionnaire import (
    Questionnaire,
    blocking_questions,
    changes_since,
    form_notes,
    with_suggestions,
)
from uploader.spreadsheet import Sheet
from uploader.web import columns_json
from uploader.web.columns_draft import Draft, read_draft, write_draft
from uploader.web.workspace import Workspace, require_campaign

Given = Mapping[str, Any]
Progress = Callable[[dict[str, object]], None]


class ColumnsDesk:
    """The mapping of one workspace.

    Args:
        workspace: The workspace.
        settings: Lead to the platform.
    """

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self._opened: UnfinishedMapping | None = None
        self._opened_with: tuple[object, object] = (None, None)
        self.answers: dict[str, Callable[[Given, Progress], Awaitable[object]]] = {
            "columns": self._columns,
            "preview": self._preview,
            "decide": self._decide,
        }

    async def _open(self, given: Given) -> UnfinishedMapping:
        """Read the spreadsheet and the live form."""
        about = self._workspace.about
        if about.kind == "report":
            raise UsageError("A report has its columns already.", "Open its rows.")
        like = Path(given["like"]) if given.get("like") else None
        request = ProposalRequest(
            self._workspace.file,
            require_campaign(about.campaign),
            sheet=given.get("sheet") or about.sheet,
            like=like,
            like_label=given.get("like_label", ""),
            folder=self._workspace.folder,
        )
        self._opened = await open_questionnaire(request, self._settings)
        self._opened_with = self._opened.questionnaire.sheet.name, like
        return self._opened

    async def _reopen(self, given: Given) -> UnfinishedMapping:
        """Return what is open, if it is what the page shows: another tab may have opened another sheet."""
        shown = given.get("sheet"), Path(given["like"]) if given.get("like") else None
        return self._opened if self._opened and self._opened_with == shown else await self._open(given)

    async def _columns(self, given: Given, progress: Progress) -> object:
        """Return what the screen shows at first: what was decided before, and what is suggested for the rest."""
        opened = await self._open(given)
        draft = read_draft(self._workspace)
        answers = {} if given["is_new"] else draft.answers if draft else self._saved_answers()
        known = self._with_shown(opened, answers | ({"form": given["form"]} if given.get("form") else {}))
        if given["is_new"] or not draft:  # a draft has been shown with what is suggested
            known = with_suggestions(known)
        changes = form_notes(known.basis, known.form) if given["is_new"] else self._form_changes(known)
        version = draft.version if draft else 0
        return {"changes": changes, "version": version, **columns_json.columns(opened, known)}

    async def _preview(self, given: Given, progress: Progress) -> object:
        """Save other answers, and return the fields with samples for them."""
        if not self._save_draft(given, given["answers"]):
            return {"is_outdated": True}
        opened = await self._reopen(given)
        return columns_json.preview(opened, self._with_shown(opened, given["answers"]))

    async def _decide(self, given: Given, progress: Progress) -> object:
        """Write the mapping if everything is decided. Answers to some questions are added to the saved ones."""
        if not given.get("is_more") and not self._save_draft(given, given["answers"]):
            return {"is_outdated": True}
        opened = await self._reopen(given)
        answers = {**self._saved_answers(), **given["answers"]} if given.get("is_more") else given["answers"]
        known = self._with_shown(opened, answers)
        missing = [question.title for question in blocking_questions(known)]
        if not missing and not self._workspace.state.exists():
            open_ = [columns_json.question_json(one) for one in known.open_questions if one.key.startswith("consent:")]
            link = next((one for one in known.basis.links if one.id == known.ids.get("link")), None)
            shown = f"{link.id} {', '.join(filter(None, (link.name, link.channel)))}" if link else ""
            choices = {"answers": answers, "open": open_, "like": given.get("like_id", ""), "link": shown}
            write_private(self._workspace.choices, json.dumps(choices))
            write_private(self._workspace.mapping, opened.text(known))
            write_draft(self._workspace, (read_draft(self._workspace) or Draft()).changed(given, answers))
            if known.sheet.name is not None:
                self._workspace.change(sheet=known.sheet.name)
        return {"missing": missing}

    def _save_draft(self, given: Given, answers: dict[str, Any]) -> bool:
        """Save the answers of a tab, unless another tab has changed them since; return whether they were saved."""
        draft = read_draft(self._workspace) or Draft()
        if draft.is_outdated(given):
            return False
        if not self._workspace.state.exists():
            write_draft(self._workspace, draft.changed(given, answers))
        return True

    def _with_shown(self, opened: UnfinishedMapping, answers: Given) -> Questionnaire:
        """Return the questionnaire with answers, and with the sheet of a workbook that the screen shows."""
        known = opened.questionnaire
        source = opened.tables[known.sheet.name].source
        sheet = {"sheet": known.sheet.name} if isinstance(source, Sheet) and source.others else {}
        return replace(known, answers={**sheet, **answers})

    def _saved_answers(self) -> dict[str, Any]:
        """Return the answers that were given in this workspace before."""
        path = self._workspace.choices
        found = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return dict(found.get("answers") or {})

    def _form_changes(self, known: Questionnaire) -> list[str]:
        """Return what has changed on the form since the mapping was made, here or in an earlier upload."""
        path, campaign = self._workspace.mapping, known.basis.ids["campaign"]
        if not path.exists():
            return form_notes(known.basis, known.form)
        return changes_since(mapping_to_start_from(path, campaign, self._workspace.folder), known.form)
