"""Hints of a row with several problems."""

from uploader.core.model import Problem
from uploader.pipeline.report_rows import _hints


def test_hints_are_joined_as_sentences() -> None:
    problems = [Problem("wrong", "Correct the number."), Problem("wrong", "Write yes or no"), Problem("wrong")]
    assert _hints(problems) == "Correct the number. Write yes or no, then run `uploader retry` on this report"
