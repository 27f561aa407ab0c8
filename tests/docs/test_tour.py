"""What the README shows is what happens."""

import re
import shlex
from pathlib import Path

import pytest

from tests.support.documentation import DOCS, README, block_after, looks_like
from tests.support.paths import copy_tracked
from tests.support.ran import Ran
from tests.support.terminal import in_terminal


@pytest.fixture
def checkout() -> None:
    copy_tracked(["sample_data", "mappings"], Path.cwd())


@pytest.mark.slow
def test_shown_output_matches_real_output(command, checkout) -> None:
    """In the order of the README, which begins with the first command, then of the pages in docs/."""
    first_command(command)
    commands = re.findall(r"^\$ uploader (.*--sandbox.*)$", DOCS, re.MULTILINE)
    assert len(commands) == 8
    for line in commands:
        if line.startswith("retry"):
            report = Path("first.csv").read_text("utf-8-sig")
            fixed = report.replace(",joe@example,", ",joe@example.com,").replace(",Grmany,", ",Germany,")
            Path("first.csv").write_text(fixed, "utf-8")
        if line.startswith("map"):
            assert looks_like(block_after(f"uploader {line}"), shown := answered(line)), shown
            continue
        ran: Ran = command(*shlex.split(line))
        assert ran.code in {0, 1}, ran
        assert looks_like(block_after(f"uploader {line}"), ran.err + ran.out), ran.err + ran.out


def answered(line: str) -> str:
    """What a command shows in a terminal to which the shown answers are typed, without blanks at the ends of lines."""
    with in_terminal(*shlex.split(line)) as terminal:
        for shown in block_after(f"uploader {line}"):
            if asked := re.fullmatch(r"(.+ \[.+\]:) ?(.*)", shown):
                terminal.answer(asked[1], asked[2])
        code = terminal.wait()
        assert code == 0, terminal.shown
    return "".join(f"{line.rstrip()}\n" for line in terminal.shown.splitlines())


def first_command(command) -> Ran:
    line = re.search(r"uploader (upload sample_data/tidy.*)$", README, re.MULTILINE)
    assert line
    return command(*shlex.split(line[1]))


def test_first_command_writes_a_report(command, checkout) -> None:
    ran = first_command(command)
    assert ran.code == 0, ran
    assert "300 accepted" in ran.out
    assert len(list(Path("sample_data").glob("tidy.report-*.csv"))) == 1


def test_help_imports_nothing_heavy(command) -> None:
    import subprocess
    import sys

    code = "import sys; sys.argv = ['uploader', '--help']; from uploader.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += (
        "print([name for name in ('pandas', 'aiohttp', 'asyncio', 'pydantic', 'apsw', 'numpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
