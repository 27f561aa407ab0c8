"""What may happen to the folder of the ledger: killed at its creation or upgrade, restored, emptied, copied; and clocks
that jump. Nothing is sent twice, and nothing is lost silently."""

import os
import random
import shutil
import signal
from pathlib import Path

import pytest

from tests.crash.checker import check, newest_report
from tests.crash.process import OTHER_STEPS, finish, start
from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import restore_ledger
from uploader.ledger import LedgerError, open_ledger

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")

HOME = Path("home")
VERSION_3 = Path(__file__).parents[1] / "unit/ledger/ledger_v3.sql"
LEDGER, KEY = "ledger.sqlite3", "fingerprint.key"


@pytest.fixture
def leads() -> Path:
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(5))


def emails(sandbox) -> list[str]:
    return sorted(dict(lead.fields)["email"] for lead in sandbox.received)


def open_and_die(number: int) -> bool:
    """Open the ledger in a process that dies at a step; return whether it died."""
    child = os.fork()
    if not child:
        OTHER_STEPS["while opening"](number)
        open_ledger(HOME).__exit__()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def kills_while_opening(prepare) -> int:
    """Kill a process at each step of opening a ledger, and another one soon after; the next one opens it."""
    number = 0
    while True:
        shutil.rmtree(HOME, ignore_errors=True)
        prepare()
        number += 1
        if not open_and_die(number):
            return number - 1
        open_and_die(number + 2)
        with open_ledger(HOME) as ledger:
            assert ledger.damage() == []
            assert not list(HOME.glob("*.new"))
            assert len(ledger.runs.history(9)) == (4 if prepare is upgraded else 0)


def fresh() -> None:
    """No folder at all: the first use."""


def upgraded() -> None:
    """A ledger of an older version."""
    restore_ledger(HOME, VERSION_3)


@pytest.mark.parametrize(("prepare", "at_least"), [(fresh, 20), (upgraded, 20)])
@pytest.mark.slow
def test_kill_while_the_ledger_is_made_or_upgraded(prepare, at_least: int) -> None:
    assert kills_while_opening(prepare) >= at_least


@pytest.mark.parametrize("number", [2, 9, 20])
def test_upload_after_a_kill_at_first_use(platform, leads, number: int) -> None:
    sandbox = platform()
    upload = ["upload", leads, "-m", "map.yaml"]
    assert finish(start(upload, "while opening", number)) == -signal.SIGKILL
    assert finish(start(upload)) == 0
    assert finish(start(upload)) == 0
    assert len(emails(sandbox)) == 5


def test_first_use_by_several_processes(platform, leads) -> None:
    sandbox = platform()
    files = [write_csv(Path(f"{number}.csv"), people(10)[number:]) for number in range(4)]
    processes = [start(["upload", file, "-m", "map.yaml"]) for file in files]
    assert {finish(process) for process in processes} <= {0, 6}
    assert len(set(emails(sandbox))) == len(emails(sandbox)) == 10


def lose(*names: str):
    def act(backup: Path) -> None:
        for name in names:
            for path in HOME.glob(f"{name}*"):
                path.unlink()

    return act


def restore(*names: str):
    def act(backup: Path) -> None:
        lose(*names)(backup)
        for name in names:
            for path in backup.glob(f"{name}*"):
                shutil.copy(path, HOME / path.name)

    return act


def start_over(backup: Path) -> None:
    shutil.rmtree(HOME)


def from_another_home(name: str):
    def act(backup: Path) -> None:
        open_ledger(Path("other")).__exit__()
        lose(name)(backup)
        shutil.copy(Path("other") / name, HOME / name)

    return act


