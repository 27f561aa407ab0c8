"""Unknown rows on the screen Report: an export of the campaign's leads decides about them, and who decided is kept."""

import csv
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import serving
from tests.support.waiting import until
from tests.support.web import Watch, decide_columns, needs_chromium, outcome, send, serving_page
from uploader.sandbox import Sandbox, SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.slow]

LEADS = 12


def write_export(path: Path, sandbox: Sandbox) -> Path:
    """Write the campaign's leads as the platform exports them, with a line that can't be read."""
    now = datetime.now(UTC)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "Email", "createdTs"])
        rows.writerow(["###", "cut.off@example.com", f"{now:%Y-%m-%d %H:%M:%S}"])
        for lead in sandbox.received:
            rows.writerow([lead.lead_id, dict(lead.fields)["email"], f"{now:%Y-%m-%d %H:%M:%S}"])
    return path


def choose_export(page: "Page", file: Path, answer: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import an export…").click()
    chooser.value.set_files(file)
    question = page.get_by_role("dialog")
    question.get_by_text(f"Record the rows whose leads are in {file.name} as accepted?").wait_for()
    question.get_by_role("button", name=answer).click()


def test_export_is_imported_after_a_question(tmp_path: Path, browser: "Browser") -> None:
    file, watch = tmp_path / "people.csv", Watch()
    people = "".join(f"Ann,Smith {number},ann.{number}@example.com\n" for number in range(LEADS))
    file.write_text(f"First Name,Last Name,Email\n{people}", "utf-8")
    with (
        serving(SandboxOptions(empty_fields=99, faults="store-close@3-4,close@7")) as (sandbox, url),
        serving_page(tmp_path / "home", **credentials(), UPLOADER_BASE_URL=url) as server,
    ):
        page = browser.new_page()
        watch.follow(page, server.address)
        page.goto(server.url)
        decide_columns(page, file)
        send(page)
        assert outcome(page) == "9 accepted · 3 unknown"
        rows = page.get_by_role("table", name="Unknown rows").get_by_role("row")
        assert "@example.com" in rows.nth(1).inner_text()
        export = write_export(tmp_path / "leads of the campaign.csv", sandbox)
        choose_export(page, export, "Cancel")
        assert rows.count() == 4
        choose_export(page, export, "Yes")
        until(lambda: rows.count() == 2, "two of three found")
        said = page.get_by_role("status").inner_text()
        assert said.startswith("Found and recorded as accepted: row ")
        assert "leads of the campaign.csv has 1 row whose id, e-mail or time can't be read" in said
        assert outcome(page) == "11 accepted · 1 unknown"
        assert page.get_by_text(f"found in leads of the campaign.csv ({getpass.getuser()}, ").count()
        assert not list((server.home / "workspaces").rglob("leads of the campaign.csv"))

        page.get_by_role("link", name="History").click()
        page.get_by_role("button", name="Write the report again: people.csv").click()
        page.get_by_role("status").get_by_text("The report was written again.").wait_for()
        assert outcome(page) == "11 accepted · 1 unknown"
    assert watch.faults == []
