"""Another lead is typed over a row that was sent, and its outcome is left as it is: it is sent, once, and said so."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report
from uploader.commands.session import Session
from uploader.commands.worksheet import check_file
from uploader.config.load import load_settings
from uploader.ledger import open_ledger
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.worksheet import Change
from uploader.web.events import QuietObserver

NEW = people(40)[30:]


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def typed_over(rows: list[dict[str, str]], *places: int) -> list[dict[str, str]]:
    """Other leads stand in these rows; our own columns are as they were."""
    for place in places:
        rows[place] |= dict(zip(COLUMNS, NEW[place], strict=True))
    write_report(Path("r.csv"), rows)
    return rows


def emails(sandbox) -> Counter[str]:
    return Counter(dict(lead.fields)["email"] for lead in sandbox.received)


@pytest.fixture
def uploaded(command, platform, monkeypatch):
    """A report of four rows: accepted, rejected, unknown, accepted."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")  # the leads arrive in the file's order
    sandbox = platform(faults="400@2,close@3")
    command("upload", write_csv(Path("leads.csv"), people(4)), "-m", "map.yaml", "--report", "r.csv")
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    rows = read_report(Path("r.csv"))
    assert [row["upload_outcome"] for row in rows] == ["accepted", "rejected", "unknown", "accepted"]
    return sandbox, rows


@pytest.mark.parametrize("flags", [[], ["--stream"], ["--include-unknown"]])
def test_new_lead_is_sent_once_and_has_its_own_id(command, uploaded, flags: list[str]) -> None:
    sandbox, rows = uploaded
    typed_over(rows, 0)
    ran = command("retry", "r.csv", "--report", "out.csv", *flags)
    new = dict(zip(COLUMNS, NEW[0], strict=True))["Email"]
    assert emails(sandbox)[new] == 1, ran
    assert "Row 2: another lead stands in place of one that was accepted. It is sent as a new lead." in ran.err
    out = read_report(Path("out.csv"))
    (sent,) = [lead for lead in sandbox.received if dict(lead.fields)["email"] == new]
    assert (out[0]["upload_outcome"], out[0]["upload_lead_id"]) == ("accepted", str(sent.lead_id))
    assert f"in place of lead {rows[0]['upload_lead_id']}" in out[0]["upload_warnings"]
    assert out[3] == rows[3]
    count = len(sandbox.received)
    for report in ("out.csv", "r.csv"):  # the old report again: the new lead is recognized, and called what it is
        again = command("retry", report, "--report", f"again-{report}")
        assert len(sandbox.received) == count, again
    row = read_report(Path("again-r.csv"))[0]
    assert (row["upload_outcome"], row["upload_lead_id"]) == ("duplicate", "")
    assert f"lead {sent.lead_id}" in row["upload_reason"]


def test_check_says_what_would_be_sent(command, uploaded) -> None:
    sandbox, rows = uploaded
    typed_over(rows, 0)
    ran = command("retry", "r.csv", "--dry-run", "--report", "out.csv")
    assert "Row 2: another lead stands in place" in ran.err
    assert [row["upload_outcome"] for row in read_report(Path("out.csv"))][:2] == ["unsent", "unsent"]
    assert len(sandbox.received) == 2


def test_unknown_lead_that_was_replaced_stays_unknown_and_is_shown(command, uploaded) -> None:
    sandbox, rows = uploaded
    run = rows[0]["upload_run"]
    typed_over(rows, 2)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert ran.code == 0, ran
    assert "Row 4: another lead stands in place of one whose outcome is unknown and stays unknown." in ran.err
    assert f"uploader resolve {run} --rows 4 --accepted" in ran.out
    assert emails(sandbox)[NEW[2][2]] == 1
    assert command("report", run, "--report", "first.csv").code == 6
    assert read_report(Path("first.csv"))[2]["upload_outcome"] == "unknown"


def test_decision_about_the_replaced_lead_leaves_the_new_one_alone(command, uploaded) -> None:
    sandbox, rows = uploaded
    run = rows[0]["upload_run"]
    typed_over(rows, 2)
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": f"close@{sandbox.requests['lead'] + 2}"}))
    ran = command("retry", "r.csv", "--report", "out.csv", "--json")
    later = json.loads(ran.out)["run"]
    assert json.loads(ran.out)["counts"]["unknown"] == 1, ran
    assert command("resolve", run, "--rows", "4", "--accepted").code == 0
    assert command("report", later, "--report", "later.csv").code == 6
    assert read_report(Path("later.csv"))[2]["upload_outcome"] == "unknown"


@pytest.mark.parametrize("place", [0, 2])
def test_change_in_another_field_is_not_sent_and_said_so(command, uploaded, place: int) -> None:
    sandbox, rows = uploaded
    rows[place]["Company"] = "Another Ltd"
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    why = "changed since it was " + ("accepted" if place == 0 else "sent")
    assert f"Row {place + 2}: {why}" in ran.err, ran
    assert ran.err.count("changed since") == 1
    assert len(sandbox.received) == 3
    out = read_report(Path("out.csv"))[place]
    assert (out["upload_outcome"], out["Company"]) == (rows[place]["upload_outcome"], "Another Ltd")


