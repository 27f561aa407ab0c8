"""No address, name, secret or key of an upload is in any table of a shared ledger, or in any log."""

from pathlib import Path

import pytest

from tests.support.files import write_csv
from tests.support.postgres import KEY, query_team, shared_server
from tests.support.team import home_of, upload_on
from uploader.config.load import load_settings

LOGS_EVERYTHING = ["log_statement=all", "log_min_duration_statement=0", "log_parameter_max_length=-1"]
LEADS = [
    [f"Parakeet{n}", f"Kakadu{n}", f"parakeet.{n}@example.com", f"(+44)07700900{n:03}", "Budgerigar Ltd"]
    for n in range(6)
]


@pytest.mark.slow
def test_nothing_of_a_lead_and_no_secret_is_in_a_table_or_log(on, team, platform, monkeypatch) -> None:
    platform(faults="close@2,400@3,500@4", result_delay=0.0)
    options = "%20".join(f"-c{option.replace('=', '%3D')}" for option in LOGS_EVERYTHING)
    monkeypatch.setenv("UPLOADER_LEDGER", f"{team}%20{options}")
    report = upload_on(on, "A", write_csv(Path("a.csv"), LEADS), "--log-file", "a.jsonl", "-v")
    counts = {outcome: number for outcome, number in report["counts"].items() if number}
    assert counts == {"accepted": 3, "rejected": 1, "unknown": 2}
    commands = [
        ("resolve", report["run"], "--rows", "all", "--not-sent"),
        ("retry", report["report"], "--log-file", "a.jsonl"), ("results", report["report"]), ("runs",),
        ("forget", "--email", LEADS[0][2]), ("purge", "--older-than", "0d"), ("team", "status"),
    ]  # fmt: skip
    ended = [on("B", *args) for args in commands]
    assert [ran.code for ran in ended] == [0, 0, 1, 0, 0, 0, 0], ended  # one result is a failure
    tables = query_team(team, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    found = {name: str(query_team(team, f"SELECT row_to_json(t)::text FROM {name} AS t")) for (name,) in tables}
    found |= {str(path): path.read_text() for path in (shared_server().folder / "log", Path("a.jsonl"))}
    for home in map(home_of, "AB"):
        files = {str(path): path.read_bytes().decode("utf-8", "replace") for path in home.rglob("*") if path.is_file()}
        assert files, home
        found |= files
    assert "INSERT INTO attempt" in found[str(shared_server().folder / "log")]
    secrets = [KEY.hex(), KEY.hex().upper(), *load_settings().secrets.values()]
    values = [cell for lead in LEADS for cell in (*lead[:4], lead[3][-11:])]
    leaks = {
        (place, value) for place, text in found.items() for value in [*values, *secrets, "Budgerigar"]
        if value and value.casefold() in text.casefold()
    }  # fmt: skip
    assert not leaks
