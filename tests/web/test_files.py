"""Files as people have them, and the same work on the page and on the command line."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tests.support.sandbox import serving
from tests.support.waiting import until
from tests.support.web import (
    PageServer,
    Watch,
    choose,
    decide,
    decide_columns,
    needs_chromium,
    outcome,
    send,
    serving_page,
)
from uploader.sandbox import SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.slow]

GERMAN = """\
Kontakte Herbst-Webinar;;;;
Stand: 28.11.2026;;;;

Vorname;Nachname;E-Mail;Telefon;Land
Jörg;Müller;joerg.mueller@example.com;030 23125001;Deutschland
Käthe;Groß;kaethe.gross@example.com;030 23125002;Deutschland
Zoë;Weiß;zoe.weiss@example;030 23125003;Deutschland
"""

MARKUP = """\
<b>First</b>,Last Name,Email,Notes
<script>alert(1)</script>,Smith,ada.smith@example.com,"<img src=x onerror=alert(2)>"
"{{ 7*7 }}",Jones,bob@example,"</textarea><script>alert(3)</script>"
"""

TIMES_AND_RUNS = ("upload_sent_at", "upload_run", "upload_lead_id")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    with serving_page(tmp_path_factory.mktemp("ui"), "--sandbox") as running:
        yield running


@pytest.fixture(scope="module")
def page(server: PageServer, browser: "Browser") -> Iterator["Page"]:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto(server.url)
    yield opened
    context.close()


def save(page: "Page", path: Path) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    download.value.save_as(path)
    return rows_of(path)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = file.read()
    delimiter = ";" if text.partition("\n")[0].count(";") > 5 else ","
    return list(csv.DictReader(text.splitlines(), delimiter=delimiter))


def without_times(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{name: cell for name, cell in row.items() if name not in TIMES_AND_RUNS} for row in rows]


def command(*words: object, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uploader", *map(str, words)],
        env={"PATH": "", "PYTHONPATH": str(ROOT), "UPLOADER_HOME": str(home), **variables},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_german_file_with_title_lines(page: "Page", server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "Kontakte März.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    page.goto(server.address + "/")
    decide_columns(page, file)
    assert page.get_by_role("columnheader").all_inner_texts()[:4] == ["Row", "Vorname", "Nachname", "E-Mail"]
    assert page.get_by_role("gridcell").all_inner_texts()[:3] == ["7", "Zoë", "Weiß"]
    send(page)
    assert outcome(page) == "2 accepted · 1 invalid"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    assert download.value.suggested_filename.startswith("Kontakte März.report")
    download.value.save_as(tmp_path / "report.csv")
    rows = rows_of(tmp_path / "report.csv")
    assert [(row["upload_row"], row["Nachname"], row["upload_outcome"]) for row in rows] == [
        ("5", "Müller", "accepted"),
        ("6", "Groß", "accepted"),
        ("7", "Weiß", "invalid"),
    ]


def test_workbook_has_a_workbook_as_its_report(page: "Page", server: PageServer) -> None:
    page.goto(server.address + "/")
    decide_columns(page, ROOT / "sample_data" / "leads.xlsx")
    send(page)
    assert outcome(page) == "286 accepted · 3 rejected · 10 invalid · 1 duplicate"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    assert download.value.suggested_filename.endswith(".xlsx")


def test_markup_is_shown_as_text(server: PageServer, page: "Page", tmp_path: Path) -> None:
    watch, file = Watch(), tmp_path / "<i>leads & 'more'.csv"
    file.write_text(MARKUP, encoding="utf-8")
    watch.follow(page, server.address)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(server.address + "/")
    choose(page, file)
    page.get_by_role("combobox", name="firstName").select_option("<b>First</b>")
    decide(page, source="<u>x</u>")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("combobox", name="Show").select_option("All rows")
    page.get_by_role("gridcell", name="<script>alert(1)</script>").wait_for()
    page.get_by_role("gridcell", name="</textarea><script>alert(3)</script>").dblclick()
    assert page.get_by_role("grid").get_by_role("textbox").input_value() == "</textarea><script>alert(3)</script>"
    page.keyboard.press("Escape")
    send(page)
    assert outcome(page) == "1 accepted · 1 invalid"
    assert page.get_by_role("heading", level=1).count() == 1
    assert dialogs == []
    assert watch.faults == []


def test_report_is_the_same_as_that_of_the_command_line(browser: "Browser", tmp_path: Path) -> None:
    file = ROOT / "sample_data" / "leads.csv"
    with serving(SandboxOptions()) as (_, url):
        variables = {**credentials(), "UPLOADER_BASE_URL": url}
        with serving_page(tmp_path / "page", **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            decide_columns(page, file)
            send(page)
            outcome(page)
            of_page = save(page, tmp_path / "of-page.csv")
            (mapping,) = (tmp_path / "page" / "workspaces").glob("*/mapping.yaml")
            home = tmp_path / "command"
            home.mkdir()
            report = tmp_path / "of-command.csv"
            command("upload", file, "--mapping", mapping, "--report", report, "--yes", home=home, **variables)
    assert without_times(of_page) == without_times(rows_of(report))


def test_report_fixed_in_a_spreadsheet_program_is_opened_here(browser: "Browser", tmp_path: Path) -> None:
    """And the reverse: a run of the page is known to the command line."""
    home = tmp_path / "home"
    home.mkdir()
    file, report = ROOT / "sample_data" / "leads.csv", tmp_path / "first.csv"
    with serving(SandboxOptions()) as (sandbox, url):
        variables = {**credentials(), "UPLOADER_BASE_URL": url}
        mapping = ROOT / "mappings" / "leads.yaml"
        command("upload", file, "-m", mapping, "--report", report, "--yes", home=home, **variables)
        sent = len(sandbox.received)
        report.write_text(report.read_text("utf-8-sig").replace("Grmany", "Germany"), "utf-8-sig")
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            assert page.get_by_role("link", name="Open report: leads.csv").count() == 1
            page.get_by_label("Choose a file").set_input_files(report)
            page.get_by_label("Campaign number").fill("44400")
            page.get_by_role("button", name="Continue").click()
            page.get_by_role("gridcell").first.wait_for()
            until(lambda: page.get_by_role("link", name="Continue: 4 of 14 are ready").count())
            send(page)
            assert outcome(page) == "286 accepted · 3 rejected · 10 invalid · 1 duplicate"
            assert len(sandbox.received) == sent + 1
        listed = command("runs", home=home, **variables).stdout
        assert listed.count("finished") == 2


def test_two_tabs_do_not_overwrite_each_other(page: "Page", server: PageServer, tmp_path: Path) -> None:
    page.goto(server.address + "/")
    file = tmp_path / "two.csv"
    valid = "".join(f"Cid,Brown,cid.{number}@example.com\n" for number in range(8))
    file.write_text(f"First Name,Last Name,Email\nAnn,Smith,ann@example\nBob,Jones,bob@example\n{valid}")
    decide_columns(page, file)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("gridcell").first.wait_for()
    for tab, old, new in ((page, "ann@example", "ann@example.com"), (other, "bob@example", "bob@example.com")):
        tab.get_by_role("gridcell", name=old, exact=True).dblclick()
        tab.keyboard.press("Control+A")
        tab.keyboard.type(new)
        tab.keyboard.press("Enter")
        if tab is page:
            until(lambda: page.get_by_role("link", name="Continue: 9 of 10").count())
    other.get_by_role("status").get_by_text("edited in another tab").wait_for()
    until(lambda: other.get_by_role("link", name="Continue: 9 of 10").count())
    other.get_by_role("gridcell", name="bob@example", exact=True).wait_for()
    other.close()
    page.reload()
    page.get_by_role("combobox", name="Show").select_option("All rows")
    page.get_by_role("gridcell", name="ann@example.com", exact=True).wait_for()
    assert page.get_by_role("gridcell", name="bob@example", exact=True).count() == 1
    assert page.get_by_role("gridcell", name="bob@example.com", exact=True).count() == 0


def test_paste_from_a_spreadsheet_program(page: "Page", server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "paste.csv"
    valid = "".join(f"Cid,Brown,cid.{number}@example.com\n" for number in range(8))
    file.write_text(f"First Name,Last Name,Email\nAnn,Smith,ann@example\nBob,Jones,bob@example\n{valid}")
    page.goto(server.address + "/")
    decide_columns(page, file)
    page.get_by_role("gridcell", name="Smith").click()
    pasted = 'O\'Brien "Al"\tann@example.com\n"Two\nlines ""quoted"""\tbob@example.com\n'
    page.evaluate("text => navigator.clipboard.writeText(text)", pasted)
    page.keyboard.press("Control+V")
    until(lambda: page.get_by_role("link", name="Continue: 10 of 10").count())
    assert page.get_by_role("gridcell", name='O\'Brien "Al"', exact=True).count() == 1
    page.get_by_role("gridcell", name="Two").dblclick()
    editor = page.get_by_role("grid").get_by_role("textbox")
    assert editor.input_value() == 'Two\nlines "quoted"'
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Z")
    until(lambda: page.get_by_role("link", name="Continue: 8 of 10").count())


