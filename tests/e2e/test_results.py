"""From "accepted" to "valid": the report ends with exactly the results that the platform gave."""

import json
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.files import MAPPING, people, read_report, write_csv, write_report
from uploader.sandbox.leads import Leads
from uploader.sandbox.quality_checks import failed_jobs


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The places of leads, in the order of their arrival, about which the platform has nothing but errors."""
    places: set[int] = set()
    sound = Leads._result

    async def result(self: Leads, request: web.Request) -> web.Response:
        ids = [lead.lead_id for lead in self._state.received]
        is_broken = ids.index(int(request.path.rpartition("/")[2])) in places
        return web.Response(status=500) if is_broken else await sound(self, request)

    monkeypatch.setattr(Leads, "_result", result)
    return places


def mixed(count: int) -> list[list[str]]:
    """Every fourth lead is one that the platform finds invalid, for several reasons."""
    rows = [["Anna", *row[1:]] for row in people(count)]
    for number in range(0, count, 4):
        rows[number][:2] = [["Test", "Smith"], ["Joe", "Joe"], ["Annna", "Lee"], ["Brd", "Lee"]][number // 4 % 4]
    return rows


def results_by_lead(sandbox) -> dict[str, list[str]]:
    """E-mail -> the jobs that the lead failed, as the platform knows them."""
    return {
        dict(lead.fields)["email"]: failed_jobs(dict(lead.fields), is_duplicate=lead.is_duplicate, empty_fields=99)
        for lead in sandbox.received
    }


@pytest.mark.slow
def test_report_has_the_result_of_each_of_400_leads(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_RATE_LIMIT", "300/1")
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "1000/1")
    sandbox = platform(result_delay=0.4, result_limit="300/1", limit="1000/1")
    leads = write_csv(Path("leads.csv"), mixed(400))
    assert command("upload", leads, "-m", "map.yaml", "--report", "report.csv").code == 0
    before = read_report(Path("report.csv"))
    ran = command("results", "report.csv", "--json")
    printed = json.loads(ran.out)
    found = results_by_lead(sandbox)
    bad = sum(map(bool, found.values()))
    assert 100 <= bad <= 110
    assert (ran.code, printed["results"]) == (1, {"valid": 400 - bad, "invalid": bad, "pending": 0})
    after = read_report(Path("report.csv"))
    for old, new in zip(before, after, strict=True):
        jobs = found[new["Email"]]
        assert new["upload_result"] == ("invalid" if jobs else "valid")
        assert all(job in new["upload_result_reason"] for job in jobs[:1])
        changed = {"upload_result", "upload_result_reason"}
        assert {**old, **{name: new[name] for name in changed}} == new
    assert sandbox.requests["429"] == 0
    asked = sandbox.requests["result"]
    assert command("results", "report.csv").code == 1
    assert sandbox.requests["result"] == asked


def test_every_failed_job_is_reported_with_a_hint(command, platform) -> None:
    platform(result_delay=0)
    rows = people(2)
    rows[1][:2] = ["Test", "Test"]
    command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "report.csv")
    assert command("results", "report.csv").code == 1
    reason = read_report(Path("report.csv"))[1]["upload_result_reason"]
    assert "The word test was found in field - firstName" in reason
    assert "First name and last name are the same" in reason
    assert "set `quality: platform` in the mapping to keep such rows back" in reason


def test_pending_leads_are_polled_next_time(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PATIENCE", "0.05")
    sandbox = platform(result_delay=3600)
    leads = write_csv(Path("leads.csv"), people(3))
    command("upload", leads, "-m", "map.yaml", "--report", "report.csv")
    ran = command("results", "report.csv")
    assert ran.code == 1, ran
    assert "3 pending" in ran.out
    assert "uploader results report.csv" in ran.out
    assert [row["upload_result"] for row in read_report(Path("report.csv"))] == ["pending"] * 3
    sandbox.state.apply(sandbox.state.options.with_changes({"result_delay": 0}))
    assert command("results", "report.csv", "--report", "other.csv").code == 0
    assert [row["upload_result"] for row in read_report(Path("other.csv"))] == ["valid"] * 3
    assert [row["upload_result"] for row in read_report(Path("report.csv"))] == ["pending"] * 3


def test_upload_waits_for_results(command, platform) -> None:
    platform(result_delay=0.2)
    leads = write_csv(Path("leads.csv"), mixed(8))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "report.csv", "--wait-results", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["exit_code"], printed["results"]) == (1, 1, {"valid": 6, "invalid": 2, "pending": 0})
    assert [row["upload_result"] for row in read_report(Path("report.csv"))].count("valid") == 6


def test_results_survive_a_retry(command, platform) -> None:
    platform(result_delay=0, faults="400@2")
    leads = write_csv(Path("leads.csv"), people(3))
    command("upload", leads, "-m", "map.yaml", "--report", "one.csv", "--wait-results")
    assert command("retry", "one.csv", "--report", "two.csv").code == 0
    assert [row["upload_result"] for row in read_report(Path("two.csv"))] == ["valid", "", "valid"]
    assert command("results", "two.csv").code == 0
    assert [row["upload_result"] for row in read_report(Path("two.csv"))] == ["valid"] * 3


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_results_keep_every_cell(command, platform, kind) -> None:
    from uploader.spreadsheet import open_table

    platform(result_delay=0)
    rows = people(2)
    rows[0][4], rows[1][4] = "=1+1", "'-0123 \n "
    leads = write_csv(Path("leads.csv"), rows)
    command("upload", leads, "-m", "map.yaml", "--report", f"report.{kind}")

    def cells() -> list[str]:
        table = open_table(Path(f"report.{kind}"))
        return list(next(table.chunks()).columns[table.columns.index("Company")])

    before = cells()
    assert command("results", f"report.{kind}").code == 0
    assert cells() == before


def test_canaries_release_or_stop_the_rest(command, platform) -> None:
    sandbox = platform(result_delay=0.1)
    rows = people(20)
    rows[0][0] = rows[1][0] = "Test"
    leads = write_csv(Path("leads.csv"), rows)
    ran = command("upload", leads, "-m", "map.yaml", "--canary", 5, "--report", "one.csv", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["counts"]["unsent"]) == (5, 5, 15)
    assert "Only 3 of 5 canary leads are valid (2 invalid); 80% required." in printed["stopped"]
    assert [row["upload_result"] for row in read_report(Path("one.csv"))][:5] == ["invalid"] * 2 + ["valid"] * 3
    assert command("retry", "one.csv", "--canary", 5, "--canary-pass", 60, "--report", "two.csv").code == 0
    assert len(sandbox.received) == 20


def test_rejected_canaries_are_not_valid(command, platform) -> None:
    sandbox = platform(result_delay=0, faults="400@1-3")
    leads = write_csv(Path("leads.csv"), people(20))
    ran = command("upload", leads, "-m", "map.yaml", "--canary", 4)
    assert ran.code == 5, ran
    assert "3 not accepted" in ran.err
    assert len(sandbox.received) == 1


def test_pending_canaries_are_polled_again(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PATIENCE", "0.1")
    sandbox = platform(result_delay=60)
    ran = command("upload", write_csv(Path("leads.csv"), people(9)), "-m", "map.yaml", "--canary", 4)
    assert ran.code == 5, ran
    assert "(4 without a result)" in ran.err
    assert len(sandbox.received) == 4
    assert "`uploader resume` checks the results again" in ran.err
    assert (command("resume").code, len(sandbox.received)) == (5, 4)
    sandbox.state.apply(sandbox.state.options.with_changes({"result_delay": 0}))
    assert (command("resume").code, len(sandbox.received)) == (0, 9)
    asked = sandbox.requests["result"]
    run = read_report(next(Path.cwd().glob("leads.report-*.csv")))[0]["upload_run"]
    assert (command("resume", run).code, sandbox.requests["result"]) == (0, asked)


def test_resume_keeps_canaries_and_limit(command, platform) -> None:
    sandbox = platform(result_delay=0)
    rows = [["Test", *row[1:]] for row in people(12)]
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--canary", 3, "--limit", 8)
    assert ran.code == 5, ran
    assert "`uploader resume --no-canaries` sends the other leads anyway" in ran.err
    assert (command("resume").code, len(sandbox.received)) == (5, 3)
    ran = command("resume", "--no-canaries", "--report", "report.csv")
    assert (ran.code, len(sandbox.received)) == (1, 8)
    assert [row["upload_reason"] for row in read_report(Path("report.csv"))][8:] == ["left for later by --limit"] * 4
    assert (command("retry", "report.csv").code, len(sandbox.received)) == (0, 12)


def test_interrupted_canary_batch_is_completed(command, platform, monkeypatch) -> None:
    """The platform closes after two of four canaries; the next day the other two go, and decide with the first."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(result_delay=0, faults="403inactive@3")
    rows = people(9)
    rows[0][0] = rows[3][0] = "Test"
    flags = ("-m", "map.yaml", "--canary", 4, "--canary-pass", 75)
    assert (command("upload", write_csv(Path("leads.csv"), rows), *flags).code, len(sandbox.received)) == (5, 2)
    ran = command("resume")
    assert ran.code == 5, ran
    assert len(sandbox.received) == 4
    assert "Only 2 of 4 canary leads are valid (2 invalid)" in ran.err


