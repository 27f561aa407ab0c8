"""What is let go of, and what is never: the knowledge that a lead was sent."""

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.runs import MARK, a_run
from uploader.commands import retention
from uploader.config.value_types import parse_age, parse_moment
from uploader.core.errors import UsageError
from uploader.core.model import Outcome, RowState
from uploader.ledger import lock_names_of, open_ledger

NOW = datetime(2026, 11, 23, 17, 45, tzinfo=timezone(timedelta(hours=1)))
LONG_AGO = 1e9
HOME = Path("home")


def upload(command, rows: list[list[str]], *args: object, name: str = "leads.csv") -> dict:
    Path("map.yaml").write_text(MAPPING)
    return json.loads(command("upload", write_csv(Path(name), rows), "-m", "map.yaml", "--json", *args).out)


def grow_old(*, killed: bool = False) -> None:
    """Makes all that is in the ledger old."""
    query_ledger(HOME, "UPDATE run SET started = ?1, ended = ?2", (LONG_AGO, None if killed else LONG_AGO))
    query_ledger(HOME, "UPDATE attempt SET sent = ?", (LONG_AGO,))


def kept() -> bytes:
    return b"".join(path.read_bytes() for path in HOME.rglob("*") if path.is_file())


@given(st.integers(0, 99_999), st.sampled_from("dwy"))
def test_age_is_parsed(number: int, unit: str) -> None:
    days = number * {"d": 1, "w": 7, "y": 365}[unit]
    assert parse_age(f" {number}{unit.upper()} ") == timedelta(days=days)


@given(st.dates().map(str))
def test_date_means_its_first_moment(text: str) -> None:
    assert parse_moment(text, NOW).isoformat() == f"{text}T00:00:00+01:00"


@pytest.mark.parametrize("text", ["", "90", "d", "90m", "-1d", "1.5y", "2026-02-30", "31/01/2026", "99999y", "٩d"])
def test_invalid_age_is_refused(text: str, command) -> None:
    with pytest.raises(ValueError, match="write it as 90d"):
        parse_moment(text, NOW)
    ran = command("purge", f"--older-than={text}", "--yes")
    assert ran.code == 2, ran
    assert "write it as 90d" in ran.err


def test_purge_keeps_accepted_and_unknown_leads(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="400@2,store-close@4")
    printed = upload(command, [*people(6), people(1)[0]])
    grow_old()
    recent = upload(command, people(12)[8:], name="recent.csv")["run"]
    ran = command("purge", "--older-than", "90d", "--yes")
    assert (ran.code, ran.out) == (0, "1 run deleted.\n")
    assert "1 run that ended before" in ran.err
    assert "with 2 rows in the ledger" in ran.err
    assert "4 accepted, 1 unknown" in ran.err
    assert [run["run"] for run in json.loads(command("runs", "--json").out)] == [recent]
    text = kept()
    assert b"Autumn webinar" in text  # the mapping of the recent run
    assert str(Path("leads.csv").resolve()).encode() not in text
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    before = len(sandbox.received)
    again = upload(command, people(6))
    assert [again["counts"][word] for word in ("duplicate", "unknown", "accepted")] == [4, 1, 1]
    assert len(sandbox.received) == before + 1
    row = read_report(Path(again["report"]))[0]
    assert "leads.csv, row 2; lead 559" in row["upload_reason"]
    ran = command("purge", "--older-than", "90d", "--yes")
    assert "Nothing to delete" in ran.out
    for name in ("report", "resume"):
        ran = command(name, printed["run"])
        assert ran.code == 2, ran
        assert "was purged from the ledger" in ran.err
    assert command("resume").code == 2
    assert command("resolve", printed["run"], "--rows", "all", "--accepted").code == 0


