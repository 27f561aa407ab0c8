"""The HTML report shows the numbers of the run, whatever a cell contains, and loads nothing."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.files import MAPPING, people, write_csv
from tests.support.html import Page
from tests.support.ledger_file import query_ledger
from uploader.ledger import open_ledger
from uploader.report import ReportContext, ReportStatistics, write_html_page
from uploader.report.html_page import COPY_SCRIPT, MARK, headline
from uploader.report.timeline import BUCKETS, Timeline

NASTY = '<script>alert(1)</script>&amp; "it\'s"'
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def mixed_run(command, platform, monkeypatch) -> tuple[Page, dict, Path]:
    """400 leads, of which some are refused, invalid, duplicate or unknown, and a campaign that closes before the end;
    then their results."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    platform(faults="400@20-29,close@60,403fulfilled@300", result_delay=0)
    more = "  country: {column: Company, allowed: [United Kingdom, Germany]}\n  city: {value: Bonn}\n"
    more += "  jobTitle: {value: Editor}\n"
    Path("map.yaml").write_text(MAPPING.replace("  companyName: Company\n", more))
    rows = people(400)
    for number, row in enumerate(rows):
        row[4] = "UK" if number % 9 == 0 else "Germany"
        row[0] = "Test" if number % 17 == 1 else "Anna"
    rows[5][1] = NASTY
    rows[7][2] = f"{NASTY}@example.com"
    rows[8][2] = rows[1][2]
    leads = write_csv(Path("leads.csv"), rows)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "report.csv", "--wait-results", "--json")
    return Page(Path("report.html").read_text("utf-8")), json.loads(ran.out), Path("report.html")


@pytest.mark.slow
def test_numbers_match_the_run(mixed_run) -> None:
    page, printed, path = mixed_run
    counts = {word: page.count(word) for word in printed["counts"] if word != "invalid"}
    assert counts == {word: count for word, count in printed["counts"].items() if word != "invalid"}
    assert printed["counts"]["accepted"] > 200
    assert f"{printed['counts']['accepted']:,} of 400 leads were accepted" in page.text
    assert f" valid {printed['results']['valid']} " in page.text
    assert f" invalid {printed['results']['invalid']} " in page.text
    assert f" invalid {printed['counts']['invalid']} " in page.text
    for words in (
        "The run stopped before the end.",
        "Campaign is fulfilled",
        f"uploader resolve {printed['run']} --rows",
        "uploader retry report.csv",
        "'UK' is not in the mapping's list; did you mean United Kingdom?",
        "values: {UK: United Kingdom}",
        "The word test was found in field - firstName",
        printed["run"],
        "44400",
        "Consent to send --yes",
    ):
        assert words in page.text, words
    assert path.read_text("utf-8").startswith(f"<!DOCTYPE html>\n{MARK}")


@pytest.mark.slow
def test_cells_are_only_text_in_the_page(mixed_run) -> None:
    page, _, path = mixed_run
    scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", path.read_text("utf-8"), re.DOTALL)
    assert scripts == [COPY_SCRIPT]  # and the page's policy allows only that
    digest = base64.b64encode(hashlib.sha256(COPY_SCRIPT.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in path.read_text("utf-8")
    assert "alert(1)" in page.text
    assert [source for source in page.sources if not source.startswith("data:")] == []
    assert re.search(r"url\(|@import|https?://(?!www\.w3\.org)", path.read_text("utf-8")) is None


def test_rows_are_listed_with_name_and_email(command, platform, monkeypatch) -> None:
    """In every page of an upload; what --no-names turns off stays off in later pages of it."""
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    platform(faults="400@2-3,400@5-9", result_delay=0)
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), [*people(3), ["<b>Ann</b>", "Lee", "ann@example", "", ""]])
    for flags, shown in (["--report", "r.csv"], True), (["--report", "s.csv", "--no-names"], False):
        command("upload", leads, "-m", "map.yaml", "--allow-duplicates", *flags)
        page = Path(flags[1]).with_suffix(".html")
        seen = [page.read_text("utf-8")]
        for verb in (["results", flags[1]], ["retry", flags[1], "--report", flags[1], "--allow-duplicates"]):
            command(*verb)
            seen.append(page.read_text("utf-8"))
        for text in seen:
            assert ("ann.1@example.com" in text) == shown
            assert ("&lt;b&gt;Ann&lt;/b&gt; Lee ann@example" in text) == shown
            assert "<b>Ann" not in text


