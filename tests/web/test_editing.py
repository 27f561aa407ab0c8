"""Editing as in a spreadsheet program, and leaving the page right after a click on Send."""

from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.support.waiting import until
from tests.support.web import Watch, chromium, decide, decide_columns, needs_chromium, outcome, send, serving_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_chromium, pytest.mark.slow]

LEADS = """\
First name,Last name,Email
Ann,Lee,ann@example
Bo,Ray,bo@example
Cy,Day,cy@example.com
"""


def message(page: "Page") -> str:
    return page.locator("#message").inner_text()


def status(page: "Page") -> str:
    return page.get_by_role("status").inner_text()


def test_enter_moves_down_and_what_was_sent_stays(tmp_path: Path) -> None:
    file, watch = tmp_path / "leads.csv", Watch()
    file.write_text(LEADS)
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        watch.follow(page, server.address)
        page.goto(server.url)
        decide_columns(page, file)
        go = page.get_by_role("link", name="Continue:")
        page.get_by_role("gridcell", name="ann@example", exact=True).click()
        page.keyboard.type("ann@example.com")
        page.keyboard.press("Enter")
        page.keyboard.type("bo@example.com")
        page.keyboard.press("Enter")
        until(lambda: go.inner_text() == "Continue: 3 of 3 are ready")
        page.keyboard.type("x")
        assert "last row" in status(page)
        assert page.get_by_role("gridcell", name="bo@example.com", exact=True).count() == 1
        go.click()
        page.get_by_role("checkbox", name="I confirm").check()
        with page.expect_request("**/send"):
            page.get_by_role("button", name="Send 3 leads").click()
        page.close()  # at once
        page = context.new_page()
        page.goto(server.address + "/")
        until(lambda: page.reload() and page.get_by_role("link", name="Open report: leads.csv").count(), "sending")
        page.get_by_role("link", name="Open report: leads.csv").first.click()
        assert outcome(page) == "3 accepted"
        assert watch.faults == []


def test_editor_opens_with_the_whole_text_and_escape_restores_it(tmp_path: Path) -> None:
    """What is typed replaces the text, as in a spreadsheet program: all of it is selected when the editor opens."""
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        decide_columns(page, file)
        cell = page.get_by_role("gridcell", name="ann@example", exact=True)
        editor = page.get_by_role("grid", name="Rows").get_by_role("textbox")
        for way in (cell.dblclick, lambda: page.keyboard.press("Enter"), lambda: page.keyboard.press("F2")):
            way()
            assert editor.input_value() == "ann@example"
            assert editor.evaluate("(one) => [one.selectionStart, one.selectionEnd]") == [0, len("ann@example")]
            page.keyboard.press("Escape")
            editor.wait_for(state="detached")
        page.evaluate(
            """() => document.getElementById("grid").addEventListener("beforeinput", (event) => {
              window.before = [event.target.value, event.data];
            }, true)"""
        )
        page.keyboard.type("x")
        assert page.evaluate("window.before") == ["ann@example", "x"]
        assert editor.input_value() == "x"
        page.keyboard.press("Control+A")
        page.keyboard.type("yz")
        assert editor.input_value() == "yz"
        page.keyboard.press("Escape")
        editor.wait_for(state="detached")
        cell.wait_for()
        assert page.get_by_role("button", name="Undo").is_disabled()


