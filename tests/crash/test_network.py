"""Thousands of leads through a network that breaks: no loss, no silent duplicate."""

import os
from pathlib import Path

import pytest

from tests.crash.checker import check, newest_report
from tests.crash.proxy import FAULTS, HARMLESS, proxied
from tests.support.files import MAPPING, people, write_csv


@pytest.mark.slow
def test_broken_connections_lose_and_duplicate_nothing(command, platform, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 3000
    monkeypatch.setenv("UPLOADER_TIMEOUT", "2")  # a busy machine is slow, and only broken requests should be unknown
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "off")
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(limit="off", token_limit="off")
    with proxied(os.environ["UPLOADER_BASE_URL"], share=0.06, seed=20261123) as (proxy, url):
        monkeypatch.setenv("UPLOADER_BASE_URL", url)
        code = command("upload", write_csv(Path("leads.csv"), people(rows)), "-m", "map.yaml").code
        for _ in range(20):
            if code != 5:  # the breaker stopped it: go on, as its message says
                break
            code = command("resume").code
    assert code == 6
    assert set(proxy.broken) == set(FAULTS), "every fault was there"
    broken = sum(count for fault, count in proxy.broken.items() if fault not in HARMLESS)
    counts = check(newest_report(), sandbox, rows, max_unknown=broken)
    assert counts["unknown"] == broken, "exactly the broken requests are unknown"
    assert counts["accepted"] == rows - broken