def test_dropped_file_is_read_at_once(page: "Page", server: PageServer) -> None:
    page.goto(server.address + "/")
    page.get_by_label("Campaign number").fill("44400")
    text = (ROOT / "sample_data" / "tidy.csv").read_text("utf-8")
    dropped = page.evaluate_handle(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "tidy.csv", {type: "text/csv"}));
          return data;
        }""",
        text,
    )
    page.get_by_role("region", name="Drop a spreadsheet here").dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_role("combobox", name="email").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Match the columns of tidy.csv"


def test_rows_left_out_stay_out(page: "Page", server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "left-out.csv"
    people = "".join(f"Eve,Black,eve.{number}@example.com,Germany\n" for number in range(8))
    file.write_text(f"First Name,Last Name,Email,Country\nAnn,Smith,ann.smith@example.com,Grmany\n{people}")
    page.goto(server.address + "/")
    decide_columns(page, file)
    page.get_by_role("button", name="Leave out these rows: unknown country").click()
    page.get_by_role("button", name="Take these rows back").wait_for()
    send(page)
    assert outcome(page) == "8 accepted · 1 skipped"
    rows = save(page, tmp_path / "report.csv")
    assert [row["upload_row"] for row in rows if row["upload_outcome"] == "skipped"] == ["2"]


def test_rows_are_chosen_by_a_column_and_columns_by_an_earlier_mapping(
    page: "Page", server: PageServer, tmp_path: Path
) -> None:
    file = tmp_path / "status.csv"
    people = "".join(f"Cid,Brown,c.{number}@example.com,{'Yes' if number % 2 else 'No'}\n" for number in range(8))
    file.write_text(f"First Name,Last Name,Email,Qualified\n{people}")
    page.goto(server.address + "/")
    choose(page, file)
    decide(page, "136", "Spring fair")
    page.get_by_role("combobox", name="Only rows where").select_option("Qualified")
    page.get_by_role("textbox", name="Values, separated by commas").fill("yes, y")
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("link", name="Continue: 4 of 8 are ready").wait_for()
    send(page)
    assert outcome(page) == "4 accepted · 4 skipped"

    page.goto(server.address + "/")
    choose(page, file)
    page.get_by_role("combobox", name="Start from an earlier mapping").select_option(index=1)
    page.wait_for_url("**like=**")
    assert page.get_by_role("textbox", name="Fixed value for source").input_value() == "Spring fair"
    assert page.get_by_role("combobox", name="Link").input_value() == "136"
    assert page.get_by_role("combobox", name="Only rows where").input_value() == "Qualified"


def test_report_without_an_accepted_lead_is_shown(page: "Page", server: PageServer, tmp_path: Path) -> None:
    file = tmp_path / "rejected.csv"
    people = "".join(f"Fay,Green,fay.{number}@example.com,7\n" for number in range(3))
    file.write_text(f"First Name,Last Name,Email,Terms\n{people}")
    page.goto(server.address + "/")
    decide_columns(page, file)
    send(page)
    assert outcome(page) == "3 rejected"
    assert page.get_by_role("button", name="Wait for results").count() == 0
