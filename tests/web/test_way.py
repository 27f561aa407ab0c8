"""The whole way in a real browser, from the file to the report."""

from pathlib import Path

from tests.support.paths import ROOT
from tests.support.waiting import until
from tests.support.web import Watch, chromium, decide_columns, needs_chromium, outcome, send, serving_page


@needs_chromium
def test_from_file_to_report_and_again(tmp_path: Path) -> None:
    watch = Watch()
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        watch.follow(page, server.address)
        page.goto(server.url)
        assert page.get_by_role("banner").get_by_text("Sandbox").is_visible()
        decide_columns(page, ROOT / "sample_data" / "leads.csv")
        assert page.get_by_role("grid", name="Rows").is_visible()
        status = page.get_by_role("status")
        go = page.get_by_role("link", name="Continue:")
        assert go.inner_text() == "Continue: 289 of 300 are ready"
        page.get_by_role("button", name="Fix 1 row: Grmany → Germany").click()
        until(lambda: go.inner_text() == "Continue: 290 of 300 are ready")
        page.get_by_role("gridcell", name="joe@example", exact=True).dblclick()
        editor = page.get_by_role("grid", name="Rows").get_by_role("textbox")
        assert editor.input_value() == "joe@example"
        page.keyboard.press("Control+A")
        page.keyboard.type("joe@example.com")
        page.keyboard.press("Enter")
        until(lambda: go.inner_text() == "Continue: 291 of 300 are ready")
        assert status.inner_text() == "Saved."
        page.get_by_role("button", name="Undo").click()
        until(lambda: status.inner_text() == "Undone: edit.")
        until(lambda: go.inner_text() == "Continue: 290 of 300 are ready")
        page.get_by_role("button", name="Redo").click()
        until(lambda: go.inner_text() == "Continue: 291 of 300 are ready")
        send(page)
        assert outcome(page) == "288 accepted · 3 rejected · 8 invalid · 1 duplicate"
        page.get_by_role("button", name="Fix and send again").click()
        page.get_by_role("gridcell").first.wait_for()
        assert go.inner_text() == "Continue: 3 of 11 are ready"
        go.click()
        assert page.get_by_text("135 Autumn webinar, Email").is_visible()
        assert page.get_by_role("main").inner_text().count("289") == 1
        page.get_by_role("button", name="Leave these rows out: optIn").click()
        page.get_by_role("heading", name="Send 1 lead to").wait_for()
        assert status.inner_text() == "2 rows were left out. Undo on Rows takes them back."
        assert page.get_by_role("button", name="Leave these rows out").count() == 0
        page.get_by_role("link", name="Start").click()
        page.get_by_label("Choose a file").set_input_files(ROOT / "sample_data" / "tidy.csv")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Check the rows").click()
        until(lambda: status.inner_text().startswith("You still need to set: source"))
        assert watch.faults == []
        workspaces = server.home / "workspaces"
        assert [path for path in workspaces.rglob("*") if path.stat().st_mode & 0o077] == []
