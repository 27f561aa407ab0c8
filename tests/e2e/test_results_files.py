"""`results` on a report that was sorted, edited, converted or damaged since it was written."""

import json
from pathlib import Path

import apsw
import pytest
from openpyxl import Workbook, load_workbook

from tests.support.files import MAPPING, people, read_report, write_csv, write_report
from uploader.commands.results import ResultsUpdate
from uploader.core.validation_result import LeadResult, Validity
from uploader.report import HEAD, TAIL


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")


@pytest.fixture
def saved_meanwhile(monkeypatch: pytest.MonkeyPatch):
    """Does something once the platform was asked, before the report is written."""
    real_poll = ResultsUpdate.poll

    def when_asked(act) -> None:
        async def poll(self: ResultsUpdate):
            polled = await real_poll(self)
            act()
            return polled

        monkeypatch.setattr(ResultsUpdate, "poll", poll)

    return when_asked


def as_workbook(rows: list[dict[str, str]], path: Path, *, more: dict[str, list[list[str]]] | None = None) -> None:
    """The same cells in the first sheet of a workbook, as a spreadsheet program saves them."""
    book = Workbook()
    sheet = book.active
    for row in [list(rows[0]), *(list(row.values()) for row in rows)]:
        sheet.append(row)
    for name, cells in (more or {}).items():
        other = book.create_sheet(name)
        for row in cells:
            other.append(row)
    book.save(path)


def column(path: str, name: str) -> list[str]:
    return [row[name] for row in read_report(Path(path))]


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1), slice(1, None)])
def test_decisions_reach_their_rows_in_a_sorted_report(command, platform, order) -> None:
    """Row numbers are those of the file, which has a blank row; the report is sorted, or rows are deleted."""
    sandbox = platform(result_delay=0, faults="close@2,close@4")
    leads = write_csv(Path("leads.csv"), people(6))
    lines = leads.read_text().splitlines(keepends=True)
    leads.write_text("".join([*lines[:2], "\n", *lines[2:]]))
    command("upload", leads, "-m", "map.yaml", "--report", "one.csv")
    rows = read_report(Path("one.csv"))
    taken, lost = [row["upload_row"] for row in rows if row["upload_outcome"] == "unknown"]
    run = rows[0]["upload_run"]
    command("resolve", run, "--rows", taken, "--accepted", "--lead-id", "55950")
    command("resolve", run, "--rows", lost, "--not-sent")
    write_report(Path("one.csv"), rows[order])
    command("results", "one.csv")
    printed = {row["upload_row"]: row for row in read_report(Path("one.csv"))}
    assert (printed[taken]["upload_outcome"], printed[taken]["upload_lead_id"]) == ("accepted", "55950")
    assert printed[lost]["upload_outcome"] == "failed"
    assert [row for row, cells in printed.items() if cells["upload_outcome"] == "unknown"] == []
    before = len(sandbox.received)
    assert command("retry", "one.csv", "--report", "two.csv").code == 0
    assert dict(sandbox.received[-1].fields)["email"] == printed[lost]["Email"]
    assert len(sandbox.received) == before + 1


@pytest.mark.parametrize("name", ["upload_lead_id", "Upload_Run", "upload_result"])
def test_leftover_report_columns_are_refused(command, platform, name) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), people(2))
    lines = leads.read_text().splitlines()
    leads.write_text("\n".join([f"{lines[0]},{name}", *(f"{line},7" for line in lines[1:])]))
    for verb in ("check", "upload"):
        ran = command(verb, leads, "-m", "map.yaml")
        assert ran.code == 3, ran
        assert f"has columns of an earlier report: {name}." in ran.err
    assert not sandbox.received


def test_duplicated_report_column_is_refused(command, platform) -> None:
    platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--report", "one.csv")
    text = Path("one.csv").read_text("utf-8-sig").splitlines()
    Path("one.csv").write_text("\n".join([f"upload_run,{text[0]}", *(f"x,{line}" for line in text[1:])]))
    for verb in ("results", "retry"):
        ran = command(verb, "one.csv")
        assert ran.code == 3, ran
        assert "has two columns upload_run" in ran.err


