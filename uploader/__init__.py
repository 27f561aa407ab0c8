"""Sends a spreadsheet of leads to the Convertr Publisher API, and never sends one twice."""

__version__ = "0.1.0"
