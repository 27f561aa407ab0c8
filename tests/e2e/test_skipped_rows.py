"""Rows that `where` leaves out, leads without consent, and split names: the same in posts, reports and counts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.files import read_report, write_csv, write_report

COLUMNS = ["Full name", "Email", "Status", "Consent"]
MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
publisher: 11003
where: {Status: Qualified}
fields:
  firstName: {column: Full name, transform: [{name: first}]}
  lastName: {column: Full name, transform: [{name: last}]}
  email: Email
  optIn: {column: Consent, transform: [boolean], must_be: [1]}
  source: {value: Autumn webinar}
"""


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def a_row(number: int, status: str = "Qualified", consent: str = "yes", name: str = "") -> list[str]:
    return [name or f"Ann{chr(97 + number)} van Lindqvist", f"ann.{number}@example.com", status, consent]


def printed(ran: Any) -> dict[str, Any]:
    return json.loads(ran.out)


def outcomes(report: object) -> list[str]:
    return [row["upload_outcome"] for row in read_report(Path(str(report)))]


def counted(result: dict[str, Any]) -> dict[str, int]:
    return {word: count for word, count in result["counts"].items() if count}


def test_skipped_row_is_reported_and_not_sent(command, platform) -> None:
    sandbox = platform()
    rows = [a_row(0), a_row(1, "New"), a_row(2, " QUALIFIED "), a_row(3, "", name="?"), a_row(4, "Lost")]
    leads = write_csv(Path("leads.csv"), rows, COLUMNS)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    assert ran.code == 0
    assert "5 rows: 2 to send, 3 skipped\n" in ran.err
    assert "  2 × skipped: where: column 'Status' is '…', not 'Qualified' (row 3, 6)\n" in ran.err
    assert "  1 × skipped: where: column 'Status' is empty, not 'Qualified' (row 5)\n" in ran.err
    assert "2 accepted · 3 skipped\n" in ran.out
    assert "uploader retry" not in ran.out
    assert [dict(lead.fields)["email"] for lead in sandbox.received] == ["ann.0@example.com", "ann.2@example.com"]
    report = read_report(Path("r.csv"))
    assert outcomes("r.csv") == ["accepted", "skipped", "accepted", "skipped", "skipped"]
    assert report[1]["upload_reason"] == "where: column 'Status' is 'New', not 'Qualified'"
    assert report[3]["upload_reason"] == "where: column 'Status' is empty, not 'Qualified'"
    assert report[1]["upload_hint"].startswith("No action needed.")
    assert report[1]["upload_run"] == report[0]["upload_run"]
    assert (report[1]["upload_attempts"], report[1]["upload_warnings"]) == ("", "")
    page = Path("r.html").read_text("utf-8")
    assert "3 skipped" in page
    assert "column &#39;Status&#39; is" in page
    runs = json.loads(command("runs", "--json").out)
    assert runs[0]["counts"]["skipped"] == 3
    assert "2 accepted · 3 skipped" in command("runs").out


def test_retry_says_nothing_of_rows_that_where_leaves_out(command, platform) -> None:
    """Unless they would be sent by now: someone has corrected the cell, and a skipped row is not sent again."""
    platform(faults="400@1")
    rows = [a_row(0), a_row(1, "New"), a_row(2, "")]
    command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--report", "r.csv")
    ran = command("retry", "r.csv", "--report", "second.csv")
    assert (ran.code, outcomes("second.csv")) == (0, ["accepted", "skipped", "skipped"])
    assert "the report calls" not in ran.err
    corrected = read_report(Path("second.csv"))
    corrected[1]["Status"] = "Qualified"
    write_report(Path("second.csv"), corrected)
    ran = command("retry", "second.csv", "--report", "third.csv")
    assert "Row 3: the report calls it skipped, but `where` in the mapping does not leave it out" in ran.err


