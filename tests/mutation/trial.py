"""Runs tests against a mutant, in a copy of the project: the checkout is never changed.

A mutant has a process of its own, forked from one that has imported all libraries: that saves their import, which
takes longer than most unit tests.
"""

import importlib
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.mutation.areas import stages_of
from tests.mutation.mutants import Mutant

# Imported once for all mutants, with everything that they import.
LIBRARIES = ("tests.conftest", "pytest_asyncio.plugin", "hypothesis", "openpyxl", "xlwt")

# Folders of the project that tests need.
COPIED = ("uploader", "tests", "docs", "mappings", "sample_data", ".ci")

# Mutants may compare with `is`, and the libraries are imported before pytest can know of it.
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::SyntaxWarning",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)

# A run that shows nothing for this many times the longest pause without a mutant, and this many seconds more, hangs.
FACTOR, ALLOWANCE = 3.0, 10.0

TIMEOUT = "timeout"


class Trial:
    """A copy of the project, in which one module at a time is mutated.

    Args:
        root: The project.
        folder: Where the copy and the output of the tests go.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._copy = folder / "copy"
        self._output = folder / "output.txt"
        self._temporary = folder / "temporary"
        self._pauses: dict[frozenset[str], float] = {}
        shutil.rmtree(self._copy, ignore_errors=True)
        self._copy.mkdir(parents=True)
        for name in COPIED:
            shutil.copytree(root / name, self._copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in root.iterdir():
            if file.is_file():
                shutil.copy2(file, self._copy)
        for library in LIBRARIES:
            importlib.import_module(library)

    def killer(self, mutant: Mutant, stages: int) -> str:
        """Return the test that notices a mutant, or "timeout"; empty if it survives.

        Args:
            mutant: The mutant.
            stages: How many stages of tests to try.
        """
        original = (self._root / mutant.module).read_text("utf-8")
        module = self._copy / mutant.module
        tests = stages_of(mutant.module, self._copy)[:stages]
        pauses = [self._pause_without_mutant(some) for some in tests]
        module.write_text(mutant.apply(original), "utf-8")
        try:
            for some, pause in zip(tests, pauses, strict=True):
                failed, _ = self._run(some, pause * FACTOR + ALLOWANCE)
                if failed:
                    return failed
        finally:
            module.write_text(original, "utf-8")
        return ""

    def _pause_without_mutant(self, tests: tuple[str, ...]) -> float:
        """Return the longest pause between two tests, in seconds. Raises AssertionError if one fails."""
        if (key := frozenset(tests)) not in self._pauses:
            failed, self._pauses[key] = self._run(tests, 600.0, keeps_bytecode=True)
            assert not failed, f"fails without a mutant: {failed} (see {self._output})"
        return self._pauses[key]

    def _run(self, tests: tuple[str, ...], patience: float, *, keeps_bytecode: bool = False) -> tuple[str, float]:
        """Run tests; return the one that failed, "timeout", or an empty text, and the longest pause between two.

        Args:
            tests: Files or folders, in this order.
            patience: How long they may show nothing, in seconds.
            keeps_bytecode: Whether modules are compiled for later runs.
        """
        self._output.write_bytes(b"")
        self._temporary.mkdir(exist_ok=True)
        pid = _fork(lambda: self._test(tests, keeps_bytecode))
        shown, since, longest, status = 0, time.monotonic(), 0.0, None
        while status is None and time.monotonic() - since < patience:
            time.sleep(0.02)
            ended, waited = os.waitpid(pid, os.WNOHANG)
            status = waited if ended else None
            if shown != (shown := self._output.stat().st_size):
                longest, since = max(longest, time.monotonic() - since), time.monotonic()
        with suppress(ProcessLookupError):  # also what the tests have left behind
            os.killpg(pid, signal.SIGKILL)
        self._remove_temporary_files()
        if status is None:
            os.waitpid(pid, 0)
            return TIMEOUT, longest
        return self._failed() if status else "", longest

    def _remove_temporary_files(self) -> None:
        """Remove what the tests have left, and end their database servers, which are in groups of their own."""
        for file in self._temporary.glob("*/data/postmaster.pid"):
            with suppress(ProcessLookupError):
                os.kill(int(file.read_text("utf-8").split()[0]), signal.SIGQUIT)
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _failed(self) -> str:
        found = re.search(r"^(?:FAILED|ERROR) (tests/\S+)", self._output.read_text("utf-8", "replace"), re.MULTILINE)
        return found[1] if found else "import"

    def _test(self, tests: tuple[str, ...], keeps_bytecode: bool) -> int:
        """Run pytest in the copy, with its modules in place of those that were imported here."""
        output = os.open(self._output, os.O_WRONLY)
        for descriptor in (1, 2):
            os.dup2(output, descriptor)
        for name in [name for name in sys.modules if name.partition(".")[0] in {"uploader", "tests"}]:
            del sys.modules[name]
        os.chdir(self._copy)
        sys.path[:] = [str(self._copy), *(place for place in sys.path if Path(place) != self._root and place)]
        os.environ |= {"PYTHONPATH": str(self._copy), "TMPDIR": str(self._temporary)}
        tempfile.tempdir = None  # it was read before
        if not keeps_bytecode:  # a mutant's would be taken for the original's
            os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
            sys.dont_write_bytecode = True
        return int(pytest.main([*OPTIONS, *tests]))


def _fork(work: Callable[[], int]) -> int:
    """Run some work in a process group of its own; return its process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.setsid()
        code = work()
    except BaseException:  # noqa: BLE001 - this process ends here, whatever happens
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