# What happens to the folder, and the exit codes that an upload of the same file may have afterwards.
ACCIDENTS = {
    "key lost": (lose(KEY), {5}),
    "ledger lost": (lose(LEDGER), {5}),
    "ledger lost, and the key restored": (lambda backup: (lose(LEDGER)(backup), restore(KEY)(backup)), {5}),
    "limits lost": (lose("limits.sqlite3"), {0}),
    "locks lost": (lambda backup: shutil.rmtree(HOME / "locks"), {0}),
    "all restored": (lambda backup: (shutil.rmtree(HOME), shutil.copytree(backup, HOME)), {0}),
    "ledger and key restored": (restore(LEDGER, KEY), {0}),
    "only the ledger restored": (restore(LEDGER), {0}),
    "only the key restored": (restore(KEY), {0}),
    "key of another home": (from_another_home(KEY), {5}),
    "ledger of another home": (from_another_home(LEDGER), {5}),
    "emptied, with a required ledger": (start_over, {5}),
    "mode changed": (lambda backup: HOME.chmod(0o755), {0}),
}


@pytest.mark.parametrize("accident", ACCIDENTS)
@pytest.mark.slow
def test_nothing_is_sent_twice_whatever_happens_to_the_folder(command, platform, leads, monkeypatch, accident) -> None:
    for name in ("RATE_LIMIT", "LOGIN_RATE_LIMIT", "RESULT_RATE_LIMIT"):
        monkeypatch.setenv(f"UPLOADER_{name}", "100/1")
    sandbox = platform()
    upload = ["upload", leads, "-m", "map.yaml"]
    assert command(*upload).code == 0
    shutil.copytree(HOME, "backup")
    act, codes = ACCIDENTS[accident]
    act(Path("backup"))
    ran = command(*upload, "--require-ledger")
    assert ran.code in codes, ran
    assert len(emails(sandbox)) == 5
    if codes == {5}:
        shutil.rmtree(HOME, ignore_errors=True)
        shutil.copytree("backup", HOME)
        assert command(*upload, "--require-ledger").code == 0
        assert len(emails(sandbox)) == 5


def test_copied_home_is_recognized_in_both_places(command, platform, leads, monkeypatch) -> None:
    sandbox = platform()
    upload = ["upload", leads, "-m", "map.yaml"]
    assert command(*upload).code == 0
    shutil.copytree(HOME, "copy")
    for home in (HOME, Path("copy")):
        monkeypatch.setenv("UPLOADER_HOME", str(home.absolute()))
        assert command(*upload, "--require-ledger").code == 0
    assert len(emails(sandbox)) == 5


def test_killed_run_survives_a_move_of_its_home(platform, leads) -> None:
    sandbox = platform()
    killed = start(["upload", leads, "-m", "map.yaml"], "after the send", 2, CONCURRENCY="1")
    assert finish(killed) == -signal.SIGKILL
    HOME.rename("moved")
    assert finish(start(["resume"], HOME=str(Path("moved").absolute()))) == 6
    check(newest_report(), sandbox, rows=5, max_unknown=1)


@pytest.mark.parametrize("seed", range(2))
def test_jumping_clocks_and_kills_lose_nothing(platform, monkeypatch, seed: int) -> None:
    chance = random.Random(seed)
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "4")
    sandbox = platform(latency=(0.001, 0.01))
    Path("map.yaml").write_text(MAPPING)
    upload: list[object] = ["upload", write_csv(Path("leads.csv"), people(200)), "-m", "map.yaml"]
    command = upload
    kills = 0
    while kills < 6 and command[0] != "report":
        process = start(command, "another clock", chance.randint(-(10**7), 10**7))
        process.join(chance.uniform(0.2, 0.6))
        if process.exitcode is not None:
            break
        process.kill()
        finish(process)
        kills += 1
        command = next_command(upload)
    else:
        process = start(command, "another clock", chance.randint(-(10**7), 10**7))
    assert finish(process) in {0, 6}
    check(newest_report(), sandbox, rows=200, max_unknown=4 * kills)


def next_command(upload: list[object]) -> list[object]:
    """Return what to run after a kill: a run that had just ended needs only its report."""
    try:
        with open_ledger(HOME, must_exist=True) as ledger:
            if ledger.runs.newest_unfinished("sandbox"):
                return ["resume"]
            return ["report", past[0].run.id] if (past := ledger.runs.history(1)) else upload
    except LedgerError:
        return upload
