"""Someone, or a fill handle, changes outcomes and ids of a report: the ledger's knowledge counts, never in silence."""

from pathlib import Path

import pytest

from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report

OUTCOMES = ["accepted", "unknown", "rejected", "duplicate", "unsent"]


@pytest.fixture
def uploaded(command, platform, monkeypatch):
    """A report with these outcomes; nothing was sent of the last row."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="close@2,400@3")
    Path("map.yaml").write_text(MAPPING)
    leads = people(5)
    leads[3][2] = leads[0][2]
    command("upload", write_csv(Path("leads.csv"), leads), "-m", "map.yaml", "--report", "r.csv", "--limit", "3")
    rows = read_report(Path("r.csv"))
    assert [row["upload_outcome"] for row in rows] == OUTCOMES
    return sandbox, rows


def retried(command, rows, *flags: str):
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv", *flags)
    return ran, read_report(Path("out.csv"))


@pytest.mark.parametrize("own_id", ["", "another row's"])
def test_unsent_row_that_is_called_accepted_is_neither_accepted_nor_sent(command, uploaded, own_id: str) -> None:
    """It is neither accepted nor sent without a word; set to unsent, it is sent."""
    sandbox, rows = uploaded
    rows[4] |= {"upload_outcome": "accepted", "upload_lead_id": rows[0]["upload_lead_id"] if own_id else ""}
    ran, out = retried(command, rows)
    assert (ran.code, out[4]["upload_outcome"], out[4]["upload_lead_id"]) == (6, "invalid", ""), ran
    assert "row 6" in ran.err.replace("\n", " ")
    assert len(sandbox.received) == 2  # the first row, and the rejected one again
    out[4]["upload_outcome"] = "unsent"
    _, out = retried(command, out)
    assert (out[4]["upload_outcome"], len(sandbox.received)) == ("accepted", 3)


@pytest.mark.parametrize("lead_id", ["", "987654"])
def test_row_without_its_run_that_is_called_accepted_is_not_believed(command, uploaded, lead_id: str) -> None:
    """Any run of the upload counts: what none of them has sent is not accepted in silence, and other rows are."""
    sandbox, rows = uploaded
    _, rows = retried(command, rows)
    rejected, unsent = rows[2], rows[4]
    assert [row["upload_outcome"] for row in (rejected, unsent)] == ["accepted", "accepted"]
    count = len(sandbox.received)
    for at in (0, 2, 3):
        rows[at] |= {"upload_run": "", "upload_lead_id": ""}
    rows[3] |= {"upload_outcome": "accepted", "upload_lead_id": lead_id}
    ran, out = retried(command, rows)
    expected = "accepted" if lead_id else "invalid"
    assert [row["upload_outcome"] for row in out] == ["accepted", "unknown", "accepted", expected, "accepted"], ran
    assert len(sandbox.received) == count
    printed = (ran.err + ran.out).replace("\n", " ")
    assert "row 5" in printed or "Row 5: the ledger does not have the outcome" in printed, ran
    assert "Row 2" not in printed


def test_report_without_any_run_is_not_believed_either(command, uploaded) -> None:
    """The ledger cannot tell what it goes back to: leads are compared once the rows are set to unsent."""
    sandbox, rows = uploaded
    for row in rows:
        row |= {"upload_run": "", "upload_lead_id": "", "upload_outcome": "accepted"}
    ran, out = retried(command, rows, "-m", "map.yaml")
    assert (ran.code, {row["upload_outcome"] for row in out}) == (1, {"invalid"}), ran
    retried(command, [row | {"upload_outcome": "unsent"} for row in out])
    assert [row["upload_outcome"] for row in read_report(Path("out.csv"))][:2] == ["duplicate", "unknown"]
    assert len(sandbox.received) == 3


def test_row_that_failed_and_is_called_accepted_is_not_accepted(command, platform) -> None:
    platform(faults="403inactive@1")
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    rows[0]["upload_outcome"] = "accepted"
    ran, out = retried(command, rows)
    assert (ran.code, out[0]["upload_outcome"]) == (1, "invalid"), ran


@pytest.mark.parametrize(("word", "lead_id"), [("accepted", "987654"), ("duplicate", "")])
def test_outcome_that_the_ledger_does_not_have_is_named(command, uploaded, word: str, lead_id: str) -> None:
    """Someone may know better, so the row keeps it; an id that was filled down as a series looks the same."""
    _, rows = uploaded
    rows[4] |= {"upload_outcome": word, "upload_lead_id": lead_id}
    ran, out = retried(command, rows)
    assert "Row 6: the ledger does not have the outcome that the report shows" in ran.err, ran
    assert (out[4]["upload_outcome"], out[4]["upload_lead_id"]) == (word, lead_id)


@pytest.mark.parametrize("reason", ["", "where: column 'Country' is 'FR', not 'GB'"])
def test_row_that_someone_calls_skipped_is_named(command, uploaded, reason: str) -> None:
    """A row that was not sent, and one that was rejected; also with the reason of another row that was filled down."""
    _, rows = uploaded
    for at in (2, 4):
        rows[at] |= {"upload_outcome": "skipped", "upload_reason": reason or rows[at]["upload_reason"]}
    ran, out = retried(command, rows)
    assert "Row 4, 6: the report calls it skipped, but `where` in the mapping does not leave it out" in ran.err, ran
    assert [row["upload_outcome"] for row in out] == ["accepted", "unknown", "skipped", "duplicate", "skipped"]
    for at in (2, 4):
        out[at]["upload_outcome"] = "unsent"
    ran, out = retried(command, out)
    assert "skipped" not in ran.err
    assert [out[at]["upload_outcome"] for at in (2, 4)] == ["accepted", "accepted"]


def test_columns_that_were_filled_down_change_nothing_that_the_ledger_has(command, uploaded) -> None:
    """Outcome and id of the first row stand in every row: an unknown row stays unknown, a duplicate stays one."""
    sandbox, rows = uploaded
    for row in rows[1:]:
        row |= {name: rows[0][name] for name in ("upload_outcome", "upload_lead_id")}
    ran, out = retried(command, rows)
    assert [row["upload_outcome"] for row in out] == ["accepted", "unknown", "accepted", "duplicate", "invalid"], ran
    ids = [row["upload_lead_id"] for row in out]
    assert ids == [rows[0]["upload_lead_id"], "", str(sandbox.received[-1].lead_id), "", ""]


def test_an_unknown_row_that_someone_looked_up_is_accepted_without_a_warning(command, uploaded) -> None:
    _, rows = uploaded
    rows[1] |= {"upload_outcome": "accepted", "upload_lead_id": "987654"}
    ran, out = retried(command, rows)
    assert (out[1]["upload_outcome"], out[1]["upload_lead_id"]) == ("accepted", "987654")
    assert "does not have the outcome" not in ran.err


def test_row_that_was_added_and_has_the_outcome_of_another_is_named(command, uploaded) -> None:
    """The row above was copied, and another lead typed over the copy; it has no number any more."""
    _, rows = uploaded
    new = dict(zip(COLUMNS, people(9)[8], strict=True))
    rows.insert(1, rows[0] | new | {"upload_row": ""})
    ran, _ = retried(command, rows)
    assert "Row 3 of the report: the ledger does not have the outcome" in ran.err, ran
