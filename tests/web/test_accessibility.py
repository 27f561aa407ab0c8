"""Every screen, light and dark, wide and narrow, is clean by axe-core; and the whole way works by keyboard alone."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.tour import FILE, tour
from tests.support.waiting import until
from tests.support.web import Watch, chromium, needs_chromium, outcome, serving_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [needs_chromium, pytest.mark.slow]

GERMAN = """\
Kontakte Herbst-Webinar;;;;;
Stand: 28.11.2026;;;;;

Vorname;Nachname;E-Mail;Telefon;Land;Einwilligung
Jörg;Müller;joerg.mueller@example.com;030 23125001;Deutschland;ja
Käthe;Groß;kaethe.gross@example.com;030 23125002;Deutschland;nein
Zoë;Weiß;zoe.weiss@example;030 23125003;Deutschland;ja
"""

LONGEST = 300  # characters of an element in a message


def axe_script() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec
    assert spec.origin
    return (Path(spec.origin).parent / "axe.min.js").read_text("utf-8")


def violations(page: "Page", script: str) -> list[str]:
    page.evaluate(script)
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:LONGEST]}" for one in found["violations"] for node in one["nodes"]]


def sideways(page: "Page") -> int:
    """How far the page itself can be scrolled to the side: pixels."""
    found: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 800)])
def test_screens_are_clean(tmp_path: Path, scheme: Any, width: int) -> None:
    script, watch, faults = axe_script(), Watch(), {}
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        watch.follow(page, server.address)
        for name in tour(page, server):
            found = violations(page, script)
            if wide := sideways(page):
                found.append(f"{wide} pixels wider than the window")
            if found:
                faults[name] = found
    assert faults == {}
    assert watch.faults == []


def test_whole_way_by_keyboard(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_label("Choose a file").set_input_files(FILE)  # the dialog is the browser's own
        press_until(page, "Continue")
        page.keyboard.press("Enter")
        page.get_by_role("combobox", name="email").wait_for()
        press_until(page, "Link")
        page.keyboard.type("135")
        press_until(page, "source")
        page.keyboard.type("A fixed")
        press_until(page, "Fixed value for source")
        page.keyboard.type("Autumn webinar")
        press_until(page, "Check the rows")
        page.keyboard.press("Enter")
        page.get_by_role("gridcell").first.wait_for()
        press_until(page, "Fix 1 row: Grmany → Germany")
        page.keyboard.press("Enter")
        go = page.get_by_role("link", name="Continue:")
        until(lambda: go.inner_text() == "Continue: 290 of 300 are ready")
        until(lambda: page.evaluate("document.activeElement.closest('#problems') !== null"), "keeping the focus")
        press_until(page, "Cells:")
        for key in ("F2", "Enter"):
            page.keyboard.press(key)
            page.get_by_role("grid").get_by_role("textbox").wait_for()
            page.keyboard.press("Escape")
            page.get_by_role("grid").get_by_role("textbox").wait_for(state="detached")
        page.keyboard.type("beatrice@example.com")  # row 14 lacks its e-mail, and is where the grid begins
        page.keyboard.press("Enter")
        until(lambda: go.inner_text() == "Continue: 291 of 300 are ready")
        press_until(page, "Continue:")
        page.keyboard.press("Enter")
        page.get_by_role("checkbox").wait_for()
        press_until(page, "I confirm")
        page.keyboard.press("Space")
        press_until(page, "Send 291 leads")
        page.keyboard.press("Enter")
        assert outcome(page) == "288 accepted · 3 rejected · 8 invalid · 1 duplicate"


def test_german_file_by_keyboard(tmp_path: Path) -> None:
    file = tmp_path / "Kontakte März.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    with serving_page(tmp_path / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page()
        page.goto(server.url)
        page.get_by_label("Choose a file").set_input_files(file)
        press_until(page, "Continue")
        page.keyboard.press("Enter")
        page.get_by_role("combobox", name="email").wait_for()
        for name, typed in (
            ("Link", "135"),
            ("source", "A fixed"),
            ("Fixed value for source", "Herbst-Webinar"),
            ("In some rows", "leave"),
        ):
            press_until(page, name)
            page.keyboard.type(typed)
        until(lambda: page.locator("#missing").inner_text() == "", "deciding")
        press_until(page, "Check the rows")
        page.keyboard.press("Enter")
        page.get_by_role("gridcell").first.wait_for()
        go = page.get_by_role("link", name="Continue:")
        until(lambda: go.inner_text() == "Continue: 1 of 3 are ready")
        press_until(page, "Show these rows: 'zoe.weiss@example' is not an e-mail address")
        page.keyboard.press("Enter")
        until(lambda: page.evaluate("document.activeElement.closest('#grid') !== null"), "the focus in the grid")
        page.keyboard.press("F2")
        editor = page.get_by_role("grid").get_by_role("textbox")
        assert editor.input_value() == "zoe.weiss@example"
        page.keyboard.press("End")
        page.keyboard.type(".com")
        page.keyboard.press("Enter")
        until(lambda: go.inner_text() == "Continue: 2 of 3 are ready")
        press_until(page, "Continue:")
        page.keyboard.press("Enter")
        page.get_by_role("checkbox").wait_for()
        assert page.get_by_text("no consent").is_visible()
        press_until(page, "I confirm")
        page.keyboard.press("Space")
        press_until(page, "Send 2 leads")
        page.keyboard.press("Enter")
        assert outcome(page) == "2 accepted · 1 invalid"
        press_until(page, "Download report")
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        download.value.save_as(tmp_path / "report.csv")
    report = (tmp_path / "report.csv").read_text("utf-8-sig")
    assert "Zoë;Weiß;zoe.weiss@example.com" in report
    assert "no consent" in report


def press_until(page: "Page", name: str) -> None:
    """Press Tab until something with this name has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => {
              const one = document.activeElement;
              return one.getAttribute("aria-label") || (one.labels && one.labels[0] && one.labels[0].textContent)
                || one.textContent || "";
            }"""
        )
        if focused.strip().startswith(name):
            return
    raise AssertionError(f"Tab does not reach {name}")
