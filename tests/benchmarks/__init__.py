"""How fast and how cheap it is, each as a ratio measured side by side in one run.

`python -m tests.benchmarks` compares with the targets, see `targets`; `python -m tests.benchmarks.throughput` and the
like look closer at one thing. Small, as smoke tests without a word about time, they run in `test_smoke.py`.
"""
