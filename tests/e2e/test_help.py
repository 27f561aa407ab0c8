"""What `--help` and `uploader help` show."""

import re
import subprocess
import sys

import pytest

GROUPS = {
    "Send": ["ui", "upload", "check", "retry", "resume"],
    "Prepare": ["map", "forms", "links", "template", "schema"],
    "Follow up": ["results", "runs", "report", "resolve", "reconcile", "purge", "forget"],
    "Set up": ["login", "doctor", "sandbox", "team", "help"],
}
COMMANDS = [name for names in GROUPS.values() for name in names]


def groups_of(text: str) -> dict[str, list[str]]:
    """The boxes of a help text, each with the first words of its lines."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("╭─ "):
            names = found.setdefault(line.strip("╭─╮ "), [])
        elif line.startswith("│ ") and line[2] != " ":
            names.append(line[2:].split()[0])
    return found


@pytest.mark.parametrize("args", [("--help",), ("-h",), ("help",), ()])
def test_commands_are_grouped(command, args) -> None:
    ran = command(*args)
    groups = groups_of(ran.out or ran.err)
    assert {name: groups.get(name) for name in GROUPS} == GROUPS


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(command, name) -> None:
    ran = command("help", name)
    assert ran.code == 0, ran
    assert f"Usage: uploader {name} " in ran.out
    assert ran.out.split() == command(name, "--help").out.split()
    assert "Example: uploader " in ran.out


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_shows_no_types(command, name) -> None:
    ran = command(*name.split(), "--help")
    assert not re.search(r"<|[<>]=|list\[|\b(INTEGER|FLOAT|TEXT|bool|int|str)\b", ran.out), ran.out


@pytest.mark.parametrize(
    ("name", "argument"), [("upload", " FILE"), ("retry", " REPORT"), ("resume", " [RUN]"), ("forms", "")]
)
def test_usage_shows_arguments_in_the_usual_notation(command, name, argument) -> None:
    usage = command("help", name).out.split("\n")[1].strip()
    assert usage == f"Usage: uploader {name} [OPTIONS]{argument}"


def test_help_of_an_unknown_command(command) -> None:
    ran = command("help", "uplod")
    assert ran.code == 2, ran
    assert "did you mean 'upload'?\n" in ran.err
    assert "No such command: xyzzy.\n" in command("help", "xyzzy").err


def test_common_flags_come_first(command) -> None:
    text = command("upload", "--help").out
    flags = [
        "--mapping",
        "--yes",
        "--sandbox",
        "--report",
        "--limit",
        "--campaign",
        "--canary",
        "--json",
        "--ca-bundle",
    ]
    places = [text.index(f"{flag} ") for flag in flags]
    assert places == sorted(places)


def test_help_loads_no_library_but_those_that_print_it() -> None:
    """These take longer to load than everything that help needs."""
    code = "import sys; from uploader.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    heavy = {"aiohttp", "apsw", "asyncio", "jinja2", "numpy", "pandas", "phonenumbers", "psycopg", "pydantic", "ruamel"}
    assert heavy & set(ran.stderr.split()) == set()
    assert "rich" in ran.stderr.split()


def test_an_invalid_number_is_reported_in_plain_words(command, monkeypatch) -> None:
    ran = command("forms", "--campaign", "abc")
    assert ran.code == 2, ran
    assert "Invalid value for '--campaign': it is not a whole number" in ran.err
    for name, value in {"CONCURRENCY": "abc", "TIMEOUT": "x", "PUBLISHER_ID": "-1"}.items():
        monkeypatch.setenv(f"UPLOADER_{name}", value)
    ran = command("doctor")
    assert ran.code == 2, ran
    assert "UPLOADER_CONCURRENCY: it is not a whole number\n" in ran.err
    assert "UPLOADER_TIMEOUT: it is not a number\n" in ran.err
    assert "UPLOADER_PUBLISHER_ID: use a number above 0\n" in ran.err
