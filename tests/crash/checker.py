"""The checker, as in Jepsen: compares what the API stored with what the report says."""

from collections import Counter
from pathlib import Path

from tests.support.files import read_report
from uploader.sandbox import Sandbox


def newest_report() -> list[dict[str, str]]:
    """The rows of the report that was written last."""
    return read_report(max(Path().glob("*.report-*.csv"), key=lambda path: path.stat().st_mtime_ns))


def check(report: list[dict[str, str]], sandbox: Sandbox, rows: int, max_unknown: int) -> Counter[str]:
    """Asserts that no lead was lost and none was stored twice; `max_unknown` is how many rows may be unknown."""
    stored = Counter(dict(lead.fields)["email"] for lead in sandbox.received)
    reported = {row["Email"]: row["upload_outcome"] for row in report}
    assert len(report) == len(reported) == rows, "every row has one outcome"
    assert [email for email, times in stored.items() if times > 1] == [], "nothing is stored twice"
    may_exist = {email for email, outcome in reported.items() if outcome in {"accepted", "unknown"}}
    assert set(stored) <= may_exist, "what is stored is accepted or unknown"
    assert {email for email, outcome in reported.items() if outcome == "accepted"} <= set(stored), "accepted is stored"
    counts = Counter(reported.values())
    assert counts["unknown"] <= max_unknown, "the unknown are few"
    ids = {dict(lead.fields)["email"]: str(lead.lead_id) for lead in sandbox.received}
    assert all(row["upload_lead_id"] in {"", ids.get(row["Email"])} for row in report)
    return counts
