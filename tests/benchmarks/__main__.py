"""All benchmarks, one after the other, as the table of the README: `python -m tests.benchmarks` (some ten minutes)."""

from tests.benchmarks import check, encodings, first_lead, growth, page, quota, responses, start, throughput
from tests.benchmarks.measure import show

for benchmark in (quota, throughput, check, first_lead, growth, start, encodings, responses, page):
    show(benchmark.main())
