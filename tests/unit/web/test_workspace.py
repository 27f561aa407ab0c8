"""Workspaces: private folders whose names come from no one else."""

import os
import time
from pathlib import Path

import pytest

from tests.support.runs import a_run
from uploader.web.workspace import MAX_AGE, About, Workspaces, safe_name


def test_workspace_is_private_and_found_by_its_id(tmp_path: Path) -> None:
    workspaces = Workspaces(tmp_path)
    made = workspaces.create(About("leads.csv", is_sandbox=True, campaign=44400))
    assert {path.stat().st_mode & 0o777 for path in [made.folder, *made.folder.iterdir()] if path.is_dir()} == {0o700}
    found = workspaces.find(made.id)
    assert found
    assert found.about.campaign == 44400


@pytest.mark.parametrize("name", ["..", "../workspaces", "", "20261128-140211-3f9a00", "x" * 300, "a/b", "\0"])
def test_other_ids_are_not_found(tmp_path: Path, name: str) -> None:
    workspaces = Workspaces(tmp_path)
    workspaces.create(About("leads.csv", is_sandbox=True))
    (tmp_path / "workspaces" / "other").mkdir()
    assert workspaces.find(name) is None


def test_changed_facts_are_kept(tmp_path: Path) -> None:
    workspace = Workspaces(tmp_path).create(About("leads.csv", is_sandbox=True))
    workspace.change(run="20261128-140211-3f9a", is_seen=True)
    assert Workspaces(tmp_path).of_run(a_run("20261128-140211-3f9a")) == workspace


def test_link_of_a_report_has_the_name_of_the_first_upload(tmp_path: Path) -> None:
    workspaces = Workspaces(tmp_path)
    first = workspaces.create(About("leads.csv", is_sandbox=True))
    first.choices.write_text('{"link": "135 Autumn webinar"}', "utf-8")
    again = workspaces.create(About("leads.csv", is_sandbox=True, kind="report", link=first.named_link))
    assert [again.link_shown(link) for link in ("135", "136")] == ["135 Autumn webinar", "136"]
    assert again.named_link == first.named_link


def test_old_workspaces_are_removed(tmp_path: Path) -> None:
    workspaces = Workspaces(tmp_path)
    old, new = (workspaces.create(About("leads.csv", is_sandbox=True)) for _ in range(2))
    before = time.time() - MAX_AGE - 60
    for path in [*old.folder.rglob("*"), old.folder]:
        os.utime(path, (before, before))
    workspaces.remove_old(time.time())
    assert [one.id for one in workspaces] == [new.id]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("leads.csv", "leads.csv"),
        ("C:\\Users\\ann\\leads.xlsx", "leads.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("a\nb.csv", "a\ufffdb.csv"),
        ("...", "leads.csv"),
        pytest.param("a%22b%22%0A.csv", 'a"b"\ufffd.csv', marks=pytest.mark.skipif(os.name == "nt", reason="no name")),
        ("100%25.csv", "100%25.csv"),
        ("", "leads.csv"),
    ],
)
def test_names_of_dropped_files_are_made_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_long_names_are_cut_before_their_ending() -> None:
    name = safe_name("ü" * 300 + ".xlsx")
    assert name.endswith("ü.xlsx")
    assert len(os.fsencode(name)) <= 120