def test_html_report_is_named_and_can_be_turned_off(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(2))
    assert "HTML report: one.html" in command("upload", leads, "-m", "map.yaml", "--report", "one.csv").out
    assert "All 2 leads were accepted." in Page(Path("one.html").read_text("utf-8")).text
    assert command("check", leads, "-m", "map.yaml", "--report", "two.csv", "--no-page").code == 0
    assert not Path("two.html").exists()
    command("check", leads, "-m", "map.yaml", "--report", "three.csv", "--allow-duplicates")
    assert "2 of 2 leads would be sent. Nothing was sent." in Page(Path("three.html").read_text("utf-8")).text


CONTROL = "\x1b[31m\x00\x07\r\x85\x9b\u202e\u2066\u200f\u2028"


def test_no_control_character_reaches_the_page(tmp_path: Path) -> None:
    """From the file's name, a header, a cell, the platform, the form, the person who sent it."""
    statistics = ReportStatistics()
    row = ["2", "rejected", f"'{CONTROL}' refused", f"hint {CONTROL}", CONTROL, *[""] * 8]
    row[-2:] = ["invalid", f"reason {CONTROL}"]
    row[-4] = f"run{CONTROL}"
    list(statistics.counting([row]))
    fixes = {f"field{CONTROL}": f"values: {{{CONTROL}: x}}"}
    about = ReportContext(
        Path(f"leads{CONTROL}.csv"), tmp_path / "r.csv", stopped=CONTROL, form_name=CONTROL, fixes=fixes
    )
    text = write_html_page(statistics, about).read_text("utf-8")
    assert [char for char in CONTROL if char in text and char.isprintable() is False] == []
    assert "[31m" in text


def test_html_file_of_another_program_is_not_overwritten(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    Path("one.html").write_text("mine")
    leads = write_csv(Path("leads.csv"), people(1))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "one.csv")
    assert Path("one.html").read_text() == "mine"
    assert "HTML report: one-2.html" in ran.out


def test_headline_counts_outcomes_in_one_sentence() -> None:
    assert headline({"accepted": 3}, is_check=False) == "All 3 leads were accepted."
    printed = headline({"accepted": 1285, "invalid": 11, "duplicate": 1}, is_check=False)
    assert printed == "1,285 of 1,297 leads were accepted. The others are 11 invalid and 1 duplicate."


def test_slowest_responses_are_listed(command, platform) -> None:
    """A minute more for one row, as its note in the ledger says."""
    platform()
    Path("map.yaml").write_text(MAPPING)
    printed = json.loads(
        command("upload", write_csv(Path("leads.csv"), people(9)), "-m", "map.yaml", "--report", "r.csv", "--json").out
    )
    first = Page(Path("r.html").read_text("utf-8")).text
    assert "Slowest responses" not in first
    query_ledger(
        Path("home"), "UPDATE answer SET came = came + 60 WHERE attempt IN (SELECT id FROM attempt WHERE row = 7)"
    )
    with open_ledger(Path("home")) as ledger:
        assert ledger.rows.slowest("nosuch") == []
    command("report", printed["run"], "--report", "again.csv")
    assert re.search(r"Slowest responses row 7: 6\d\.\d s [^;]", Page(Path("again.html").read_text("utf-8")).text)


def test_html_report_of_a_retry_is_titled_so(command, platform) -> None:
    platform(faults="400@1")
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--report", "r.csv")
    command("retry", "r.csv", "--report", "s.csv")
    assert "Upload of leads.csv 1 of 2 leads" in Page(Path("r.html").read_text("utf-8")).text
    assert "Retry of r.csv All 2 leads" in Page(Path("s.html").read_text("utf-8")).text


