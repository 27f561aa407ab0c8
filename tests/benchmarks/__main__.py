"""The table of the speeds that the program aims at: `python -m tests.benchmarks`, see `targets`."""

from tests.benchmarks.targets import command

command()
