"""Choices on the screen Columns that were not confirmed yet: they outlive the tab and the server."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.files import people, write_csv
from tests.support.waiting import until
from tests.support.web import PageServer, Watch, choose, chromium, decide, needs_chromium, serving_page
from uploader.web.columns_draft import read_draft
from uploader.web.workspace import Workspaces

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_chromium, pytest.mark.slow]


def kept(server: PageServer) -> dict[str, object]:
    """Return the answers that the server has kept."""
    (workspace,) = Workspaces(server.home)
    draft = read_draft(workspace)
    return draft.answers if draft else {}


def shown(page: "Page") -> tuple[str, str, str]:
    """Return the link, the source of a field, and its fixed value."""
    page.get_by_role("combobox", name="Link").wait_for()
    return (
        page.get_by_role("combobox", name="Link").input_value(),
        page.get_by_role("combobox", name="source").input_value(),
        page.locator("#fixed-source").input_value(),
    )


def test_choices_outlive_the_tab_and_the_server(tmp_path: Path) -> None:
    with chromium() as browser:
        with serving_page(tmp_path / "home", "--sandbox") as server:
            page = browser.new_page()
            page.goto(server.url)
            choose(page, write_csv(tmp_path / "leads.csv", people(3)))
            decide(page, "136", "Fair")
            page.close()
            until(lambda: kept(server).get("field:source") == {"value": "Fair"}, "keeping what was typed")
            server.kill()
        with serving_page(tmp_path / "home", "--sandbox") as server:
            page, watch = browser.new_page(), Watch()
            watch.follow(page, server.address)
            page.goto(server.url)
            page.get_by_role("link", name="Open draft: leads.csv").click()
            assert shown(page) == ("136", "fixed", "Fair")
            page.get_by_role("button", name="Check the rows").click()
            page.get_by_role("gridcell").first.wait_for()
            assert watch.faults == []


def test_change_in_a_tab_that_shows_older_choices_is_refused(tmp_path: Path) -> None:
    with chromium() as browser, serving_page(tmp_path / "home", "--sandbox") as server:
        context = browser.new_context()
        first, second, watch = context.new_page(), context.new_page(), Watch()
        watch.follow(first, server.address)
        first.goto(server.url)
        choose(first, write_csv(tmp_path / "leads.csv", people(3)))
        second.goto(first.url)
        second.get_by_role("combobox", name="Link").select_option("136")
        until(lambda: kept(server).get("link") == 136, "keeping the choice")
        first.get_by_role("combobox", name="Link").select_option("135")
        first.get_by_role("status").filter(has_text="The columns were changed in another tab meanwhile.").wait_for()
        assert shown(first)[0] == "136"
        first.get_by_role("combobox", name="Link").select_option("135")
        until(lambda: kept(server).get("link") == 135, "keeping the choice")
        second.get_by_role("button", name="Check the rows").click()
        second.get_by_role("status").filter(has_text="The columns were changed in another tab meanwhile.").wait_for()
        assert shown(second)[0] == "135"
        assert watch.faults == []