def test_headline_names_leads_that_the_platform_found_invalid() -> None:
    assert headline({"accepted": 3}, {"invalid": 2}, is_check=False) == (
        "All 3 leads were accepted. 2 leads are invalid on the platform."
    )


def test_headline_of_one_lead_is_singular() -> None:
    assert headline({"accepted": 1}, is_check=False) == "The lead was accepted."
    assert headline({"invalid": 1}, is_check=False) == "The lead was not accepted. It is invalid."
    assert headline({"accepted": 1, "failed": 1}, is_check=False) == "1 of 2 leads was accepted. The other is 1 failed."
    assert headline({"unsent": 1}, is_check=True) == "1 of 1 lead would be sent. Nothing was sent."


def test_no_page_holds_with_wait_results(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    platform(result_delay=0)
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(2))
    command("upload", leads, "-m", "map.yaml", "--report", "r.xlsx", "--no-page", "--wait-results")
    assert not Path("r.html").exists()
    summary = openpyxl.load_workbook("r.xlsx")["Summary"]
    assert ("File", "leads.csv") in list(summary.iter_rows(max_col=2, values_only=True))
    command("results", "r.xlsx")
    assert Path("r.html").exists()


@given(st.lists(st.tuples(st.integers(0, 4_000_000_000), st.sampled_from(["accepted", "failed"])), max_size=60))
def test_timeline_counts_everything_in_bounded_memory(sent: list[tuple[int, str]]) -> None:
    timeline = Timeline()
    for second, outcome in sent:
        timeline.add(datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), outcome)
    timeline.add("no time", "accepted")
    buckets = timeline.buckets()
    assert sum(sum(counts.values()) for _, counts in buckets) == len(sent)
    assert len(buckets) <= max(BUCKETS, 4_000_000_000 // 604_800 + 2 if timeline.width == 604_800 else 0)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.slow
def test_light_and_dark_colors_are_legible(mixed_run) -> None:
    """WCAG 2.2, AA: 4.5 for text."""
    _, _, path = mixed_run
    blocks = re.findall(r":root \{(.*?)\}", path.read_text("utf-8"), re.DOTALL)
    schemes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks][:2]
    for colors in schemes:
        pairs = [(text, ground) for ground in ("paper", "card", "code") for text in ("ink", "strong")]
        pairs += [("soft", "paper"), ("soft", "card"), ("warn-ink", "warn")]
        for text, ground in pairs:
            low, high = sorted((luminance(colors[text]), luminance(colors[ground])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


def in_a_browser(page: Path, folder: Path) -> tuple[str, str]:
    """The DOM that chromium makes of a file, and what its console says."""
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    quiet += ["--disable-sync", "--disable-gpu", f"--user-data-dir={folder / 'chromium'}"]
    arguments = ["--enable-logging=stderr", "--v=0", "--dump-dom", page.resolve().as_uri()]
    command = [CHROMIUM or "", "--headless", "--no-sandbox", *quiet, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return ran.stdout, ran.stderr


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
@pytest.mark.slow
def test_browser_shows_the_numbers_and_loads_nothing(mixed_run, tmp_path) -> None:
    """What a page asks for from elsewhere its own policy refuses aloud: the second page shows that this is heard."""
    _, printed, path = mixed_run
    dom, console = in_a_browser(path, tmp_path)
    assert "CONSOLE" not in console
    page = Page(dom)
    assert {word: page.count(word) for word in ("accepted", "rejected", "unknown", "unsent")} == {
        word: printed["counts"][word] for word in ("accepted", "rejected", "unknown", "unsent")
    }
    path.write_text(path.read_text("utf-8").replace("</main>", '<img src="http://127.0.0.1:9/x.png"></main>'), "utf-8")
    assert "CONSOLE" in in_a_browser(path, tmp_path)[1]
