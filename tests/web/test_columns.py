"""The screen Columns in a real browser: questions, a form that has changed, and wide sheets."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import until
from tests.support.web import PageServer, Watch, choose, decide, needs_chromium, serving_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.slow]

ROWS = [
    f"Ann{at},Lee,p{at}@example.com,07700 90012{at},0{at + 3}/04/2026,{'no' if at == 1 else 'yes'}" for at in range(6)
]
ASKING = "\n".join(["First name,Last name,Email,Phone,Event date,Opt in", *ROWS, "Test,Lee,t@example.com,,,yes"])
LONG = "what do you think about <script>alert(1)</script> & our very long and winding product names"
WIDE = "\n".join(
    ",".join(["First name", "Last name", "Email", *(f"Question {at}: {LONG}" for at in range(57))][:60])
    if row == 0
    else ",".join([f"Ann{row}", "Lee", f"p{row}@example.com", *(f"<b>answer</b> {'long ' * 20}" for _ in range(57))])
    for row in range(30)
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving_page(tmp_path_factory.mktemp("ui"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def page(server: PageServer, browser: "Browser") -> Iterator["Page"]:
    opened = browser.new_page(viewport={"width": 800, "height": 800})
    watch = Watch()
    watch.follow(opened, server.address)
    opened.goto(server.url)
    yield opened
    assert watch.faults == []


def drop(page: "Page", server: PageServer, file: Path, text: str) -> None:
    file.write_text(text)
    page.goto(server.address + "/")
    choose(page, file)
    decide(page, source="Fair")


def check_rows(page: "Page") -> None:
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("gridcell").first.wait_for()


def missing(page: "Page") -> str:
    return page.locator("#missing").inner_text()


def test_questions_are_asked_where_they_are_decided(page: "Page", server: PageServer, tmp_path: Path) -> None:
    drop(page, server, tmp_path / "leads.csv", ASKING)
    until(lambda: missing(page).startswith("You still need to set: eventDate format."))
    assert "Rows without it are sent until you decide." in missing(page)
    page.get_by_role("button", name="Check the rows").click()
    until(lambda: page.get_by_role("status").inner_text().startswith("You still need to set: eventDate format."))
    question = page.get_by_role("combobox", name="which is the day and which the month?")
    until(lambda: question.evaluate("(one) => one === document.activeElement"), "the focus on what is missing")
    question.select_option("31/12/2026 (day, month, year)")
    page.get_by_role("combobox", name="6 numbers have no country code").select_option("United Kingdom")
    page.get_by_text("(+44)07700900120").wait_for()
    until(lambda: missing(page).startswith("Undecided: optIn consent."))
    check_rows(page)
    go = page.get_by_role("link", name="Continue:")
    until(lambda: go.inner_text() == "Continue: 7 of 7 are ready")
    page.get_by_role("button", name="Leave these rows out: optIn consent").click()
    until(lambda: go.is_visible() and go.inner_text() == "Continue: 6 of 7 are ready")
    until(lambda: page.get_by_role("button", name="Leave these rows out:").count() == 0)
    go.click()
    page.get_by_role("heading", name="The platform may accept these leads").wait_for()
    assert page.get_by_text("135 Autumn webinar, Email").is_visible()
    page.get_by_role("button", name="Leave these rows out").click()
    until(lambda: go.is_visible() and go.inner_text() == "Continue: 5 of 7 are ready")
    page.get_by_role("link", name="Columns").click()
    assert page.get_by_role("checkbox", name="Leave out rows that the platform").is_checked()
    assert "day, month, year" in page.get_by_role("combobox", name="How its dates are written").inner_text()


def test_changed_form_is_noticed(page: "Page", server: PageServer, tmp_path: Path) -> None:
    drop(page, server, tmp_path / "leads.csv", ASKING)
    page.get_by_role("combobox", name="which is the day").select_option(index=1)
    check_rows(page)
    mapping = max((server.home / "workspaces").glob("*/mapping.yaml"))
    text = mapping.read_text("utf-8")
    mapping.write_text(text.replace('city: ""', 'fax: ""').replace("source: required hidden", 'source: ""'), "utf-8")
    assert page.get_by_role("region", name="The form has changed").count() == 0
    page.get_by_role("link", name="Columns").click()
    notice = page.get_by_role("region", name="The form has changed")
    notice.get_by_role("listitem").first.wait_for()
    shown = notice.get_by_role("listitem").all_inner_texts()
    assert any(one.startswith("New on the form") and "city" in one for one in shown)
    assert any(one.startswith("Removed from the form") and "fax" in one for one in shown)
    assert any(
        one.startswith("Changed on the form") and "source is required hidden, it was optional" in one for one in shown
    )


def test_wide_sheet_fits_on_a_narrow_screen(page: "Page", server: PageServer, tmp_path: Path) -> None:
    drop(page, server, tmp_path / "<b>wide.csv", WIDE)
    until(lambda: page.get_by_text("57 columns are not used").is_visible())
    width = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) == 0
    table = page.get_by_role("table", name="Form fields")
    assert table.evaluate("(one) => one.scrollWidth <= one.parentElement.clientWidth")
    page.get_by_text("57 columns are not used").click()
    assert page.get_by_role("listitem").filter(has_text="Question 0:").inner_text() == f"Question 0: {LONG}"
    assert page.evaluate(width) == 0
    check_rows(page)
    assert page.evaluate(width) == 0
