"""Ledgers of older versions keep working."""

from pathlib import Path

import pytest

from tests.support.files import write_csv
from tests.support.ledger_file import query_ledger, restore_ledger
from tests.support.runs import a_run
from uploader.core.model import Outcome, Run
from uploader.ledger import open_ledger
from uploader.ledger.sqlite.schema import VERSION

VERSION_3 = Path(__file__).with_name("ledger_v3.sql")
FIRST, RETRY, AGAIN, CANARY = (
    "20261128-161110-660f",
    "20261128-161111-3dbc",
    "20261128-161113-6050",
    "20261128-161116-2a9f",
)
COLUMNS = ["First Name", "Last Name", "Email"]
MAPPING = "version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\nfields:\n"
MAPPING += "  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Autumn webinar}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    restore_ledger(tmp_path / "home", VERSION_3)
    return tmp_path / "home"


def find(home: Path, run: str) -> Run:
    with open_ledger(home) as ledger:
        found = ledger.runs.find(run)
    assert found is not None
    return found


@pytest.mark.parametrize("run", [FIRST, RETRY, AGAIN, CANARY])
def test_facts_under_old_names_are_read(home: Path, run: str) -> None:
    found = find(home, run)
    assert (found.in_sandbox, found.consent, found.user) == (True, "--yes", "root")
    assert found.is_escaped is (run == RETRY)
    assert found.canaries_passed is (run == CANARY)
    assert found.required == ("firstName", "lastName", "email", "source")


def test_facts_written_since_replace_old_ones(home: Path) -> None:
    with open_ledger(home) as ledger:
        ledger.runs.mark_canaries_passed(FIRST)
        ledger.runs.set_report_kind(FIRST, "xlsx")
    found = find(home, FIRST)
    assert found.canaries_passed
    assert found.report_kind == "xlsx"


def test_states_and_history_survive(home: Path) -> None:
    with open_ledger(home) as ledger:
        outcomes = {row: state.outcome for row, state in ledger.rows.states(FIRST, range(2, 9)).items()}
        assert outcomes == {
            2: Outcome.ACCEPTED,
            3: Outcome.REJECTED,
            4: Outcome.ACCEPTED,
            5: Outcome.UNKNOWN,
            6: Outcome.FAILED,  # decided by the user
            7: Outcome.ACCEPTED,
        }
        assert [run.run.id for run in ledger.runs.history(9)] == [CANARY, AGAIN, RETRY, FIRST]
        assert ledger.runs.newest_unfinished("sandbox") == CANARY
        assert ledger.decisions.latest(FIRST).keys() == {(FIRST, 6)}


def test_file_is_upgraded(home: Path) -> None:
    assert query_ledger(home, "PRAGMA user_version") == [(3,)]
    open_ledger(home).__exit__()
    assert query_ledger(home, "PRAGMA user_version") == [(VERSION,)]


@pytest.mark.parametrize("version", [6])
def test_ledger_of_the_version_before_is_upgraded(tmp_path: Path, version: int) -> None:
    """It has every table, so that what an older version needs must not be done to it."""
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
    query_ledger(tmp_path / "home", f"PRAGMA user_version = {version}")
    for index in ("answer_lead_id", "decision_lead_id"):
        query_ledger(tmp_path / "home", f"DROP INDEX {index}")
    with open_ledger(tmp_path / "home") as ledger:
        assert ledger.rows.has_lead_id("acme", 1) is False
        assert [past.run.id for past in ledger.runs.history(9)] == ["one"]


def test_leads_are_recognized(home: Path, command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    rows = [["Ann", f"Lind{n}", f"ann.{n}@example.COM"] for n in range(7)]
    ran = command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--yes", "--json")
    assert [dict(lead.fields)["email"] for lead in sandbox.received] == ["ann.6@example.COM"], ran
