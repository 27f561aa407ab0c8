"""Problems of rows: similar ones are one line, whatever values they have, and every fix is offered."""

from uploader.core.model import Problem
from uploader.pipeline.problem_groups import MAX_FIXES, ProblemGroups


def too_long(value: str) -> Problem:
    return Problem(f"'{value}' has too many digits for its country", "Correct the number", "telephone", "Mobile", value)


def test_thirteen_numbers_with_too_many_digits_are_one_problem() -> None:
    groups = ProblemGroups()
    for row in range(2, 15):
        groups.add(row, [too_long(f"07700 900{row:06}")])
    (group,) = groups
    assert group.message == "telephone (column 'Mobile'): '…' has too many digits for its country"
    assert (group.count, group.hint, group.row_list) == (13, "Correct the number", "2, 3, 4, 5, 6, …")


def test_fixes_are_kept_for_every_value_up_to_a_bound() -> None:
    groups = ProblemGroups()
    for number in range(MAX_FIXES + 50):
        fix = f"values: {{v{number}: Germany}}"
        groups.add(number + 2, [Problem(f"'v{number}' is not a country", "", "country", "Land", f"v{number}", fix)])
    groups.add(999, [Problem("'v1' is not a country", "", "country", "Land", "v1", "values: {v1: Germany}")])
    fixes = groups.fixes()["country"]
    assert fixes.startswith("v1: Germany, v0: Germany, v2: Germany, ")
    assert fixes.count(": Germany") == MAX_FIXES
    assert len(groups) == 1
