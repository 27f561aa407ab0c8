"""Mutation testing: small faults are put into a copy of the program, and the tests have to notice them.

`python -m tests.mutation --help` explains the command, CONTRIBUTING.md what to do with its result.
"""