def test_workbook_report_has_skipped_rows(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), [a_row(0), a_row(1, "New")], COLUMNS)
    result = printed(command("upload", leads, "-m", "map.yaml", "--report", "r.xlsx", "--json"))
    workbook = openpyxl.load_workbook(result["report"])
    assert [row[1].value for row in workbook["Report"].iter_rows(min_row=2)] == ["accepted", "skipped"]
    summary = [cell.value for row in workbook["Summary"].iter_rows() for cell in row]
    assert summary[summary.index("skipped") + 1] == 1


def test_check_counts_skipped_rows(command, platform) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), [a_row(0), a_row(1, "New")], COLUMNS)
    ran = command("check", leads, "-m", "map.yaml", "--report", "r.csv", "--json")
    assert (ran.code, counted(printed(ran))) == (0, {"unsent": 1, "skipped": 1})
    assert outcomes("r.csv") == ["unsent", "skipped"]
    assert "1 of 2 leads would be sent" in Path("r.html").read_text("utf-8")
    ran = command("upload", "r.csv", "-m", "map.yaml")
    assert "is the report of a check: nothing was sent with it." in ran.err
    assert not sandbox.received


def test_file_with_skipped_rows_only_is_fine_but_warned_of(command, platform) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), [a_row(0, "New"), a_row(1, "Lost")], COLUMNS)
    ran = command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    assert (ran.code, outcomes("r.csv"), len(sandbox.received)) == (0, ["skipped", "skipped"], 0)
    assert "Warning: `where` in the mapping leaves out every row, so nothing is sent. Check its texts." in ran.err
    assert "2 skipped\n" in ran.out
    assert command("check", leads, "-m", "map.yaml").code == 0


def test_text_of_where_that_is_probably_not_meant_is_warned_of(command, platform) -> None:
    """A checkbox is TRUE in the sheet, whatever its owner calls it."""
    platform()
    Path("map.yaml").write_text(MAPPING.replace("{Status: Qualified}", "{Status: {not: Yes}}"))
    leads = write_csv(Path("leads.csv"), [a_row(0, "TRUE"), a_row(1, "FALSE")], COLUMNS)
    ran = command("check", leads, "-m", "map.yaml", "-q")
    assert "Warning: where: no row has 'Yes' in column 'Status', but some have 'TRUE'." in ran.err


def test_missing_column_of_where_stops_before_sending(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING.replace("{Status:", "{Statsu:"))
    ran = command("upload", write_csv(Path("leads.csv"), [a_row(0)], COLUMNS), "-m", "map.yaml")
    assert (ran.code, len(sandbox.received)) == (3, 0)
    assert "map.yaml:6:9: where: no column 'Statsu'; did you mean 'Status'?" in ran.err


def test_skipped_row_is_no_earlier_row(command, platform) -> None:
    """Neither of a later row in the file, nor a duplicate of an accepted lead."""
    sandbox = platform()
    lost, won = a_row(0, "Lost"), a_row(0)
    leads = write_csv(Path("leads.csv"), [lost, won, won, lost], COLUMNS)
    command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    assert (outcomes("r.csv"), len(sandbox.received)) == (["skipped", "accepted", "duplicate", "skipped"], 1)
    again = write_csv(Path("again.csv"), [won, lost], COLUMNS)
    command("upload", again, "-m", "map.yaml", "--report", "again-r.csv")
    assert (outcomes("again-r.csv"), len(sandbox.received)) == (["duplicate", "skipped"], 1)


def test_limit_counts_sent_rows_only(command, platform) -> None:
    sandbox = platform()
    rows = [a_row(0, "New"), a_row(1), a_row(2, "New"), a_row(3, consent="no"), a_row(4), a_row(5), a_row(6, "New")]
    ran = command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--limit", 2, "--json")
    result = printed(ran)
    assert outcomes(result["report"]) == ["skipped", "accepted", "skipped", "invalid", "accepted", "unsent", "skipped"]
    result = printed(command("retry", result["report"], "--json"))
    assert outcomes(result["report"]) == [
        "skipped",
        "accepted",
        "skipped",
        "invalid",
        "accepted",
        "accepted",
        "skipped",
    ]
    assert len(sandbox.received) == 3


