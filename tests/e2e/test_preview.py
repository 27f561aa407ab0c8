"""The first leads are shown as the platform will receive them, before anything is sent."""

from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv

ONE = "The first lead as the platform will receive it:\n"
HEAD = "as the platform will receive "


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING.replace("email: Email", "email: {column: Email, transform: [lower]}"))


def preview_of(text: str) -> list[str]:
    """The lines of the preview."""
    lines = text.splitlines()
    begin = next((at for at, line in enumerate(lines) if HEAD in line), len(lines))
    return [line for line in lines[begin + 1 :] if line.startswith("  ")]


def rows_of(text: str) -> list[str]:
    """The numbers of the rows that are shown."""
    return [number for line in preview_of(text) if line.startswith("  row ") for number in line.split()[1:]]


def test_first_leads_are_shown_as_they_are_sent(command, platform) -> None:
    sandbox = platform()
    rows = people(5)
    rows[0][2] = "no address"
    rows[1][2] = "ANN@example.com"
    rows[2][3] = ""
    leads = write_csv(Path("leads.csv"), rows)
    for way in ("check", "upload"):
        ran = command(way, leads, "-m", "map.yaml", "--preview", 2)
        assert "The first 2 leads as the platform will receive them:\n" in ran.err
        assert preview_of(ran.err) == [
            "  row          3                 4",
            "  firstName    Annb              Annc",
            "  lastName     Lindqvist1        Lindqvist2",
            "  email        ann@example.com   ann.2@example.com",
            "  telephone    (+44)07700900001  –",
            "  companyName  Smith & Sons      Smith & Sons",
            "  source       Autumn webinar    Autumn webinar",
        ]
    assert list(next(iter(sandbox.received)).fields) == [
        ("firstName", "Annb"),
        ("lastName", "Lindqvist1"),
        ("email", "ann@example.com"),
        ("telephone", "(+44)07700900001"),
        ("companyName", "Smith & Sons"),
        ("source", "Autumn webinar"),
    ]


def test_nothing_is_shown_without_a_terminal(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(2))
    assert HEAD not in command("check", leads, "-m", "map.yaml").err
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--preview", 2, "-q").err


def test_three_leads_are_shown_on_a_terminal(command, platform, monkeypatch) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(5))
    monkeypatch.setattr("uploader.cli.send.is_interactive", lambda: True)
    assert rows_of(command("check", leads, "-m", "map.yaml").err) == ["2", "3", "4"]
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--preview", 0).err
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--quiet").err


def test_only_leads_that_will_be_sent_are_shown(command, platform) -> None:
    platform()
    rows = people(6)
    command("upload", write_csv(Path("before.csv"), rows[:2]), "-m", "map.yaml")
    rows[3] = rows[2]
    leads = write_csv(Path("leads.csv"), rows)
    assert rows_of(command("check", leads, "-m", "map.yaml", "--preview", 9, "--limit", 2).err) == ["4", "6"]
    ran = command("upload", leads, "-m", "map.yaml", "--stream", "--preview", 1)
    assert (rows_of(ran.err), ONE in ran.err) == (["4"], True)
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--preview", 9).err


def test_preview_cannot_control_the_terminal(command, platform) -> None:
    """Values come from a stranger: no control characters, one line each, and not without end."""
    platform()
    rows = people(1)
    rows[0][4] = "Acme\x1b[2J\u202e\nError: gone " + "x" * 200
    shown = preview_of(command("check", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--preview", 1).err)
    line = next(line for line in shown if line.startswith("  companyName"))
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert "Error: gone" in line
    assert len(line) < 130
    assert "…" in line


def test_many_leads_are_shown_three_by_three(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(7))
    shown = preview_of(command("check", leads, "-m", "map.yaml", "--preview", 7).err)
    assert [line.split()[1:] for line in shown if line.startswith("  row")] == [["2", "3", "4"], ["5", "6", "7"], ["8"]]


def test_preview_is_not_logged(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(1))
    assert preview_of(command("check", leads, "-m", "map.yaml", "--preview", 1, "--log-file", "events.jsonl").err)
    assert "Lindqvist" not in Path("events.jsonl").read_text("utf-8")