def test_rows_sorted_without_our_columns_are_sent_once(command, uploaded) -> None:
    """Every lead stands in another row: those that were accepted are recognized, and the rejected one is sent."""
    sandbox, rows = uploaded
    inputs = [{name: row[name] for name in COLUMNS} for row in rows]
    write_report(Path("r.csv"), [row | inputs[at - 1] for at, row in enumerate(rows)])
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert ran.code == 6, ran
    assert max(emails(sandbox).values()) == 1
    assert len(sandbox.received) == 3
    out = read_report(Path("out.csv"))
    assert [row["upload_outcome"] for row in out] == ["duplicate", "duplicate", "accepted", "unknown"]


@pytest.mark.parametrize("duplicates", ["[telephone]", "[email, telephone]", "[]"])
def test_value_that_a_program_may_have_changed_is_not_sent(command, platform, duplicates: str) -> None:
    """A lost zero looks like another lead: the row keeps its outcome, and the message says how to send it."""
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING.replace("fields:", f"duplicates: {duplicates}\nfields:"))
    leads = [[*row[:3], f"0770090{n:04}", row[4]] for n, row in enumerate(people(2))]
    command("upload", write_csv(Path("leads.csv"), leads), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    if duplicates == "[]":
        rows[0]["Email"] = "new@example.com"
    rows[0]["Phone"] = rows[0]["Phone"].lstrip("0")
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert (ran.code, len(sandbox.received)) == (0, 2), ran
    assert "Row 2: its identifying values have changed since it was sent" in ran.err
    assert "set upload_outcome to unsent" in ran.err.replace("\n", " ")
    assert read_report(Path("out.csv"))[0] == rows[0]


def test_new_lead_beyond_the_limit_is_sent_by_the_next_retry(command, uploaded) -> None:
    sandbox, rows = uploaded
    typed_over(rows, 3)
    ran = command("retry", "r.csv", "--report", "out.csv", "--limit", "1")
    out = read_report(Path("out.csv"))
    assert [row["upload_outcome"] for row in out] == ["accepted", "accepted", "unknown", "unsent"], ran
    command("retry", "out.csv", "--report", "done.csv")
    done = read_report(Path("done.csv"))[3]
    assert (emails(sandbox)[NEW[3][2]], done["upload_outcome"]) == (1, "accepted")


def test_another_campaign_takes_no_accepted_row_for_a_new_lead(command, uploaded) -> None:
    """Its fingerprints are others, so leads can't be compared: an accepted row stays as it is."""
    sandbox, rows = uploaded
    typed_over(rows, 0)
    ran = command("retry", "r.csv", "--campaign", "44401", "--form", "76", "--link", "137", "--report", "out.csv")
    assert ran.code == 6, ran
    assert read_report(Path("out.csv"))[0] == rows[0], ran
    assert NEW[0][2] not in emails(sandbox)
    assert max(emails(sandbox).values()) == 1


def test_resumed_retry_keeps_the_new_leads_own_outcome(command, uploaded) -> None:
    """The campaign closes after the new lead: the run's own attempt is not taken for that of the first upload."""
    sandbox, rows = uploaded
    typed_over(rows, 0, 3)
    count = sandbox.requests["lead"]
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": f"403inactive@{count + 2}"}))
    ran = command("retry", "r.csv", "--report", "out.csv", "--json")
    assert ran.code == 5, ran
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    for how in (["report", json.loads(ran.out)["run"]], ["resume"]):
        assert command(*how, "--report", "out.csv").code in {5, 6}
        sent = next(lead for lead in sandbox.received if dict(lead.fields)["email"] == NEW[0][2])
        assert read_report(Path("out.csv"))[0]["upload_lead_id"] == str(sent.lead_id)
    assert [row["upload_outcome"] for row in read_report(Path("out.csv"))] == [
        "accepted", "accepted", "unknown", "accepted",
    ]  # fmt: skip
    assert set(emails(sandbox).values()) == {1}
    assert {NEW[0][2], NEW[3][2]} <= set(emails(sandbox))


def test_invalid_lead_that_was_typed_over_an_accepted_one_is_invalid(command, uploaded) -> None:
    sandbox, rows = uploaded
    typed_over(rows, 0)
    rows[0]["Phone"] = "call me"
    write_report(Path("r.csv"), rows)
    Path("map.yaml").write_text(
        MAPPING.replace("telephone: Phone", "telephone: {column: Phone, transform: [{phone: {region: GB}}]}")
    )
    ran = command("retry", "r.csv", "-m", "map.yaml", "--report", "out.csv")
    assert read_report(Path("out.csv"))[0]["upload_outcome"] == "invalid", ran
    assert NEW[0][2] not in emails(sandbox)


def test_merged_report_with_a_lead_typed_over_a_row_of_another_upload(command, uploaded) -> None:
    sandbox, rows = uploaded
    command("upload", write_csv(Path("more.csv"), people(8)[4:]), "-m", "map.yaml", "--report", "more-r.csv")
    more = read_report(Path("more-r.csv"))
    more[1] |= dict(zip(COLUMNS, NEW[7], strict=True))
    write_report(Path("r.csv"), more + rows)
    ran = command("retry", "r.csv", "-m", "map.yaml", "--report", "out.csv")
    assert emails(sandbox)[NEW[7][2]] == 1, ran
    assert max(emails(sandbox).values()) == 1


async def test_page_plans_the_new_lead_and_warns(command, uploaded) -> None:
    _, rows = uploaded
    typed_over(rows, 0)
    settings = load_settings()
    session = Session(settings, QuietObserver())
    with open_ledger(settings.home) as ledger:
        sheet = (await check_file(UploadOptions(Path("r.csv")), session, ledger, lambda _: None)).sheet
        assert [sheet.state(place).outcome for place in range(4)] == ["unsent", "rejected", "unknown", "accepted"]
        assert [warning[:30] for warning in sheet.warnings] == ["Row 2: another lead stands in "]
        sheet.apply([Change(0, 2, people(1)[0][2])])
        assert sheet.state(0).outcome == "duplicate"


@pytest.mark.parametrize("email", ["new.person@example", ""])
@pytest.mark.parametrize("outcome", ["accepted", "unknown"])
def test_unreadable_lead_over_a_sent_row_is_named(command, uploaded, email: str, outcome: str) -> None:
    """It can't be compared, so the row keeps its outcome: never without a word."""
    sandbox, rows = uploaded
    place = [row["upload_outcome"] for row in rows].index(outcome)
    rows[place]["Email"] = email
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert f"Row {place + 2}: its identifying values are missing or not valid" in ran.err, ran
    assert read_report(Path("out.csv"))[place]["upload_outcome"] == outcome
    assert len(sandbox.received) == 3


@pytest.mark.parametrize("outcome", ["accepted", "unknown"])
def test_lead_typed_over_one_that_another_upload_has_sent_is_sent(command, platform, outcome: str) -> None:
    sandbox = platform(faults="close@1" if outcome == "unknown" else "")
    command("upload", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml")
    command("upload", write_csv(Path("more.csv"), people(2)), "-m", "map.yaml", "--report", "r.csv")
    typed_over(read_report(Path("r.csv")), 0)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert "Row 2: another lead stands in place of one" in ran.err, ran
    assert "Row 3" not in ran.err
    assert (emails(sandbox)[NEW[0][2]], read_report(Path("out.csv"))[0]["upload_outcome"]) == (1, "accepted")


@pytest.mark.parametrize("flags", [[], ["--stream"]])
def test_lead_typed_over_a_duplicate_of_a_retry_is_sent(command, uploaded, flags: list[str]) -> None:
    """Rows sorted without our columns became duplicates of the retry: what was accepted is compared with them."""
    sandbox, rows = uploaded
    inputs = [{name: row[name] for name in COLUMNS} for row in rows]
    write_report(Path("r.csv"), [row | inputs[at - 1] for at, row in enumerate(rows)])
    command("retry", "r.csv", "--report", "sorted.csv")
    later = read_report(Path("sorted.csv"))
    assert [row["upload_outcome"] for row in later] == ["duplicate", "duplicate", "accepted", "unknown"]
    typed_over(later, 0, 3)
    ran = command("retry", "r.csv", "--report", "out.csv", *flags)
    assert "Row 2: another lead stands in place of one that was accepted. It is sent as a new lead." in ran.err, ran
    assert "Row 5: another lead stands in place of one whose outcome is unknown and stays unknown." in ran.err
    out = read_report(Path("out.csv"))
    assert [row["upload_outcome"] for row in out] == ["accepted", "duplicate", "accepted", "accepted"]
    assert f"in place of lead {rows[3]['upload_lead_id']}, which" in out[0]["upload_warnings"]
    assert max(emails(sandbox).values()) == 1
    assert len(sandbox.received) == 5


def test_change_of_a_duplicate_that_a_program_may_have_made_is_named(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING.replace("fields:", "duplicates: [telephone]\nfields:"))
    leads = [[*row[:3], f"0770090{n:04}", row[4]] for n, row in enumerate(people(2))]
    command("upload", write_csv(Path("leads.csv"), leads), "-m", "map.yaml")
    command("upload", write_csv(Path("more.csv"), leads), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    rows[0]["Phone"] = rows[0]["Phone"].lstrip("0")
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert "Row 2: its identifying values have changed since it was sent" in ran.err, ran
    assert (read_report(Path("out.csv"))[0], len(sandbox.received)) == (rows[0], 2)
