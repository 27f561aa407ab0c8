"""What the platform says of an accepted lead is kept without the lead's values, raw or mapped."""

import json
import socket
from pathlib import Path

import pytest

from tests.support.files import MAPPING_IDS, read_report, write_csv
from tests.support.raw_api import RawApi, http, raw_api

MAPPING = (
    MAPPING_IDS
    + """\
fields:
  email: Email
  firstName:
    template: "{First} of {Team}"
  lastName: {column: Born, transform: [{date: {from: "%d/%m/%Y"}}]}
  company: {column: Sex, values: {f: Zinkfemale, m: Zinkmale}}
ignore: [Last]
"""
)
FIELDS = [{"key": f"form[{name}]"} for name in ("email", "firstName", "lastName", "company")]


@pytest.mark.parametrize("waits", [False, True])
def test_reason_of_a_result_is_kept_without_values(command, monkeypatch, waits: bool) -> None:
    sent: dict[int, dict[str, str]] = {}

    def lead(connection: socket.socket, fields: dict[str, str]) -> bytes:
        lead_id = api.store(fields)
        sent[lead_id] = fields
        return http(201, {"data": lead_id})

    def other(target: str) -> bytes | None:
        if "/fields/" in target:
            return http(200, [{"formId": 75, "fields": FIELDS}])
        if "lead-result" not in target:
            return None
        fields = sent[int(target.split("lead-result/")[1].split("?", maxsplit=1)[0])]
        return http(200, {"failedJobs": [f"Person {' and '.join(fields.values())} is not valid"]})

    api = RawApi(lead, other)
    with raw_api(api) as url:
        for name, value in {
            "BASE_URL": url,
            "CLIENT_ID": "c",
            "CLIENT_SECRET": "secretsecret",
            "API_KEY": "k" * 9,
        }.items():
            monkeypatch.setenv(f"UPLOADER_{name}", value)
        monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.1")
        Path("map.yaml").write_text(MAPPING)
        rows = [["zinkann@example.com", "Zinkann", "Zinkteam", "03/04/1990", "f", "Zinklast"]]
        leads = write_csv(Path("leads.csv"), rows, ["Email", "First", "Team", "Born", "Sex", "Last"])
        more = ["--wait-results"] if waits else []
        command("upload", leads, "-m", "map.yaml", "--yes", "--report", "r.csv", "--log-file", "log", *more)
        ran = command("results", "r.csv", "--json")
    assert json.loads(ran.out)["results"]["invalid"] == 1
    reason = read_report(Path("r.csv"))[0]["upload_result_reason"]
    kept = b"".join(path.read_bytes() for path in [*Path("home").rglob("*"), Path("log")] if path.is_file()).lower()
    assert b"is not valid" in kept
    kept = kept.replace(MAPPING.lower().encode(), b"").replace(json.dumps(MAPPING).lower().encode().strip(b'"'), b"")
    assert [word for word in (b"zink", b"1990-04-03", b"03/04/1990") if word in kept] == []
    assert waits or "Zinkann of Zinkteam and 1990-04-03 and Zinkfemale is not valid" in reason
