"""The process of a command ends at once, but not before everything is done."""

import subprocess
import sys

import pytest

CODE = """
import atexit, sys, threading
from uploader.cli import process

def main():
    {work}
    print("done")
    sys.exit({code})

atexit.register(print, "at exit")
process.main = main
process.run_process()
"""
LATE = "threading.Thread(target=lambda: (threading.main_thread().join(), print('late'))).start()"


def run(code: object, work: str = "pass") -> subprocess.CompletedProcess[str]:
    script = CODE.format(work=work, code=code)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


@pytest.mark.parametrize(("code", "shown"), [(0, 0), (6, 6), ("None", 0), ("'why'", 1)])
def test_output_and_exit_code_are_complete(code, shown) -> None:
    ran = run(code)
    assert (ran.returncode, ran.stdout) == (shown, "done\nat exit\n"), ran
    assert ran.stderr.strip() == ("why" if shown == 1 else "")


def test_thread_is_waited_for() -> None:
    ran = run(5, LATE)
    assert (ran.returncode, ran.stdout) == (5, "done\nlate\nat exit\n"), ran


def test_output_that_cannot_be_written_is_an_error() -> None:
    ran = run(0, "import os; os.close(1)")
    assert ran.returncode != 0, ran
