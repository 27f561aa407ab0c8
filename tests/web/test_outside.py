"""What happens beside the usual way: slow answers, wrong drops, requests that no page makes, a job killed early."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.waiting import until
from tests.support.web import (
    PageServer,
    decide,
    decide_columns,
    needs_chromium,
    request,
    serving_page,
    session_of,
)
from uploader.web.workspace import About, Workspaces

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

LEADS = """\
First name,Last name,Email,Country,Opt in
Ann,Lee,ann@example,UK,yes
Bo,Ray,bo@example.com,UK,no
"""

MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
fields: {firstName: First name, lastName: Last name, email: Email, source: {value: Webinar}}
ignore: [Country, Opt in]
"""

REPORT = """\
Email,upload_run,upload_row,upload_outcome,upload_field,upload_reason,upload_hint,upload_lead_id,upload_time
ann@example.com,20261123-174501-3f9a,2,rejected,email,Invalid,Fix it,,2026-11-23T17:45:01Z
"""

# Drops files, given as names and texts, on the whole page.
DROP = """(files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  const fire = (kind) => document.body.dispatchEvent(
    new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer }));
  fire("dragover");
  return !fire("drop");
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving_page(tmp_path_factory.mktemp("home"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def cookie(server: PageServer) -> str:
    return session_of(server)


def post(server: PageServer, path: str, cookie: str, kind: str, body: str) -> int:
    headers = {"Cookie": cookie, "Origin": server.address, "Content-Type": kind}
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(server.address).port or 0, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", "x"), ("multipart/form-data; boundary=b", ""), ("multipart/form-data; boundary=b", "--b\r\nConte")],
)
def test_a_drop_that_is_no_form_is_no_error_of_the_server(
    server: PageServer, cookie: str, kind: str, body: str
) -> None:
    assert post(server, "/workspaces", cookie, kind, body) == 200


def test_deep_json_is_no_error_of_the_server(server: PageServer, cookie: str) -> None:
    workspace = Workspaces(server.home).create(About("deep.csv", is_sandbox=True))
    assert post(server, f"/w/{workspace.id}/cells", cookie, "application/json", "[" * 100_000) == 200


def test_outdated_edit_and_unreadable_rows_are_answered_as_json(server: PageServer, cookie: str) -> None:
    workspace = Workspaces(server.home).create(About("leads.csv", is_sandbox=True, campaign=44400))
    for name in ("rows", "problems"):
        status, headers, body = request(server, "GET", f"/w/{workspace.id}/{name}.json?view=all", Cookie=cookie)
        assert (status, headers["content-type"]) == (200, "application/json; charset=utf-8")
        assert json.loads(body)["error"]["message"]
    workspace.file.write_text(LEADS)
    workspace.mapping.write_text(MAPPING)
    edit = json.dumps({"version": "0-of-another-mapping", "cells": [[0, 2, "x"]]})
    assert post(server, f"/w/{workspace.id}/cells", cookie, "application/json", edit) == 409


def test_file_whose_job_was_killed_before_it_began_is_unfinished(tmp_path: Path) -> None:
    home = tmp_path / "home"
    workspace = Workspaces(home).create(About("early.csv", is_sandbox=True, campaign=44400))
    workspace.state.write_text(json.dumps({"number": 0, "phase": "preparing", "kind": "send", "run": None}))
    with serving_page(home, "--sandbox") as server:
        page = request(server, "GET", "/", Cookie=session_of(server))[2].decode()
    assert "Unfinished" in page
    assert "Continue: early.csv" in page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, browser: "Browser") -> Iterator["Page"]:
    with serving_page(tmp_path_factory.mktemp("page"), "--sandbox") as running:
        page = browser.new_page()
        page.goto(running.url)
        start(page)
        yield page


def start(page: "Page") -> None:
    """Open Start, and wait until its scripts have run."""
    where = urlsplit(page.url)
    page.goto(f"{where.scheme}://{where.netloc}/")


def status(page: "Page") -> str:
    return page.get_by_role("status").inner_text()


@needs_chromium
@pytest.mark.slow
def test_wrong_drops_are_refused(page: "Page", tmp_path: Path) -> None:
    start(page)
    page.evaluate(DROP, [["a.csv", LEADS], ["b.csv", LEADS]])
    assert "2 files were dropped. Drop one spreadsheet at a time." in status(page)
    page.goto(page.url + "runs")
    assert page.evaluate(DROP, [["a.csv", LEADS]]) is True  # else the browser would show the file in place of the page
    assert "drop it on Start" in status(page)


@needs_chromium
@pytest.mark.slow
def test_file_that_was_saved_after_it_was_chosen_is_named(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "saved.csv"
    file.write_text(LEADS)
    start(page)
    page.get_by_label("Choose a file").set_input_files(file)
    file.write_text(LEADS + "Cy,Day,cy@example.com,UK,yes\n")
    page.get_by_role("button", name="Continue").click()
    until(lambda: "saved.csv can't be read, or has changed" in status(page))
    assert page.get_by_role("button", name="Check the rows").count() == 0  # still on Start


@needs_chromium
@pytest.mark.slow
def test_file_without_rows_is_refused(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(LEADS.splitlines()[0] + "\n")
    start(page)
    page.evaluate(DROP, [[file.name, file.read_text()]])
    decide(page)
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_text("empty.csv has no rows below its header.").wait_for()
    assert page.get_by_role("link", name="Continue:").count() == 0


@needs_chromium
@pytest.mark.slow
def test_report_of_an_unknown_run_leads_back_to_start(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "leads.report.csv"
    file.write_text(REPORT)
    start(page)
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("did not send run").wait_for()
    page.get_by_role("link", name="Back to Start").click()
    page.get_by_role("heading", name="Send a spreadsheet of leads").wait_for()
    assert page.get_by_label("Choose a file").count() == 1


@needs_chromium
@pytest.mark.slow
def test_only_a_fields_own_select_begins_with_its_name(page: "Page", tmp_path: Path) -> None:
    start(page)
    page.evaluate(DROP, [["leads.csv", LEADS.replace("Country", "Phone,Country").replace("UK", "07700 900123,UK")]])
    page.get_by_role("combobox", name="Link").wait_for()
    for field in ("country", "optIn"):
        labels = page.locator("label").all_inner_texts()
        assert len([one for one in labels if one.casefold().startswith(field.casefold())]) == 1, labels


@needs_chromium
@pytest.mark.slow
def test_continue_waits_until_what_was_typed_is_saved(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "slow.csv"
    file.write_text(LEADS)
    start(page)
    decide_columns(page, file)
    held: list[Route] = []

    def hold(route: "Route") -> None:
        held.append(route)

    page.route("**/cells", hold)
    page.get_by_role("gridcell", name="ann@example", exact=True).dblclick()
    page.keyboard.type("ann@example.com")
    page.get_by_role("link", name="Continue:").click()
    until(lambda: page.wait_for_timeout(50) or held)
    page.wait_for_timeout(500)  # not waiting for anything: the page must still be there
    assert page.url.endswith("/rows")
    held[0].continue_()
    page.unroute("**/cells")
    page.get_by_role("heading", name="Send 2 leads").wait_for()
    page.get_by_role("link", name="Back to the rows").click()
    page.get_by_role("gridcell", name="ann@example.com", exact=True).wait_for()
    assert page.get_by_role("combobox", name="Show").input_value() == "all"


@needs_chromium
@pytest.mark.slow
def test_editor_takes_one_cell_of_excel_and_leaves_what_was_only_looked_at(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(b'First name,Last name,Email\r\n"A\r\nn",Lee,ann@example\r\nBo,Ray,bo@example.com\r\n')
    start(page)
    decide_columns(page, file)
    page.get_by_role("gridcell").nth(1).dblclick()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Undo").is_disabled()
    page.get_by_role("gridcell", name="ann@example", exact=True).dblclick()
    editor = page.get_by_role("grid", name="Rows").get_by_role("textbox")
    editor.evaluate(
        """(box) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "ann@example.com\\r\\n");
          box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    assert editor.input_value() == "ann@example.com"
    page.keyboard.press("Escape")