def test_canaries_without_more_leads_wait_for_nothing(command, platform) -> None:
    sandbox = platform(result_delay=3600)
    ran = command("upload", write_csv(Path("leads.csv"), people(4)), "-m", "map.yaml", "--canary", 10)
    assert (ran.code, sandbox.requests["result"]) == (0, 0)


def test_broken_result_does_not_block_others(command, broken, platform) -> None:
    platform(result_delay=0)
    leads = write_csv(Path("leads.csv"), people(40))
    command("upload", leads, "-m", "map.yaml", "--report", "report.csv")
    broken.update(range(8))
    ran = command("results", "report.csv")
    broken.clear()
    assert ran.code == 1, ran
    assert "8 pending" in ran.out
    printed = [
        row["upload_result_reason"] for row in read_report(Path("report.csv")) if row["upload_result"] == "pending"
    ]
    assert printed == ["the platform returned no result: HTTP 500"] * 8
    command("results", "report.csv")
    assert {row["upload_result"] for row in read_report(Path("report.csv"))} == {"valid", "invalid"}


def test_canaries_are_decided_as_early_as_possible(command, broken, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PATIENCE", "3600")
    sandbox = platform(result_delay=0)
    broken.update({1, 4})
    ran = command("upload", write_csv(Path("leads.csv"), people(30)), "-m", "map.yaml", "--canary", 10)
    assert (ran.code, len(sandbox.received)) == (0, 30)
    broken.add(31)
    leads = write_csv(Path("leads.csv"), people(60)[30:])
    ran = command("upload", leads, "-m", "map.yaml", "--canary", 3, "--canary-pass", 100)
    assert (ran.code, len(sandbox.received)) == (5, 33)
    assert "(1 without a result)" in ran.err
    assert "the platform returned no result: HTTP 500" in ran.err


def test_constant_errors_stop_polling(command, broken, platform) -> None:
    platform(result_delay=0)
    leads = write_csv(Path("leads.csv"), people(60))
    command("upload", leads, "-m", "map.yaml", "--report", "report.csv")
    broken.update(range(60))
    ran = command("results", "report.csv")
    assert ran.code == 5, ran
    assert "cannot be reached: it answers with an error (HTTP 500)" in ran.err


def test_canary_pass_needs_canaries(command, platform) -> None:
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--canary-pass", 50)
    assert ran.code == 2, ran
    assert "--canary N" in ran.err
    assert len(sandbox.received) == 0


def test_damaged_lead_ids_come_from_the_ledger(command, platform, monkeypatch) -> None:
    """Excel shows 14 digits as 1.79551E+13, and saves in a CSV what it shows."""
    platform(result_delay=0)
    command("upload", write_csv(Path("leads.csv"), people(4)), "-m", "map.yaml", "--report", "report.csv")
    whole = read_report(Path("report.csv"))
    write_report(Path("spoilt.csv"), [{**row, "upload_lead_id": "1.79551E+13"} for row in whole])
    ran = command("results", "spoilt.csv")
    assert ran.code == 0, ran
    assert "4 valid" in ran.out
    assert [row["upload_lead_id"] for row in read_report(Path("spoilt.csv"))] == [
        row["upload_lead_id"] for row in whole
    ]

    # An unreadable cell is neither an id nor a row number.
    for column, printed in (("upload_lead_id", "1 valid"), ("upload_row", "1 without a lead id")):
        write_report(Path("long.csv"), [{**whole[0], "upload_lead_id": "", column: "9" * 5000}])
        assert command("results", "long.csv").out.startswith(printed)

    write_report(Path("elsewhere.csv"), [{**row, "upload_lead_id": ""} for row in whole[:3]] + whole[3:])
    monkeypatch.setenv("UPLOADER_HOME", "another home")
    ran = command("results", "elsewhere.csv")
    assert ran.code == 1, ran
    assert "1 valid · 3 without a lead id" in ran.out
    assert "rows 2, 3, 4" in ran.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "is not a report"),
        ("upload_row,upload_outcome,upload_run\n2,odd,x\n", "is not an outcome"),
    ],
)
def test_results_needs_a_report(command, platform, text, words) -> None:
    platform()
    Path("report.csv").write_text(text)
    ran = command("results", "report.csv")
    assert ran.code == 3, ran
    assert words in ran.err
    assert Path("report.csv").read_text() == text


def test_sandboxes_are_not_confused(command, monkeypatch) -> None:
    """What was found about the leads of one is no finding about those of the next."""
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    Path("map.yaml").write_text(MAPPING)
    rows = people(4)
    flags = ("-m", "map.yaml", "--sandbox")
    first = command("upload", write_csv(Path("one.csv"), rows[:2]), *flags, "--report", "1.csv", "--wait-results")
    assert "Validation results: 2" in first.out
    command("upload", write_csv(Path("two.csv"), rows[2:]), *flags, "--report", "2.csv")
    printed = [*read_report(Path("1.csv")), *read_report(Path("2.csv"))]
    assert len({row["upload_lead_id"] for row in printed}) == 4
    assert [bool(row["upload_result"]) for row in printed] == [True, True, False, False]
