"""A worksheet follows its edits: problems, duplicates, rows left out, and what is sent."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.sandbox import serving
from uploader.commands.session import Session
from uploader.commands.worksheet import CheckedFile, check_file, quota_for
from uploader.config.load import load_settings
from uploader.core.model import Outcome
from uploader.ledger import open_ledger
from uploader.pipeline.inputs import UploadOptions
from uploader.pipeline.row_groups import group_rows
from uploader.pipeline.worksheet import LEAVE_OUT, Change
from uploader.sandbox import credentials
from uploader.web.edits import Edits
from uploader.web.events import QuietObserver

SHEET = """\
First Name,Last Name,Email,Country
Ann,Smith,ann@example.com,Grmany
Bob,Jones,bob@example,Germany
Cid,Brown,ann@example.com,Germany
Dan,White,dan@example.com,Grmany
"""
MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
fields:
  firstName: First Name
  lastName: Last Name
  email: Email
  country: {column: Country, transform: [country]}
  source: {value: Webinar}
"""
EMAIL, COUNTRY = 2, 3


@pytest_asyncio.fixture
async def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CheckedFile]:
    with serving() as (_, url):
        for name, value in {**credentials(), "UPLOADER_BASE_URL": url}.items():
            monkeypatch.setenv(name, value)
        file, mapping = tmp_path / "leads.csv", tmp_path / "map.yaml"
        file.write_text(SHEET)
        mapping.write_text(MAPPING)
        settings = load_settings()
        with open_ledger(settings.home) as ledger:
            session = Session(settings, QuietObserver())
            yield await check_file(UploadOptions(file, mapping), session, ledger, lambda rows: None)


async def test_check_finds_problems_and_suggestions(checked: CheckedFile) -> None:
    sheet = checked.sheet
    assert (sheet.ready, sheet.to_fix()) == (1, [0, 1, 3])
    groups = {group.message.partition(":")[0]: group for group in group_rows(sheet)}
    country = groups["country (column 'Country')"]
    assert country.fix == (COUNTRY, "Grmany", "Germany")
    assert country.places == [0, 3]
    assert groups["email (column 'Email')"].columns == [EMAIL]


async def test_edits_are_checked_again_and_undone(checked: CheckedFile) -> None:
    sheet = checked.sheet
    back = sheet.apply([Change(1, EMAIL, "bob@example.com")])
    assert sheet.ready == 2
    assert sheet.apply(back) == [Change(1, EMAIL, "bob@example.com")]
    assert (sheet.ready, sheet.cells[EMAIL][1]) == (1, "bob@example")


async def test_fixed_row_makes_a_later_one_a_duplicate(checked: CheckedFile) -> None:
    sheet = checked.sheet
    (group,) = [group for group in group_rows(sheet) if group.fix]
    sheet.apply(group.fixing(sheet))
    assert [sheet.state(place).outcome for place in range(4)] == ["unsent", "invalid", "duplicate", "unsent"]
    assert sheet.state(2).reason == "the same lead as row 2 of this file"
    sheet.apply([Change(0, LEAVE_OUT, "yes")])
    assert [sheet.state(place).outcome for place in range(4)] == ["skipped", "invalid", "unsent", "unsent"]


async def test_cells_beyond_the_sheet_are_ignored(checked: CheckedFile) -> None:
    assert checked.sheet.apply([Change(99, 0, "x"), Change(0, 99, "x")]) == []


async def test_written_rows_are_a_report_that_retry_sends(checked: CheckedFile, tmp_path: Path) -> None:
    sheet = checked.sheet
    sheet.apply([Change(0, COUNTRY, "Germany"), Change(3, LEAVE_OUT, "yes")])
    outcomes = [row[:2] for row in sheet.rows_to_send()]
    assert outcomes == [["2", "unsent"], ["3", "invalid"], ["4", "unsent"], ["5", "skipped"]]
    checked.write(tmp_path / "work.csv")
    assert (tmp_path / "work.csv").read_text("utf-8-sig").startswith("upload_row,upload_outcome,")


async def test_edits_survive_and_can_be_redone(checked: CheckedFile, tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    edits = Edits(path, checked.sheet, "map")
    edits.add("one", [Change(1, EMAIL, "bob@example.com")])
    edits.add("two", [Change(0, COUNTRY, "Germany")])
    edits.undo()
    assert (edits.count, edits.undo_label, edits.redo_label) == (3, "one", "two")
    checked.sheet.apply([Change(1, EMAIL, "bob@example")])  # as the file has it
    again = Edits(path, checked.sheet, "map")
    assert (again.count, again.undo_label, again.redo_label) == (3, "one", "two")
    assert checked.sheet.cells[EMAIL][1] == "bob@example.com"
    again.redo()
    assert checked.sheet.cells[COUNTRY][0] == "Germany"
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 4


async def test_quota_says_what_is_left(checked: CheckedFile) -> None:
    settings = load_settings()
    with open_ledger(settings.home) as ledger:
        quota = quota_for(6_000, settings, ledger)
    assert quota.left
    assert quota.left[1] == 3_000
    assert quota.seconds >= 300


async def test_outcomes_before_sending_are_known_words(checked: CheckedFile) -> None:
    assert {checked.sheet.state(place).outcome for place in range(4)} <= {*Outcome}


async def test_edits_of_another_process_are_seen(checked: CheckedFile, tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    ours, theirs = Edits(path, checked.sheet, "map"), Edits(path, checked.sheet, "map")
    theirs.add("one", [Change(1, EMAIL, "bob@example.com")])
    assert ours.count == 0
    ours.catch_up()
    assert (ours.count, ours.undo_label) == (1, "one")
    ours.catch_up()
    assert ours.count == 1


async def test_edits_of_other_rows_are_put_aside(checked: CheckedFile, tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    Edits(path, checked.sheet, "map").add("one", [Change(1, EMAIL, "bob@example.com")])
    checked.sheet.cells[0][0] = "another sheet's cell"
    assert Edits(path, checked.sheet, "map").count == 0
    assert not path.exists()


async def test_edit_after_a_torn_line_is_a_line_of_its_own(checked: CheckedFile, tmp_path: Path) -> None:
    """A line that a full disk has cut is not the beginning of the next one."""
    path = tmp_path / "edits.jsonl"
    Edits(path, checked.sheet, "map").add("one", [Change(1, EMAIL, "bob@example.com")])
    with path.open("ab") as file:
        file.write(b'{"label": "tw')
    checked.sheet.cells[EMAIL][1] = "bob@example"  # as the file has it
    Edits(path, checked.sheet, "map").add("three", [Change(0, COUNTRY, "Germany")])
    checked.sheet.cells[EMAIL][1], checked.sheet.cells[COUNTRY][0] = "bob@example", "Grmany"
    again = Edits(path, checked.sheet, "map")
    assert (again.count, again.undo_label) == (2, "three")
    assert [json.loads(line)["label"] for line in path.read_text().splitlines()] == ["one", "three"]


async def test_version_tells_edits_rows_and_mapping(checked: CheckedFile, tmp_path: Path) -> None:
    path = tmp_path / "edits.jsonl"
    versions = {Edits(path, checked.sheet, mapping).version for mapping in ("map", "another")}
    for text in ("x", "y"):  # as many edits, but others
        edits = Edits(path, checked.sheet, "map")
        edits.add("one", [Change(1, EMAIL, text)])
        versions.add(edits.version)
        edits.undo()
        path.unlink()
    assert Edits(path, checked.sheet, "map").version in versions
    checked.sheet.cells[0][0] = "another sheet's cell"
    versions.add(Edits(path, checked.sheet, "map").version)
    assert len(versions) == 5
