"""Fuzzers: mutated files give a table or one of our own errors, within the limits. Each input comes from a seed."""
