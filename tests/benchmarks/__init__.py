"""How fast and how cheap it is, each as a ratio measured side by side in one run.

`python -m tests.benchmarks` runs all and prints the table of the README; `python -m tests.benchmarks.throughput`
and the like run one. Small, as smoke tests without a word about time, they run in `test_benchmarks.py`.
"""
