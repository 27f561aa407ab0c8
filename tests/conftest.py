"""What many tests need: the API on a real socket, the command in this process, files written by hand."""

import asyncio
import csv
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keyring
import keyring.backend
import pytest
from hypothesis import HealthCheck, settings

from uploader.cli import main
from uploader.sandbox import APIS, Sandbox, SandboxOptions, credentials

# Seeded and bounded: the same examples every time, and no verdict about a slow machine.
settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("suite")

MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
publisher: 11003
fields:
  firstName: First Name
  lastName: Last Name
  email: Email
  telephone: Phone
  companyName: Company
  source: {value: Autumn webinar}
"""
COLUMNS = ["First Name", "Last Name", "Email", "Phone", "Company"]

every_api_variant = pytest.mark.parametrize("relative", APIS)


@contextmanager
def serving(
    knobs: SandboxOptions | None = None, clock: Callable[[], float] | None = None
) -> Iterator[tuple[Sandbox, str]]:
    """A sandbox on a thread of its own, so that the command under test has its event loop to itself."""
    sandbox = Sandbox(knobs or SandboxOptions(), clock or time.monotonic)
    ready, done = threading.Event(), threading.Event()
    address: list[str] = []

    async def serve() -> None:
        async with sandbox.serve(port=0) as url:
            address.append(url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield sandbox, address[0]
    finally:
        done.set()
        thread.join(10)


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the developer's machine reaches a test, and nothing is written outside its folder."""
    import os

    for name in list(os.environ):
        if name.startswith("UPLOADER_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("uploader.api.publisher.BACK_OFF", 0.0)  # GETs are tried as often, without waiting
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


class MemoryKeyring(keyring.backend.KeyringBackend):
    """A keyring that lasts as long as a test."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture(autouse=True)
def memory_keyring() -> MemoryKeyring:
    """No test touches the system's keyring."""
    keyring.set_keyring(backend := MemoryKeyring())
    return backend


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs `uploader …` in this process."""

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["uploader", *map(str, args)])
        capfd.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        told = capfd.readouterr()
        assert "Traceback" not in told.out + told.err
        assert isinstance(code, int)
        return Ran(code, told.out, told.err)

    return run


@pytest.fixture
def relative() -> str:
    """Which of the APIs is spoken; `every_api_variant` runs a test once for each."""
    return "publisher-v2.5"


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch, relative: str) -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with these knobs and points the settings at it."""
    with contextmanager_stack() as enter:

        def start(**knobs: object) -> Sandbox:
            sandbox, url = enter(serving(SandboxOptions(**knobs)))
            for name, value in {**credentials(relative), "UPLOADER_BASE_URL": url}.items():
                monkeypatch.setenv(name, value)
            return sandbox

        yield start


@contextmanager
def contextmanager_stack() -> Iterator[Callable]:
    """An ExitStack's `enter_context`."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield stack.enter_context


def write_csv(path: Path, rows: list[list[str]], columns: list[str] = COLUMNS) -> Path:
    """A plain UTF-8 CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def read_report(path: Path) -> list[dict[str, str]]:
    """A CSV report as it stands, apostrophes and all."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_report(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes rows of a report back, as a spreadsheet program would."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def people(count: int) -> list[list[str]]:
    """Invented leads: all different, all fine."""
    return [
        [f"Ann{chr(97 + n % 26)}", f"Lindqvist{n}", f"ann.{n}@example.com", f"(+44)07700900{n:03}", "Smith & Sons"]
        for n in range(count)
    ]
