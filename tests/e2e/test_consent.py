"""Nothing is sent, deleted or forgotten without `--yes`, or an answer from a user who saw the question."""

import os
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are POSIX's")

STREAMS = ("stdin", "stdout", "stderr")
UPLOAD = ("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv")
COMMANDS = {
    "upload": UPLOAD,
    "upload --stream": (*UPLOAD, "--stream"),
    "retry": ("retry", "r.csv"),
    "resume": ("resume",),
    "purge": ("purge", "--older-than", "2100-01-01"),
    "forget": ("forget", "--email", "ann.0@example.com"),
}
NEED_CONSENT = ["retry", "resume", "purge", "forget", "upload --stream"]


@pytest.fixture
def sandbox(platform):
    Path("map.yaml").write_text(MAPPING)
    write_csv(Path("leads.csv"), people(3))
    return platform()


def run(args: Sequence[str], terminals: set[str], answer: bytes = b"") -> tuple[int, str]:
    """Run a command, some of whose streams are a pseudo-terminal; return its exit code and what it showed."""
    user, terminal = os.openpty()
    reading, writing = os.pipe()
    others = {"stdin": subprocess.DEVNULL, "stdout": writing, "stderr": writing}
    streams = {name: terminal if name in terminals else others[name] for name in STREAMS}
    process = subprocess.Popen([sys.executable, "-m", "uploader", *args], start_new_session=True, **streams)
    os.close(terminal)
    os.close(writing)
    shown, open_ends = b"", {user, reading}
    while open_ends:
        ready = select.select(list(open_ends), [], [], 30)[0]
        assert ready or process.poll() is not None, f"it waits: {shown!r}"
        for end in ready:
            try:
                piece = os.read(end, 4096)
            except OSError:  # how a pseudo-terminal ends
                piece = b""
            shown += piece
            if not piece:
                open_ends.discard(end)
        if answer and b"[y/N]" in shown:
            os.write(user, answer)
            answer = b""
    code = process.wait(30)
    os.close(user)
    os.close(reading)
    return code, shown.decode()


def shown_as(terminals: set[str]) -> str:
    return "+".join(sorted(terminals)) or "none"


def combinations() -> list[set[str]]:
    return [{name for bit, name in enumerate(STREAMS) if number >> bit & 1} for number in range(8)]


@pytest.mark.parametrize("terminals", combinations(), ids=shown_as)
def test_upload_asks_only_where_the_question_is_seen(sandbox, terminals) -> None:
    if {"stdin", "stderr"} <= terminals:
        code, shown = run(UPLOAD, terminals, b"n\n")
        assert (code, sandbox.received) == (1, []), shown
        assert "Send 3 leads to sandbox? [y/N]" in shown
        code, shown = run(UPLOAD, terminals, b"y\n")
        assert (code, len(sandbox.received)) == (0, 3), shown
        return
    code, shown = run(UPLOAD, terminals)
    assert (code, sandbox.received) == (2, []), shown
    assert "Nothing was sent" in shown
    assert "Add --yes" in shown
    assert not sandbox.requests
    code, shown = run((*UPLOAD, "--yes"), terminals)
    assert (code, len(sandbox.received)) == (0, 3), shown


def prepare(command, name: str, sandbox) -> None:
    """Leave something behind for a command to do."""
    if name == "resume":
        sandbox.state.apply(sandbox.state.options.with_changes({"faults": "403inactive@2"}))
        assert command(*UPLOAD, consent=True).code == 5
        sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    elif not name.startswith("upload"):
        assert command(*UPLOAD, "--limit", 1).code == 1


@pytest.mark.parametrize("terminals", [{"stdin"}, {"stdin", "stdout"}, {"stdout", "stderr"}, set()], ids=shown_as)
@pytest.mark.parametrize("name", NEED_CONSENT)
def test_every_command_needs_consent(sandbox, command, name, terminals) -> None:
    prepare(command, name, sandbox)
    received, runs = len(sandbox.received), command("runs", "--json").out
    code, shown = run(COMMANDS[name], terminals)
    assert code == 2, shown
    assert "Add --yes" in shown
    assert len(sandbox.received) == received
    assert command("runs", "--json").out == runs


@pytest.mark.parametrize("name", NEED_CONSENT)
def test_every_command_asks_on_a_terminal(sandbox, command, name) -> None:
    prepare(command, name, sandbox)
    received, runs = len(sandbox.received), command("runs", "--json").out
    code, shown = run(COMMANDS[name], {"stdin", "stderr"}, b"n\n")
    assert code == 1, shown
    assert "[y/N]" in shown
    assert len(sandbox.received) == received
    assert command("runs", "--json").out == runs
    code, shown = run(COMMANDS[name], {"stdin", "stderr"}, b"y\n")
    assert code in {0, 1}, shown
    if name == "forget":
        assert "1 row forgotten" in shown
    else:
        assert (len(sandbox.received), command("runs", "--json").out) != (received, runs)


def test_check_needs_no_consent(sandbox) -> None:
    for args in (("check", *UPLOAD[1:4]), (*UPLOAD[:4], "--dry-run")):
        code, shown = run(args, set())
        assert (code, sandbox.received) == (0, []), shown


def test_refusal_is_reported_as_json(sandbox, command) -> None:
    ran = command(*UPLOAD, "--json", consent=False)
    assert ran.code == 2, ran
    assert '"exit_code": 2' in ran.out
    assert not Path("r.csv").exists()
    assert read_report(Path("leads.csv"))


def test_an_unclear_answer_is_asked_for_again(sandbox) -> None:
    code, shown = run(UPLOAD, {"stdin", "stderr"}, b"maybe\nn\n")
    assert code == 1, shown
    assert "Answer y or n." in shown
    assert shown.count("[y/N]") == 2


def test_resume_without_an_unfinished_run_asks_for_no_consent(sandbox) -> None:
    code, shown = run(("resume",), set())
    assert code == 2, shown
    assert "There is no unfinished run." in shown
    assert "--yes" not in shown