def test_filled_down_ids_come_from_the_ledger(command, platform) -> None:
    platform(result_delay=0)
    rows = people(3)
    rows[1][0] = "Test"
    command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "one.csv")
    printed = read_report(Path("one.csv"))
    write_report(Path("one.csv"), [{**row, "upload_lead_id": printed[1]["upload_lead_id"]} for row in printed])
    command("results", "one.csv")
    assert column("one.csv", "upload_result") == ["valid", "invalid", "valid"]
    assert column("one.csv", "upload_lead_id") == [row["upload_lead_id"] for row in printed]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_edits_saved_while_polling_are_kept(command, platform, saved_meanwhile, kind) -> None:
    platform(result_delay=0, faults="400@2")
    report = Path(f"one.{kind}")
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--report", report)

    def edit() -> None:
        if kind == "csv":
            write_report(report, [{**row, "Company": "Fixed Ltd"} for row in read_report(report)])
            return
        book = load_workbook(report)
        sheet = book["Report"]
        place = [cell.value for cell in sheet[1]].index("Company") + 1
        for row in range(2, 5):
            sheet.cell(row, place).value = "Fixed Ltd"
        book.save(report)

    saved_meanwhile(edit)
    ran = command("results", report)
    assert ran.code == 1, ran
    assert "2 valid" in ran.out
    companies = (
        column("one.csv", "Company")
        if kind == "csv"
        else [cell.value for cell in list(load_workbook(report)["Report"].columns)[len(HEAD) + 4][1:]]
    )
    assert companies == ["Fixed Ltd"] * 3


def test_report_deleted_while_polling_loses_nothing(command, platform, saved_meanwhile) -> None:
    sandbox = platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--report", "one.csv")
    kept = Path("one.csv").read_bytes()
    saved_meanwhile(Path("one.csv").unlink)
    ran = command("results", "one.csv")
    assert ran.code == 5, ran
    assert "The results are in the ledger" in ran.err
    asked = sandbox.requests["result"]
    Path("two.csv").write_bytes(kept)
    saved_meanwhile(lambda: None)
    assert (command("results", "two.csv").code, sandbox.requests["result"]) == (0, asked)
    assert column("two.csv", "upload_result") == ["valid"] * 3


def test_converted_report_is_unescaped_correctly(command, platform) -> None:
    """Apostrophes that make a CSV safe are no part of a value, in whatever kind of file they are by now."""
    sandbox = platform(result_delay=0, faults="400@2")
    rows = people(3)
    rows[1][3:] = ["+44 7700 900555", "-Foo & Sons"]
    command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "one.csv")
    for asked in (["--report", "one.xlsx"], ["--report", "leads.csv"], ["--report", "map.yaml"], ["--report", "."]):
        before = {path: path.read_bytes() for path in (Path("one.csv"), Path("leads.csv"), Path("map.yaml"))}
        assert command("results", "one.csv", *asked).code == 2
        assert {path: path.read_bytes() for path in before} == before
    as_workbook(read_report(Path("one.csv")), Path("copy.xlsx"))
    written = [[cell.value for cell in row] for row in load_workbook("copy.xlsx").active.columns][
        len(HEAD) : -len(TAIL)
    ]
    command("results", "copy.xlsx")
    assert [[cell.value for cell in row] for row in load_workbook("copy.xlsx")["Report"].columns][
        len(HEAD) : -len(TAIL)
    ] == written
    Path("other").mkdir()
    for report in ("copy.xlsx", "one.csv"):
        command("retry", report, "--report", f"other/{report}", "--allow-duplicates")
        sent = dict(sandbox.received[-1].fields)
        assert (sent["telephone"], sent["companyName"]) == ("+44 7700 900555", "-Foo & Sons")


def test_results_go_beside_a_report_with_extra_content(command, platform) -> None:
    platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--report", "one.csv")
    rows = read_report(Path("one.csv"))
    Path("one.csv").unlink()

    as_workbook(rows, Path("two.xlsx"), more={"Notes": [["call Ann back"]]})
    ran = command("results", "two.xlsx")
    assert "two-results.xlsx (two.xlsx was not changed because it has the sheet 'Notes')" in ran.out
    assert load_workbook("two.xlsx")["Notes"]["A1"].value == "call Ann back"

    write_report(Path("three.csv"), rows)
    Path("three.csv").write_text(f"Our leads\n{Path('three.csv').read_text('utf-8-sig').replace('valid', '')}")
    ran = command("results", "three.csv")
    assert "three-results.csv (three.csv was not changed because it has lines above the header)" in ran.out
    assert Path("three.csv").read_text().startswith("Our leads\n")

    write_report(Path("four.csv"), rows)
    text = Path("four.csv").read_text("utf-8-sig").splitlines()
    Path("four.csv").write_text("\n".join([text[0], f"{text[1]},called", *text[2:]]))
    assert "four.csv was not changed because it has cells beyond its last column" in command("results", "four.csv").out

    write_report(Path("five.csv"), [{**row, "Company": "Müller & Söhne Großhandel"} for row in rows])
    Path("five.csv").write_text(Path("five.csv").read_text("utf-8-sig"), "cp850")
    ran = command("results", "five.csv")
    assert "five-results.csv (five.csv was not changed" in ran.out
    assert "note: read as" in ran.err
    assert command("results", "five.csv", "--encoding", "cp850").out.endswith("Report: five.csv\n")
    assert column("five.csv", "Company") == ["Müller & Söhne Großhandel"] * 2
    assert column("five.csv", "upload_result") == ["valid"] * 2


