"""The benchmarks run: small, and without a word on how long anything takes."""

import math

import pytest

from tests.benchmarks import (
    check,
    encodings,
    first_lead,
    growth,
    long_run,
    page,
    quota,
    responses,
    start,
    targets,
    team,
    throughput,
    workbooks,
)
from tests.support.web import needs_chromium


@pytest.mark.parametrize(
    ("benchmark", "sizes"),
    [
        (throughput, (60, 1)),
        (check, (200, 1)),
        (first_lead, (1200,)),
        (growth, (2000, 2000)),
        (start, (1,)),
        (encodings, (1, 2)),
        (workbooks, (200, 1)),
        (responses, (2_000, 20)),
        (team, (40, 5, 1, 1_000)),
        pytest.param(page, (3_000, 100), marks=needs_chromium),
    ],
    ids=lambda value: getattr(value, "__name__", "").rpartition(".")[2] or None,
)
@pytest.mark.slow
def test_benchmark_prints_figures(benchmark, sizes) -> None:
    lines = benchmark.main(*sizes)
    assert len(lines) >= 2
    assert all(line.what and math.isfinite(line.value) for line in lines)
    assert [line.value for line in lines if line.what == "over the limit"] == ([0, 0] if benchmark is team else [])


@pytest.mark.slow
def test_targets_are_measured() -> None:
    rows = list(targets.main(repeat=1, quick=True))
    assert len(rows) == 17
    assert all(row.count("|") == 6 and row.endswith((" yes |", " no |")) for row in rows)


@pytest.mark.slow
def test_quota_benchmark_never_exceeds_the_limit() -> None:
    share, refused = quota.main(20, 1)
    assert share.value <= 1
    assert refused.value == 0


@needs_chromium
@pytest.mark.slow
def test_page_follows_a_run_that_waits_for_its_quota() -> None:
    """Ten minutes by hand, six seconds here: connections are lost, nothing is, and no memory is kept for each event."""
    found = {line.what: line.value for line in long_run.main(0.1, 60)}
    assert found["event streams opened, with 3 lost connections"] == 4
    assert {value for what, value in found.items() if what.startswith("leads accepted")} == {60}
    assert found["of them sent twice"] == 0
    assert found["memory of the server after a quarter"] * 1.5 > found["memory of the server at the end"]