def test_retry_sends_no_skipped_row(command, platform) -> None:
    """Not even one whose cells match by now: a program that saves the report may have changed them."""
    sandbox = platform()
    rows = [a_row(0), a_row(1, "New"), a_row(2, "New"), a_row(3, consent="no")]
    command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--report", "r.csv")
    report = read_report(Path("r.csv"))
    report[1]["Status"] = "Qualified"
    report[3]["Consent"] = "yes"
    write_report(Path("r.csv"), report)
    ran = command("retry", "r.csv", "--report", "r2.csv")
    assert (ran.code, outcomes("r2.csv")) == (0, ["accepted", "skipped", "skipped", "accepted"])
    assert "1 to send, 3 already done" in ran.err
    Path("all.yaml").write_text(MAPPING.replace("where: {Status: Qualified}\n", ""))
    command("retry", "r2.csv", "-m", "all.yaml", "--report", "r3.csv")
    assert (outcomes("r3.csv"), len(sandbox.received)) == (["accepted", "skipped", "skipped", "accepted"], 2)


def test_skipped_row_marked_unsent_by_hand_is_sent_if_it_matches(command, platform) -> None:
    sandbox = platform()
    rows = [a_row(0), a_row(1, "New"), a_row(2, "New")]
    command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--report", "r.csv")
    report = read_report(Path("r.csv"))
    report[1]["upload_outcome"] = report[2]["upload_outcome"] = "unsent"
    report[1]["Status"] = "Qualified"
    write_report(Path("r.csv"), report)
    command("retry", "r.csv", "--report", "r2.csv")
    assert (outcomes("r2.csv"), len(sandbox.received)) == (["accepted", "accepted", "skipped"], 2)


def test_retry_skips_an_invalid_row_that_no_longer_matches(command, platform) -> None:
    sandbox = platform()
    command(
        "upload", write_csv(Path("leads.csv"), [a_row(0, consent="no")], COLUMNS), "-m", "map.yaml", "--report", "r.csv"
    )
    report = read_report(Path("r.csv"))
    report[0]["Status"] = "Lost"
    write_report(Path("r.csv"), report)
    ran = command("retry", "r.csv", "--report", "r2.csv")
    assert (ran.code, outcomes("r2.csv"), len(sandbox.received)) == (0, ["skipped"], 0)


def test_row_that_was_accepted_since_is_not_called_skipped(command, platform) -> None:
    """An older report of the upload, in which the row was still invalid."""
    sandbox = platform()
    command(
        "upload", write_csv(Path("leads.csv"), [a_row(0, consent="no")], COLUMNS), "-m", "map.yaml", "--report", "r.csv"
    )
    report = read_report(Path("r.csv"))
    write_report(Path("old.csv"), [{**report[0], "Status": "Lost"}])
    write_report(Path("fixed.csv"), [{**report[0], "Consent": "yes"}])
    assert command("retry", "fixed.csv", "--report", "r2.csv").code == 0
    command("retry", "old.csv", "--report", "r3.csv")
    assert (outcomes("r3.csv"), len(sandbox.received)) == (["duplicate"], 1)
    assert "already accepted" in read_report(Path("r3.csv"))[0]["upload_reason"]


def test_report_of_failed_rows_has_no_skipped_ones(command, platform) -> None:
    platform()
    rows = [a_row(0), a_row(1, "New"), a_row(2, consent="no")]
    leads = write_csv(Path("leads.csv"), rows, COLUMNS)
    command("upload", leads, "-m", "map.yaml", "--report", "r.csv", "--failed-only", "failed.csv")
    assert (outcomes("r.csv"), outcomes("failed.csv")) == (["accepted", "skipped", "invalid"], ["invalid"])


class Row(NamedTuple):
    """A row of a random file: which person it is, and the cells that decide about it."""

    person: int
    status: str
    consent: str
    is_full_name: bool