def test_results_of_a_named_sheet(command, platform) -> None:
    platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--report", "one.csv")
    rows = read_report(Path("one.csv"))
    as_workbook(rows[:1], Path("two.xlsx"), more={"Mine": [list(rows[0]), *(list(row.values()) for row in rows)]})
    assert command("results", "two.xlsx", "--sheet", "Mine").out.startswith("2 valid")


@pytest.mark.parametrize("flags", [("--canary", "2"), ("--wait-results",)])
def test_ledger_error_while_polling_still_writes_the_report(command, platform, flags) -> None:
    sandbox = platform(result_delay=0)
    command("upload", write_csv(Path("first.csv"), people(1)), "-m", "map.yaml")
    with apsw.Connection("home/ledger.sqlite3") as ledger:
        ledger.execute("CREATE TRIGGER full BEFORE INSERT ON result BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    leads = write_csv(Path("leads.csv"), people(9)[1:])
    log = ("--log-file", "log.jsonl")
    ran = command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--json", *flags, *log)
    printed = json.loads(ran.out)
    sent = len(sandbox.received) - 1
    assert ran.code == 5, ran
    assert printed["exit_code"] == 5
    assert "disk is full" in printed["stopped"]
    assert (printed["counts"]["accepted"], printed["counts"]["unsent"]) == (sent, 8 - sent)
    assert column("one.csv", "upload_outcome").count("accepted") == sent > 0
    ended = json.loads(Path("log.jsonl").read_text().splitlines()[-1])
    assert (ended["event"], ended["exit_code"], ended["stopped"]) == ("ended", 5, printed["stopped"])


def test_upload_outcome_survives_failed_results(command, platform, monkeypatch) -> None:
    """The report is spoilt between the two: a spreadsheet program saved it in its own way, say."""
    from uploader.commands import results as results_command

    platform(result_delay=0)
    results = results_command.results

    async def spoilt(options: results_command.ResultsOptions, *args: object):
        options.file.write_text("nothing\n")
        return await results(options, *args)

    monkeypatch.setattr(results_command, "results", spoilt)
    leads = write_csv(Path("leads.csv"), people(3))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--json", "--wait-results")
    printed = json.loads(ran.out)
    assert (ran.code, printed["exit_code"], printed["counts"]["accepted"], printed["report"]) == (5, 5, 3, "one.csv")
    assert "is not a report" in printed["stopped"]
    assert "The leads were sent. To fetch their results, run `uploader results " in ran.err


def test_report_has_each_column_once() -> None:
    assert len({*HEAD, *TAIL}) == len(HEAD) + len(TAIL)


@pytest.mark.parametrize("length", [32_768, 1_000_000])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_reason_that_no_cell_holds_is_cut(command, platform, monkeypatch, kind, length) -> None:
    """Later runs too: the ledger has the whole reason."""
    platform(result_delay=0)

    async def long_result(*_: object) -> LeadResult:
        return LeadResult(Validity.INVALID, "q" * length)

    monkeypatch.setattr("uploader.api.publisher.PublisherApi.lead_result", long_result)
    report = Path(f"one.{kind}")
    command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml", "--report", report)
    for _ in range(2):
        ran = command("results", report)
        assert ran.code == 1, ran
        assert "2 invalid" in ran.out
    if kind == "csv":
        reason = read_report(report)[0]["upload_result_reason"]
    else:
        sheet = load_workbook(report)["Report"]
        reason = sheet.cell(2, [cell.value for cell in sheet[1]].index("upload_result_reason") + 1).value
    assert reason.startswith("qqq")
    assert f"(cut: {length:,} characters do not fit into a cell)" in reason