def test_accepted_row_is_not_edited(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        decide_columns(page, file)
        send(page)
        assert outcome(page) == "1 accepted · 2 invalid"
        page.get_by_role("button", name="Fix and send again").click()
        page.get_by_role("gridcell").first.wait_for()
        page.get_by_role("combobox", name="Show").select_option("All rows")
        page.get_by_role("gridcell", name="cy@example.com", exact=True).click()
        until(lambda: "Row 4 was accepted, and is never sent again." in message(page))
        page.keyboard.press("Control+A")
        assert page.evaluate("() => String(getSelection())") == ""
        page.keyboard.type("x")
        assert "Row 4 was accepted, and is never sent again." in status(page)
        assert "can't be edited" in status(page)


def test_wrong_campaign_keeps_the_file_and_drafts_can_be_deleted(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_label("Choose a file").set_input_files(file)
        page.get_by_label("Campaign number").fill("99999")
        page.get_by_role("button", name="Continue").click()
        page.get_by_text("The sandbox has campaign 44400.").wait_for()
        page.get_by_label("Campaign number").fill("44400")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("combobox", name="Link").wait_for()
        assert page.get_by_role("note", name="Left out").is_visible()
        page.goto(server.address + "/")
        page.get_by_role("button", name="Delete draft: leads.csv").click()
        page.get_by_role("dialog").get_by_role("button").first.click()
        until(lambda: page.get_by_role("link", name="Open draft:").count() == 0)
        assert [one for one in (server.home / "workspaces").iterdir() if one.is_dir()] == []


def test_grid_shows_current_rows_and_errors(tmp_path: Path) -> None:
    """A search again, rows that an undo brings back, and problems that can't be fetched after an edit that is saved."""
    file = tmp_path / "leads.csv"
    file.write_text(LEADS)
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        decide_columns(page, file)
        show = page.get_by_role("combobox", name="Show")
        page.get_by_role("button", name="Leave out").first.click()
        until(lambda: not page.get_by_role("button", name="Leave out").count())
        show.select_option("All rows")
        show.select_option("Rows to fix")
        page.get_by_text("No rows to show.").wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("gridcell", name="bo@example", exact=True).wait_for()
        show.select_option("All rows")
        page.get_by_role("searchbox", name="Search").fill("Dora")
        page.get_by_text("No rows to show.").wait_for()
        page.get_by_role("searchbox", name="Search").fill("")
        page.get_by_role("gridcell", name="Cy", exact=True).click()
        page.keyboard.type("Dora")
        page.keyboard.press("Enter")
        until(lambda: status(page) == "Saved.")
        page.get_by_role("searchbox", name="Search").fill("Dora")
        page.get_by_role("gridcell", name="Dora", exact=True).wait_for()
        until(lambda: page.get_by_role("gridcell", name="Bo", exact=True).count() == 0)
        page.route("**/cells", lambda route: route.abort())
        page.get_by_role("gridcell", name="Dora", exact=True).click()
        page.keyboard.type("Dorothy")
        page.keyboard.press("Enter")
        until(lambda: "The page's server does not answer." in status(page))
        page.get_by_role("gridcell", name="Dora", exact=True).wait_for()  # what is saved
        page.unroute("**/cells")
        page.route("**/problems.json", lambda route: route.abort())
        page.get_by_role("gridcell", name="Dora", exact=True).click()
        page.keyboard.type("Cyd")
        page.keyboard.press("Enter")
        until(lambda: "The page's server does not answer." in status(page))
        page.get_by_role("link", name="Continue:").click()
        page.wait_for_url("**/confirm")
        assert [name for name in ("Cyd", "Dora", "Dorothy") if name in page.content()] == ["Cyd"]


def test_warnings_of_the_condition_and_another_sheet_are_shown(tmp_path: Path) -> None:
    """A tab that shows a sheet which another tab has replaced gets the columns of the other sheet with its rows."""
    workbook = openpyxl.Workbook()
    for title, heading in (("May", "Status"), ("June", "Stage")):
        sheet = workbook.create_sheet(title)
        for row in (["First name", "Last name", "Email", heading], ["Ann", "Lee", "ann@example.com", "Qualified"]):
            sheet.append(row)
    del workbook["Sheet"]
    workbook.save(tmp_path / "leads.xlsx")
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        context = browser.new_context()
        page, other = context.new_page(), context.new_page()
        page.goto(server.url)
        decide_columns(page, tmp_path / "leads.xlsx")
        page.get_by_text("Every row is fine.").wait_for()
        other.goto(page.url.replace("/rows", "/columns"))
        other.get_by_role("combobox", name="Sheet").select_option("June")
        other.wait_for_url("**/columns")
        until(lambda: "Stage" in other.get_by_role("combobox", name="Only rows where").inner_text())
        decide(other)
        other.get_by_role("combobox", name="Only rows where").select_option("Stage")
        other.get_by_role("textbox", name="Values, separated by commas").fill("Qualifed")
        other.get_by_role("button", name="Check the rows").click()
        problems = other.get_by_role("region", name="Problems")
        problems.get_by_text("no row has 'Qualifed' in column 'Stage', but some have 'Qualified'.").wait_for()
        assert "The condition on Columns leaves out every row" in problems.inner_text()
        assert "Every row is fine." not in problems.inner_text()
        page.get_by_role("gridcell", name="Ann", exact=True).click()
        page.keyboard.type("Anna")
        page.keyboard.press("Enter")
        page.get_by_role("columnheader", name="Stage").wait_for()
        assert "The rows were edited in another tab meanwhile." in status(page)
        page.route("**/events?of=check", lambda route: route.abort())
        page.reload()
        page.get_by_role("status").filter(has_text="The page's server does not answer.").wait_for()
        page.unroute("**/events?of=check")
        page.get_by_role("columnheader", name="Stage").wait_for()
        until(lambda: not status(page))
        page.route(
            "**/problems.json", lambda route: route.fulfill(json={"error": {"message": "It failed.", "hint": ""}})
        )
        page.reload()
        page.locator("#failed").filter(has_text="It failed.").wait_for()
        assert not page.get_by_role("grid", name="Rows").is_visible()