ROWS = st.lists(
    st.builds(
        Row,
        st.integers(0, 5),
        st.sampled_from(["Qualified", "qualified ", "New", ""]),
        st.sampled_from(["yes", "TRUE", "no", ""]),
        st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=10,
)


def expected(rows: list[Row], limit: int, before: set[int]) -> list[str]:
    """The outcome of each row, where up to `limit` are sent; `before` are the people that were accepted before."""
    found, sent = [], set()
    for row in rows:
        if row.status.strip().lower() != "qualified":
            found.append("skipped")
        elif row.consent not in {"yes", "TRUE"} or not row.is_full_name:
            found.append("invalid")
        elif row.person in sent | before:
            found.append("duplicate")
        elif len(sent) >= limit:
            found.append("unsent")
        else:
            found.append("accepted")
            sent.add(row.person)
    return found


def test_all_commands_agree_about_random_files(command, platform, monkeypatch, tmp_path) -> None:
    """Posts, report, counts and exit code of an upload, its stop, resume, report, retry and a second upload."""
    sandbox = platform()
    examples = iter(range(1000))

    def emails() -> list[str]:
        return sorted(dict(lead.fields)["email"] for lead in sandbox.received)

    @settings(max_examples=8)
    @given(ROWS, st.integers(0, 6), st.booleans())
    def check(rows: list[Row], limit: int, is_stopped: bool) -> None:
        monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / f"home{next(examples)}"))
        monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
        sandbox.received.clear()
        cells = [a_row(row.person, row.status, row.consent, "" if row.is_full_name else "Ann") for row in rows]
        leads = write_csv(Path("leads.csv"), cells, COLUMNS)
        words = expected(rows, 99 if is_stopped else limit, set())
        everyone = {cells[at][1] for at, word in enumerate(words) if word == "accepted"}
        flags = [] if is_stopped else ["--limit", limit]
        cap = min(limit, len(everyone)) if is_stopped else None
        sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": cap}))
        ran = command("upload", leads, "-m", "map.yaml", "--json", *flags)
        result = printed(ran)
        if is_stopped and everyone and limit < len(everyone):
            assert result["exit_code"] == 5
            sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
            ran = command("resume", "--json")
            result = printed(ran)
        assert outcomes(result["report"]) == words
        assert counted(result) == Counter(words)
        assert ran.code == result["exit_code"] == (1 if {"invalid", "unsent"} & set(words) else 0)
        assert emails() == sorted(everyone)
        again = printed(command("report", result["run"], "--report", "again.csv", "--json"))
        assert (outcomes("again.csv"), counted(again)) == (words, Counter(words))
        retried = printed(command("retry", result["report"], "--json"))
        after = ["unsent" if word == "unsent" else word for word in words]
        settled = {row.person for row, word in zip(rows, words, strict=True) if word == "accepted"}
        rest = expected(rows, 99, settled)
        after = [new if old in {"unsent", "invalid"} else old for old, new in zip(words, rest, strict=True)]
        assert outcomes(retried["report"]) == after
        everyone |= {cells[at][1] for at, word in enumerate(after) if word == "accepted"}
        assert emails() == sorted(everyone)
        second = printed(command("upload", leads, "-m", "map.yaml", "--json"))
        assert outcomes(second["report"]) == expected(rows, 99, set(range(6)))
        assert emails() == sorted(everyone)

    check()


def test_unknown_row_that_where_leaves_out_later_stays_unknown(command, platform) -> None:
    sandbox = platform(faults="close@1")
    leads = write_csv(Path("leads.csv"), [a_row(0), a_row(1)], COLUMNS)
    assert command("upload", leads, "-m", "map.yaml", "--report", "r.csv").code == 6
    rows = read_report(Path("r.csv"))
    lost = next(row for row in rows if row["upload_outcome"] == "unknown")
    write_report(Path("r.csv"), [{**row, "Status": "New"} if row is lost else row for row in rows])
    ran = command("retry", "r.csv", "--include-unknown", "--report", "second.csv")
    assert (ran.code, sorted(outcomes("second.csv"))) == (6, ["accepted", "unknown"])
    assert len(sandbox.received) == 1
