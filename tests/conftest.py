"""What many tests need: the API on a real socket, the command in this process, files written by hand."""

import re
import signal
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import keyring
import keyring.backend
import pytest
from hypothesis import HealthCheck, settings

from tests.support.files import MAPPING
from tests.support.keyring import MemoryKeyring
from tests.support.postgres import KEY, team_database
from tests.support.ran import Ran
from tests.support.sandbox import serving
from tests.support.signals import handlers_restored
from tests.support.team import home_of
from uploader.cli import main
from uploader.core.command_line import PLACEHOLDERS
from uploader.sandbox import Sandbox, SandboxOptions, credentials

NEED_CONSENT = {"upload", "retry", "resume", "purge", "forget"}

# Seeded and bounded: the same examples every time, and no failure on a slow machine.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("suite")

# A shell starts background commands with Ctrl-C ignored, and processes that the tests interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine reaches a test, and nothing is written outside its folder."""
    import os

    for name in list(os.environ):
        if name.startswith("UPLOADER_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("uploader.api.retry.FIRST_DELAY", 0.0)  # GETs are tried as often, without waiting
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "uvloop", None)  # else leads arrive in another order than their rows
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def memory_keyring() -> MemoryKeyring:
    """No test touches the system's keyring."""
    keyring.set_keyring(backend := MemoryKeyring())
    return backend


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., Ran]]:
    """Run `uploader …` in this process. Nothing that it shows or writes has a placeholder for flags in it.

    Commands that need consent get `--yes`, as there is no terminal, unless the test says otherwise.
    """

    def run(*args: object, consent: bool = True) -> Ran:
        words = [*map(str, args)]
        if consent and words and words[0] in NEED_CONSENT and not (sys.stdin.isatty() and sys.stderr.isatty()):
            words.append("--yes")
        monkeypatch.setattr(sys, "argv", ["uploader", *words])
        capfd.readouterr()
        code: object = 0
        with handlers_restored():
            try:
                main()
            except SystemExit as end:
                code = end.code or 0
        printed = capfd.readouterr()
        assert "Traceback" not in printed.out + printed.err
        assert PLACEHOLDERS.isdisjoint(printed.out + printed.err)
        assert isinstance(code, int)
        return Ran(code, printed.out, printed.err)

    yield run
    assert not _files_with_placeholders(tmp_path)


def _files_with_placeholders(folder: Path) -> list[Path]:
    """Files of a test (reports, pages, logs, the ledger) in which a placeholder was left; workbooks are unpacked."""
    marks = "|".join(PLACEHOLDERS).encode()
    pattern = re.compile(rb"uploader [a-z][^\0]{0,300}(" + marks + b")")
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 20_000_000]
    return [path for path in files if any(map(pattern.search, _contents(path)))]


def _contents(path: Path) -> Iterator[bytes]:
    if zipfile.is_zipfile(path):
        with suppress(zipfile.BadZipFile, zlib.error, RuntimeError), zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    else:
        yield path.read_bytes()


@pytest.fixture
def on(command: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command on a machine; each has a home of its own."""

    def run(machine: str, *args: object) -> Ran:
        monkeypatch.setenv("UPLOADER_HOME", str(home_of(machine)))
        return command(*args)

    return run


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty ledger that all machines share, and a mapping; its address."""
    Path("map.yaml").write_text(MAPPING)
    with team_database() as url:
        monkeypatch.setenv("UPLOADER_LEDGER", url)
        monkeypatch.setenv("UPLOADER_TEAM_KEY", KEY.hex())
        yield url


@pytest.fixture
def variant() -> str:
    """The API variant in use; `every_api_variant` runs a test once for each."""
    return "publisher-v2.5"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, variant: str) -> Iterator[Callable[..., Sandbox]]:
    """Start a sandbox with these options and point the settings at it.

    Most tests map five of the form's fields. So that empty fields alone do not make every lead invalid, their number is
    not limited here; the tests of the sandbox cover the platform's limit.
    """
    with contextmanager_stack() as enter:

        def start(**options: object) -> Sandbox:
            sandbox, url = enter(serving(SandboxOptions(**{"empty_fields": 99, **options})))
            for name, value in {**credentials(variant), "UPLOADER_BASE_URL": url}.items():
                monkeypatch.setenv(name, value)
            return sandbox

        yield start


@contextmanager
def contextmanager_stack() -> Iterator[Callable]:
    """An ExitStack's `enter_context`."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield stack.enter_context
