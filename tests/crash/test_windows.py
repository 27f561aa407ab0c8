"""A strict server: no window of it ever holds one request too many, and nearly all that it allows are made."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crash.process import finish, start
from tests.support.files import MAPPING, people, write_csv
from tests.support.sandbox import serving
from uploader.sandbox import Sandbox, SandboxOptions, credentials

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork is POSIX's")

LIMIT, SECONDS = 90, 8.0


@pytest.mark.slow
def test_no_rolling_window_exceeds_the_quota(monkeypatch: pytest.MonkeyPatch) -> None:
    """All three at once, each with an API of its own: most of it is waiting."""
    for name, value in credentials().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", f"{LIMIT}/{SECONDS:g}")
    Path("map.yaml").write_text(MAPPING)
    rows = people(2 * LIMIT + 10)
    whole_file, first, rest = (
        write_csv(Path(f"{name}.csv"), part)
        for name, part in (("whole", rows), ("first", rows[:50]), ("rest", rows[50:]))
    )
    with ExitStack() as stack:

        def platform(home: str) -> tuple[Sandbox, dict[str, str]]:
            options = SandboxOptions(limit=f"{LIMIT}/{SECONDS:g}", latency=(0.005, 0.25))
            sandbox, url = stack.enter_context(serving(options))
            return sandbox, {"BASE_URL": url, "HOME": str(Path(home).absolute())}

        one, two, again = platform("one"), platform("two"), platform("again")
        upload = ["upload", "-m", "map.yaml"]
        running = [start([*upload, whole_file], **one[1])]
        running += [start([*upload, file], **two[1]) for file in (first, rest)]
        before = start([*upload, first], **again[1])
        assert finish(before) == 0
        running.append(start([*upload, rest], **again[1]))
        assert [finish(process) for process in running] == [0, 0, 0, 0]
        for sandbox, _ in (one, two, again):
            assert len(sandbox.received) == len(rows)
            assert 429 not in {status for _, _, status in sandbox.log}
            assert share_used(sandbox) >= 0.97


def share_used(sandbox: Sandbox) -> float:
    """Of the requests that two windows allow, how many were made in the time that they took."""
    arrivals = sorted(at for at, _, _ in sandbox.log)
    return 2 * SECONDS / (arrivals[2 * LIMIT] - arrivals[0])
