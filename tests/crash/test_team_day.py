"""A day in the life of a team: four machines with one ledger, a kill, a restart, and everything agrees in the end."""

import json
import os
import signal
from pathlib import Path

import pytest

from tests.crash.process import finish, start
from tests.support.files import people, read_report, write_csv, write_report
from tests.support.postgres import KEY, query_team
from tests.support.team import home_of
from uploader.config.load import load_settings
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")]

LEADS = people(60)
FIXED = LEADS[0]


def on(machine: str, *args: object, step: str = "", number: int = 0):
    return start([*args], step, number, HOME=str(home_of(machine)))


def newest_report(name: str) -> Path:
    return max(Path().glob(f"{name}.report-*.csv"), key=lambda path: path.stat().st_mtime_ns)


def stored(sandbox: Sandbox) -> dict[str, int]:
    """Return the platform's leads, by e-mail; none is there twice."""
    emails = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert len(set(emails)) == len(emails)
    return dict(zip(emails, (lead.lead_id for lead in sandbox.received), strict=True))


def test_a_day_in_the_life_of_a_team(platform, server) -> None:
    sandbox = platform(latency=(0.005, 0.03))
    broken = [*FIXED[:2], "not an address", *FIXED[3:]]
    write_csv(Path("a.csv"), [broken, *LEADS[1:30]])
    write_csv(Path("b.csv"), LEADS[15:45])
    write_csv(Path("c.csv"), LEADS[40:])

    # A and B upload overlapping files at the same time; C is killed when its sixth lead is on its way.
    running = [on(name, "upload", f"{name}.csv", "-m", "map.yaml") for name in "ab"]
    killed = on("c", "upload", "c.csv", "-m", "map.yaml", step="after the send", number=6)
    assert finish(killed) == -signal.SIGKILL
    # B, which has leads of C in its file, finds those unknown that were on their way.
    ended = [finish(process) for process in running]
    outcomes = [{row["upload_outcome"] for row in read_report(newest_report(name))} for name in "ab"]
    assert ended == [6 if "unknown" in found else code for found, code in zip(outcomes, (1, 0), strict=True)]

    # D sees C's rows, and says what became of each.
    ((run, rows),) = query_team(
        server.url(), "SELECT run, json_agg(row ORDER BY row)::text FROM known WHERE outcome = 'unknown' GROUP BY run"
    )
    unknown = json.loads(rows)
    assert 1 <= len(unknown) <= 4
    arrived = {LEADS[40 + row - 2][2]: row for row in unknown if LEADS[40 + row - 2][2] in stored(sandbox)}
    for row in unknown:
        way = "--accepted" if row in arrived.values() else "--not-sent"
        assert finish(on("d", "resolve", run, "--rows", row, way)) == 0

    # The database restarts; C continues, A corrects its report and sends it again, B sends what it could not.
    server.stop("fast")
    server.start()
    report = newest_report("a")
    edited = read_report(report)
    edited[0]["Email"] = FIXED[2]
    write_report(report, edited)
    both = on("c", "resume", run), on("a", "retry", report)  # they have no lead in common
    assert [finish(process) for process in both] == [0, 0], Path("err.txt").read_text()[-3000:]
    assert finish(on("b", "retry", newest_report("b"))) == 0, Path("err.txt").read_text()[-3000:]

    # The platform, the reports and the ledger agree, row by row.
    leads = stored(sandbox)
    assert set(leads) == {lead[2] for lead in LEADS}
    ids = {email: None if email in arrived else number for email, number in leads.items()}  # D knows of no id
    owners: dict[str, list[str]] = {}
    for name, wanted in (("a", LEADS[:30]), ("b", LEADS[15:45]), ("c", LEADS[40:])):
        found = read_report(max(Path().glob(f"{name}.*report-*.csv"), key=lambda path: path.stat().st_mtime_ns))
        assert [row["Email"] for row in found] == [lead[2] for lead in wanted]
        for row in found:
            assert row["upload_outcome"] in {"accepted", "duplicate"}, row
            if row["upload_outcome"] == "accepted":
                owners.setdefault(row["Email"], []).append(name)
                assert row["upload_lead_id"] == str(ids[row["Email"]] or ""), row
            else:
                assert row["upload_lead_id"] == "", row
    assert {email: len(names) for email, names in owners.items()} == dict.fromkeys(leads, 1)
    with PostgresLedger(server.url(), KEY) as ledger:
        marks = ledger.fingerprints(load_settings().scope, 44400)([list(leads)])
        known = ledger.rows.earlier_by_fingerprint(marks)
        assert {one.outcome for one in known.values()} == {"accepted"}
        assert {email: known[mark].lead_id for email, mark in zip(leads, marks, strict=True)} == ids
