"""A tour of the web page: every screen, in the order in which a user comes by."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.paths import ROOT
from tests.support.waiting import until
from tests.support.web import PageServer, choose, decide, outcome

if TYPE_CHECKING:
    from playwright.sync_api import Page

FILE = ROOT / "sample_data" / "leads.csv"


def tour(page: "Page", server: PageServer, file: Path = FILE) -> Iterator[str]:
    """Yield the name of each screen when it is shown."""
    page.goto(server.url)
    yield "start"
    choose(page, file)
    yield "columns"
    decide(page)
    until(lambda: "still need" not in page.locator("#missing").inner_text())
    yield "columns-decided"
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("gridcell").first.wait_for()
    page.get_by_role("listitem").first.wait_for()
    yield "rows"
    page.get_by_role("gridcell", name="joe@example", exact=True).dblclick()
    yield "rows-editing"
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Show").select_option("All rows")
    page.get_by_role("gridcell", name="2", exact=True).first.wait_for()
    yield "rows-all"
    page.get_by_role("link", name="Continue:").click()
    page.get_by_role("checkbox").check()
    page.evaluate("() => scrollTo(0, 0)")
    yield "confirm"
    page.get_by_role("button", name="Send 10 first").click()
    page.get_by_role("progressbar", name="Leads sent").wait_for()
    report = page.get_by_role("region", name="Outcome")
    until(lambda: page.get_by_text("accepted", exact=True).count() or report.count())
    yield "sending"
    outcome(page)
    yield "report"
    page.get_by_role("button", name="Wait for results").click()
    page.get_by_role("progressbar", name="Results").wait_for()
    yield "results"
    outcome(page)
    page.get_by_text("Validation results").wait_for()
    yield "report-with-results"
    for name, path in (("history", "/runs"), ("about", "/about"), ("start-with-runs", "/")):
        page.goto(server.address + path)
        yield name