@needs_chromium
@pytest.mark.slow
def test_consent_is_asked_again_after_back_and_forward(page: "Page", tmp_path: Path) -> None:
    """A box that the browser ticks again would leave the buttons disabled."""
    file = tmp_path / "back.csv"
    file.write_text(LEADS)
    start(page)
    decide_columns(page, file)
    page.get_by_role("link", name="Continue:").click()
    box = page.get_by_role("checkbox", name="I confirm these leads may lawfully be shared")
    box.check()
    page.go_back()
    page.get_by_role("gridcell").first.wait_for()
    page.go_forward()
    until(lambda: not box.is_checked(), "the empty box")
    box.check()
    until(lambda: page.get_by_role("button", name="Send 1 lead").is_enabled(), "the enabled button")


@needs_chromium
@pytest.mark.slow
def test_rows_keep_their_number_when_the_grid_is_scrolled(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    more = [f"More {number}" for number in range(60)]  # of 40, none would be removed
    head, *rows = LEADS.splitlines()
    file.write_text("\n".join(",".join([line, *more]) for line in (head, *rows)))
    start(page)
    decide_columns(page, file)
    page.get_by_role("gridcell", name="ann@example", exact=True).click()
    page.keyboard.press("End")
    last = page.get_by_role("gridcell", name="More 59", exact=True)
    until(lambda: last.count() and last.first.get_attribute("tabindex") == "0", "scrolling")
    until(lambda: not page.get_by_role("gridcell", name="Ann", exact=True).count(), "the removal of hidden cells")
    first = page.get_by_role("row").filter(has=last).first.get_by_role("gridcell").first
    assert first.inner_text() == "2"