def test_report_of_a_purged_run_needs_a_mapping(command, platform, monkeypatch) -> None:
    """The first report says that row 3 was refused; its retry was accepted, with another e-mail."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")  # the leads arrive in the file's order
    sandbox = platform(faults="400@2")
    first = upload(command, people(3))
    report = read_report(Path(first["report"]))
    text = Path(first["report"]).read_text("utf-8-sig")
    Path("fixed.csv").write_text(text.replace(report[1]["Email"], "fixed@example.com"), "utf-8-sig")
    assert command("retry", "fixed.csv").code == 0
    assert len(sandbox.received) == 3
    grow_old()
    assert command("purge", "--older-than", "1d", "--yes").code == 0
    ran = command("retry", first["report"])
    assert ran.code == 3, ran
    assert "was purged" in ran.err
    assert "--mapping" in ran.err
    ran = command("retry", first["report"], "--mapping", "map.yaml", "--json")
    assert (ran.code, json.loads(ran.out)["counts"]["duplicate"]) == (0, 1)
    assert len(sandbox.received) == 3


def test_purge_can_forget_leads(command, platform) -> None:
    sandbox = platform()
    printed = upload(command, people(3))
    grow_old()
    assert command("purge", "--older-than", "1w", "--yes").code == 0
    ran = command("purge", "--older-than", "1w", "--forget-leads", "--yes")
    assert ran.code == 0, ran
    assert "SENT AGAIN" in ran.err
    assert ran.out == "1 run deleted.\n"
    for table in ("run", "attempt", "answer", "duplicate", "decision", "reason"):
        assert query_ledger(HOME, f"SELECT count(*) FROM {table}") == [(0,)]
    ran = command("retry", printed["report"])
    assert ran.code == 3, ran
    assert "does not know run" in ran.err
    assert "--forget-leads" in ran.err
    assert upload(command, people(3))["counts"]["accepted"] == 3
    assert len(sandbox.received) == 6


def test_purge_without_terminal_needs_yes(command, platform) -> None:
    platform()
    upload(command, people(2))
    ran = command("purge", "--older-than", "0d", consent=False)
    assert ran.code == 2, ran
    assert "Add --yes" in ran.err
    assert len(json.loads(command("runs", "--json").out)) == 1


def test_unfinished_run_is_purged_unless_running(command, platform, monkeypatch) -> None:
    platform()
    upload(command, people(2))
    upload(command, people(2), "--allow-duplicates")  # another run of the same file
    grow_old(killed=True)
    with open_ledger(HOME) as ledger:
        run = ledger.runs.find(ledger.retention.unfinished_before(2 * LONG_AGO)[0])
        with ledger.lock(lock_names_of(run), "leads.csv"):
            assert retention.purge(ledger, LONG_AGO + 1).runs == 0
        assert retention.preview(ledger, LONG_AGO).runs == 0
        assert retention.purge(ledger, LONG_AGO + 1) == (2, 0, 4, 0)
    assert upload(command, people(2))["counts"]["duplicate"] == 2


def test_purge_names_runs_with_unsent_rows(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="403inactive@3-4")
    stopped = upload(command, people(6))
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    upload(command, people(9)[6:], name="whole.csv")
    grow_old()
    ran = command("purge", "--older-than", "90d", consent=False)
    printed = f"with unsent rows: {stopped['run']} (leads.csv, 4 unsent).\n"
    assert ran.code == 2, ran
    assert printed in ran.err
    assert "uploader resume RUN" in ran.err
    assert command("retry", stopped["report"]).code == 0
    assert "unsent rows" not in command("purge", "--older-than", "90d").err


def test_purged_run_is_not_resumed(tmp_path: Path) -> None:
    with open_ledger(HOME) as ledger:
        ledger.runs.start(a_run("one"))
        ledger.runs.finish("one", {}, "stopped")
        grow_old()
        retention.purge(ledger, LONG_AGO + 1)
        with pytest.raises(UsageError, match="has just been purged"):
            ledger.runs.mark_resumed("one")
        assert ledger.runs.newest_unfinished("acme") is None


@pytest.mark.parametrize("forget_leads", [False, True])
async def test_purge_keeps_every_lead_that_may_exist(forget_leads: bool) -> None:
    """What forbids to send a lead is the same before and after a purge, of fingerprints and of rows."""
    chance = random.Random(7)
    marks = [bytes([n]) * 16 for n in range(20)]
    outcomes = [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED, Outcome.UNSENT, Outcome.UNKNOWN, None]
    with open_ledger(HOME) as ledger:
        for number in range(30):
            ledger.runs.start(a_run(f"r{number}", family=f"r{chance.randrange(number + 1)}"))
            for _ in range(chance.randrange(8)):
                attempt = await ledger.attempts.intend(
                    f"r{number}", chance.randrange(2, 9), chance.choice([*marks, None])
                )
                if outcome := chance.choice(outcomes):
                    ledger.attempts.answer(attempt, RowState(outcome, f"reason {number}", lead_id=number))
                    ledger.attempts.flush()
                if chance.random() < 0.2:
                    ledger.decisions.record(
                        "ann", [(attempt, RowState(chance.choice([Outcome.ACCEPTED, Outcome.FAILED]), "decided"))]
                    )
            if chance.random() < 0.8:
                ledger.runs.finish(f"r{number}", {}, None)
                query_ledger(HOME, "UPDATE run SET ended = ? WHERE id = ?", (float(number), f"r{number}"))

        def forbidding() -> list[object]:
            of_rows = [ledger.rows.earlier_by_row(f"r{number}", range(2, 9)) for number in range(30)]
            return [{mark: found.outcome for mark, found in ledger.rows.earlier_by_fingerprint(marks).items()}, of_rows]

        def without_files(found: list) -> str:
            return repr(found).replace("/somewhere/", "")

        before = forbidding()
        purged = retention.purge(ledger, 15.0)
        assert purged.runs > 5
        assert purged.rows > 5
        assert without_files(forbidding()) == without_files(before)
        assert ledger.damage() == []
        left = retention.purge(ledger, 1e12, forget_leads=forget_leads)
        assert left.runs > 5
        if forget_leads:
            assert ledger.rows.earlier_by_fingerprint(marks) == {}
        else:
            assert without_files(forbidding()) == without_files(before)


def test_retention_purges_after_an_upload(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setenv("UPLOADER_RETENTION", "0d")
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml")
    assert ran.code == 2, ran
    assert "UPLOADER_RETENTION" in ran.err
    monkeypatch.setenv("UPLOADER_RETENTION", "365d")
    first = upload(command, people(2))["run"]
    second = upload(command, people(4)[2:], name="b.csv")["run"]
    assert len(json.loads(command("runs", "--json").out)) == 2
    grow_old()
    third = upload(command, people(6)[4:], name="c.csv")["run"]
    assert [run["run"] for run in json.loads(command("runs", "--json").out)] == [third]
    assert {first, second}.isdisjoint({third})
    assert upload(command, people(6), name="d.csv")["counts"]["duplicate"] == 6


def test_forget_removes_the_fingerprint(command, platform) -> None:
    sandbox = platform()
    upload(command, people(3))
    with open_ledger(HOME) as ledger:
        (mark,) = ledger.fingerprints(next(iter(ledger.runs.campaigns()))[0], 44400)([[people(2)[1][2]]])
        assert ledger.rows.earlier_by_fingerprint([mark])
    assert mark in kept()
    Path("wishes.txt").write_text(f"\n {people(3)[2][2]} \n")
    ran = command("forget", "--email", people(2)[1][2].upper(), "--file", "wishes.txt")
    assert ran.code == 0, ran
    assert "2 rows forgotten, for 2 e-mail addresses." in ran.out
    assert "sent again" in ran.out
    assert mark not in kept()
    assert people(2)[1][2].encode() not in kept().lower()
    counts = upload(command, people(3), name="other.csv")["counts"]
    assert (counts["accepted"], counts["duplicate"]) == (2, 1)
    assert len(sandbox.received) == 5


@pytest.mark.parametrize("written", ["mailto:{}", "Ann <{}>", "\u200b{}", "{}\u00a0", '"{}",'])
def test_forget_normalizes_addresses(command, platform, written) -> None:
    platform()
    upload(command, people(2))
    ran = command("forget", "--email", written.format(people(1)[0][2]))
    assert "1 row forgotten, for 1 e-mail address." in ran.out
    assert upload(command, people(2))["counts"]["accepted"] == 1


def test_forget_ignores_empty_addresses(command, platform) -> None:
    """As of a variable that was not set."""
    ran = command("forget", "--email", " ", "--email", "")
    assert ran.code == 2, ran
    assert "No e-mail address was given" in ran.err


def test_forgotten_lead_keeps_its_outcome_in_its_run(command, platform) -> None:
    """The row's number within the run is no trace of a person, and keeps a resume from sending it again."""
    sandbox = platform()
    printed = upload(command, people(3))
    command("forget", "--email", people(1)[0][2])
    assert json.loads(command("resume", printed["run"], "--json").out)["counts"]["accepted"] == 3
    assert len(sandbox.received) == 3


