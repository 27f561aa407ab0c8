"""Which choices on the screen Columns are kept: those of the last tab that has seen the ones before."""

from pathlib import Path
from typing import Any

from uploader.web.columns_draft import Draft, read_draft, remove_draft, write_draft
from uploader.web.workspace import Workspace

ONE, TWO = {"link": 135}, {"link": 136}


def change(tab: str, version: int, number: int, **more: Any) -> dict[str, Any]:
    return {"tab": tab, "version": version, "number": number, **more}


def test_draft_is_read_as_it_was_written_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    assert read_draft(workspace) is None
    draft = Draft().changed(change("a", 0, 1, sheet="Leads", like_id="x"), ONE)
    write_draft(workspace, draft)
    assert read_draft(workspace) == draft == Draft(ONE, "Leads", "x", 1, "a", 1)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    remove_draft(workspace)
    assert read_draft(workspace) is None


def test_tab_that_has_not_seen_the_change_of_another_is_outdated() -> None:
    first = Draft().changed(change("a", 0, 1), ONE)
    assert first.is_outdated(change("b", 0, 1))
    assert not first.is_outdated(change("b", 1, 1))
    second = first.changed(change("b", 1, 1), TWO)
    assert second.is_outdated(change("a", 0, 2))


def test_tab_need_not_wait_for_the_version_of_its_own_change() -> None:
    draft = Draft().changed(change("a", 0, 1), ONE).changed(change("a", 0, 2), TWO)
    assert not draft.is_outdated(change("a", 0, 3))
    assert draft.answers == TWO


def test_change_that_a_later_one_of_its_tab_has_overtaken_is_left_out() -> None:
    draft = Draft().changed(change("a", 0, 2), TWO)
    assert draft.changed(change("a", 0, 1), ONE) == draft
