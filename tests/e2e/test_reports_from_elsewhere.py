"""Reports with rows of another machine's runs, or with new rows under old numbers."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report

HERE, THERE = "home", "other"


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


@pytest.fixture
def at(command, monkeypatch):
    """Runs a command with the ledger of this machine, or of another one."""

    def run(home: str, *args: object):
        with monkeypatch.context() as patch:
            patch.setenv("UPLOADER_HOME", str(Path(home).resolve()))
            return command(*args)

    return run


def emails(sandbox) -> Counter[str]:
    return Counter(dict(lead.fields)["email"] for lead in sandbox.received)


@pytest.fixture
def two_reports(at, platform):
    """Five leads here, all but row 3 accepted; five others there, all but rows 4 and 6 accepted."""
    sandbox = platform(faults="400@2,400@8,400@10")
    monkey = {"here.csv": people(10)[:5], "there.csv": people(10)[5:]}
    for name, rows in monkey.items():
        write_csv(Path(name), rows)
    import os

    os.environ["UPLOADER_CONCURRENCY"] = "1"
    at(HERE, "upload", "here.csv", "-m", "map.yaml", "--report", "r-here.csv")
    at(THERE, "upload", "there.csv", "-m", "map.yaml", "--report", "r-there.csv")
    del os.environ["UPLOADER_CONCURRENCY"]
    assert sum(emails(sandbox).values()) == 7
    return sandbox, read_report(Path("r-here.csv")), read_report(Path("r-there.csv"))


def test_unknown_run_is_refused(at, two_reports) -> None:
    sandbox, _, _ = two_reports
    ran = at(HERE, "retry", "r-there.csv")
    assert ran.code == 3, ran
    assert "does not know run" in ran.err
    assert "--mapping MAP.yaml" in ran.err
    assert len(sandbox.received) == 7


@pytest.mark.parametrize("order", ["here first", "there first", "mixed"])
def test_merged_report_is_refused_without_a_mapping(at, two_reports, order) -> None:
    sandbox, here, there = two_reports
    write_report(Path("merged.csv"), merged(here, there, order))
    ran = at(HERE, "retry", "merged.csv")
    assert ran.code == 3, ran
    assert f"does not know run {there[0]['upload_run']}" in ran.err
    assert len(sandbox.received) == 7


def merged(here: list, there: list, order: str) -> list:
    if order == "mixed":
        return [row for pair in zip(here, there, strict=True) for row in pair]
    return here + there if order == "here first" else there + here


@pytest.mark.parametrize("order", ["here first", "there first", "mixed"])
def test_merged_report_is_sent_by_its_leads(at, two_reports, order) -> None:
    """Both machines number from row 2: no row is taken for another one, and each lead is sent once."""
    sandbox, here, there = two_reports
    rows = merged(here, there, order)
    write_report(Path("merged.csv"), rows)
    ran = at(HERE, "retry", "merged.csv", "-m", "map.yaml", "--report", "out.csv", "--json")
    assert ran.code == 0, ran
    assert json.loads(ran.out)["counts"]["accepted"] == 10
    assert set(emails(sandbox).values()) == {1}
    assert len(sandbox.received) == 10
    ids = {dict(lead.fields)["email"]: str(lead.lead_id) for lead in sandbox.received}
    out = read_report(Path("out.csv"))
    assert [row["Email"] for row in out] == [row["Email"] for row in rows]
    assert [row["upload_lead_id"] for row in out] == [ids[row["Email"]] for row in rows]
    accepted_before = [(row["upload_row"], row["upload_run"]) for row in rows if row["upload_outcome"] == "accepted"]
    kept = {(row["upload_row"], row["upload_run"]) for row in out}
    assert set(accepted_before) <= kept
    again = at(HERE, "retry", "out.csv", "-m", "map.yaml", "--json")
    assert (again.code, len(sandbox.received)) == (0, 10), again


def test_foreign_rows_that_were_accepted_here_are_duplicates(at, platform) -> None:
    """The same leads went from here meanwhile: they are recognized by their values."""
    sandbox = platform(faults="400@1-3")
    write_csv(Path("leads.csv"), people(3))
    at(THERE, "upload", "leads.csv", "-m", "map.yaml", "--report", "r-there.csv")
    at(HERE, "upload", "leads.csv", "-m", "map.yaml", "--report", "r-here.csv")
    assert len(sandbox.received) == 3
    ran = at(HERE, "retry", "r-there.csv", "-m", "map.yaml", "--json")
    assert json.loads(ran.out)["counts"]["duplicate"] == 3
    assert len(sandbox.received) == 3


def test_mapping_without_identity_sends_no_foreign_rows(at, two_reports) -> None:
    sandbox, _, _ = two_reports
    Path("none.yaml").write_text(MAPPING.replace("fields:", "duplicates: []\nfields:"))
    ran = at(HERE, "retry", "r-there.csv", "-m", "none.yaml")
    assert ran.code == 3, ran
    assert "no fields that identify a lead" in ran.err
    assert len(sandbox.received) == 7
    ran = at(HERE, "retry", "r-there.csv", "-m", "none.yaml", "--allow-duplicates")
    assert (ran.code, len(sandbox.received)) == (0, 9), ran


def test_resume_of_a_merged_report(at, two_reports) -> None:
    """The campaign closes after one lead; the resumed run knows which rows are whose."""
    sandbox, here, there = two_reports
    write_report(Path("merged.csv"), here + there)
    count = sandbox.requests["lead"]
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": f"403inactive@{count + 1}-{count + 3}"}))
    ran = at(HERE, "retry", "merged.csv", "-m", "map.yaml", "--report", "out.csv")
    assert ran.code == 5, ran
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    ran = at(HERE, "resume", "--report", "done.csv", "--json")
    assert ran.code == 0, ran
    assert json.loads(ran.out)["counts"]["accepted"] == 10
    assert set(emails(sandbox).values()) == {1}
    assert at(HERE, "retry", "done.csv", "-m", "map.yaml").code == 0
    assert len(sandbox.received) == 10


@pytest.mark.parametrize("outcome", ["rejected", "unsent", "failed", "invalid", "Rejected "])
@pytest.mark.parametrize("number", [0, 2])
def test_new_row_under_an_old_number_is_a_new_row(command, platform, outcome, number) -> None:
    """Row 2 is accepted. Someone types another lead over it, or over a row that they copied from it."""
    sandbox = platform()
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    new = dict(zip(COLUMNS, people(9)[8], strict=True))
    rows[number] |= {**new, "upload_outcome": outcome}
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert ran.code == 0, ran
    assert emails(sandbox)[new["Email"]] == 1
    row = read_report(Path("out.csv"))[number]
    assert (row["upload_outcome"], row["upload_lead_id"]) == ("accepted", str(sandbox.received[-1].lead_id))
    assert "already accepted" not in row["upload_reason"]
    assert len(sandbox.received) == 4


def test_row_that_was_accepted_since_stays_a_duplicate(command, platform) -> None:
    """An old copy of the report says `rejected`; the same lead was accepted by a retry of another copy."""
    sandbox = platform(faults="400@2")
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", "--report", "old.csv")
    assert command("retry", "old.csv").code == 0
    rows = read_report(Path("old.csv"))
    for row in rows:
        row["Company"] = "Another Ltd"
    write_report(Path("old.csv"), rows)
    ran = command("retry", "old.csv", "--report", "out.csv")
    assert (ran.code, len(sandbox.received)) == (0, 3), ran
    assert [row["upload_outcome"] for row in read_report(Path("out.csv"))].count("duplicate") == 1


@given(data=st.data())
@settings(max_examples=25, phases=[Phase.explicit, Phase.generate])  # to shrink whole commands takes minutes
@pytest.mark.slow
def test_no_pasted_lead_is_called_accepted_that_exists_nowhere(command, platform, tmp_path_factory, data) -> None:
    """Rows are overwritten, copied and renumbered at random: what is reported as accepted is on the platform."""
    import os

    os.chdir(tmp_path_factory.mktemp("pasted"))
    os.environ["UPLOADER_HOME"] = str(Path("home").resolve())  # each sandbox counts its lead ids from the same number
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(faults="400@2")
    base = people(40)
    start = data.draw(st.integers(0, 20))
    leads = [[first, last, f"{os.getpid()}.{Path.cwd().name}.{email}", *rest] for first, last, email, *rest in base]
    command("upload", write_csv(Path("leads.csv"), leads[start : start + 4]), "-m", "map.yaml", "--report", "r.csv")
    rows = read_report(Path("r.csv"))
    for new in range(data.draw(st.integers(1, 3))):
        row = dict(data.draw(st.sampled_from(rows)))
        row |= dict(zip(COLUMNS, leads[start + 10 + new], strict=True))
        row["upload_outcome"] = data.draw(st.sampled_from(["accepted", "rejected", "unsent", "failed"]))
        if data.draw(st.booleans()):
            row["upload_row"] = str(data.draw(st.integers(2, 9)))
        if data.draw(st.booleans()):
            rows.append(row)
        else:
            rows[data.draw(st.integers(0, len(rows) - 1))] = row
    write_report(Path("r.csv"), rows)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert ran.code in {0, 1}, ran
    assert max(emails(sandbox).values()) == 1
    stored = emails(sandbox)
    for before, after in zip(rows, read_report(Path("out.csv")), strict=True):
        if before["upload_outcome"] != "accepted" and after["upload_outcome"] in {"accepted", "duplicate"}:
            assert stored[after["Email"]], after