def test_forget_reports_no_match(command, monkeypatch) -> None:
    import io
    import sys

    ran = command("forget", "--email", "missing@example.com")
    assert ran.code == 0, ran
    assert "0 rows forgotten, for 1 e-mail address." in ran.out
    assert command("forget").code == 2
    ran = command("forget", "--file", "none.txt")
    assert ran.code == 2, ran
    assert "cannot be read: No such file" in ran.err
    Path("utf16.txt").write_text("joe@example.com", "utf-16")
    assert "is not UTF-8 text" in command("forget", "--file", "utf16.txt").err
    monkeypatch.setattr(sys, "stdin", io.StringIO("a@example.com\nb@example.com\n"))
    assert "for 2 e-mail addresses" in command("forget", "--file", "-").out


async def test_deleted_fingerprints_are_overwritten(tmp_path: Path) -> None:
    with open_ledger(HOME) as ledger:
        ledger.runs.start(a_run("one"))
        ledger.attempts.answer(await ledger.attempts.intend("one", 2, MARK), RowState(Outcome.REJECTED, "zinkfink"))
        ledger.attempts.flush()
        ledger.runs.finish("one", {}, None)
        assert MARK in kept()
        retention.purge(ledger, datetime.now(UTC).timestamp() + 1)
        assert MARK not in kept()
        assert b"zinkfink" not in kept()
        assert ledger.runs.find("one") is None
