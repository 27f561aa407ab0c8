"""The table of guarantees names commands that run, and tests that exist."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGE = (ROOT / "docs/outcomes.md").read_text("utf-8")
TABLE = PAGE.split("| guarantee | command that shows it |\n|---|---|\n", maxsplit=1)[1]
LINES = [re.fullmatch(r"\| (.+) \| `(.+)` \|", line) for line in TABLE.splitlines()]
GUARANTEES = [(found[1], found[2]) for found in LINES if found]


def functions_of(path: Path) -> set[str]:
    """The names of a test module's functions, classes and assigned test cases."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_every_line_of_the_table_is_read() -> None:
    assert len(GUARANTEES) == len([line for line in TABLE.splitlines() if line.strip()])
    assert len({guarantee for guarantee, _ in GUARANTEES}) == len(GUARANTEES) > 30


@pytest.mark.parametrize("command", [command for _, command in GUARANTEES])
def test_named_tests_exist(command: str) -> None:
    name, *words = shlex.split(command)
    assert [name, *words[:2]] == ["pytest", "-m", ""], "otherwise slow tests are left out, which show a part of it"
    paths = [word for word in words if word.startswith("tests")]
    assert paths
    for word in paths:
        path, _, function = word.partition("::")
        assert (ROOT / path).exists(), f"{path} does not exist"
        if function:
            assert function in functions_of(ROOT / path), f"{path} has no {function}"
        elif path.endswith(".py"):
            assert any(one.startswith(("test_", "Test")) for one in functions_of(ROOT / path)), f"{path} has no test"
