"""The first leads are shown as the platform will receive them, before anything is sent."""

from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv

HEAD = "The first leads, as the platform will receive them:\n"


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING.replace("email: Email", "email: {column: Email, transform: [lower]}"))


def preview_of(text: str) -> list[str]:
    """The lines of the leads."""
    if HEAD not in text:
        return []
    return [line for line in text.partition(HEAD)[2].splitlines() if line.startswith("  row ")]


def test_first_leads_are_shown_as_they_are_sent(command, platform) -> None:
    sandbox = platform()
    rows = people(5)
    rows[0][2] = "no address"
    rows[1][2] = "ANN@example.com"
    rows[2][3] = ""
    leads = write_csv(Path("leads.csv"), rows)
    for way in ("check", "upload"):
        ran = command(way, leads, "-m", "map.yaml", "--preview", 2)
        assert preview_of(ran.err) == [
            "  row 3  firstName: Annb · lastName: Lindqvist1 · email: ann@example.com · telephone: (+44)07700900001 · "
            "companyName: Smith & Sons · source: Autumn webinar",
            "  row 4  firstName: Annc · lastName: Lindqvist2 · email: ann.2@example.com · companyName: Smith & Sons · "
            "source: Autumn webinar",
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
    assert len(preview_of(command("check", leads, "-m", "map.yaml").err)) == 3
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--preview", 0).err
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--quiet").err


def test_only_leads_that_will_be_sent_are_shown(command, platform) -> None:
    platform()
    rows = people(6)
    command("upload", write_csv(Path("before.csv"), rows[:2]), "-m", "map.yaml")
    rows[3] = rows[2]
    leads = write_csv(Path("leads.csv"), rows)
    shown = preview_of(command("check", leads, "-m", "map.yaml", "--preview", 9, "--limit", 2).err)
    assert [line.split()[1] for line in shown] == ["4", "6"]
    shown = preview_of(command("upload", leads, "-m", "map.yaml", "--stream", "--preview", 1).err)
    assert [line.split()[1] for line in shown] == ["4"]
    assert HEAD not in command("check", leads, "-m", "map.yaml", "--preview", 9).err


def test_preview_cannot_control_the_terminal(command, platform) -> None:
    """Values come from a stranger: no control characters, one line each, and not without end."""
    platform()
    rows = people(1)
    rows[0][4] = "Acme\x1b[2J\u202e\nError: gone " + "x" * 200
    (line,) = preview_of(command("check", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--preview", 1).err)
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert "Error: gone" in line
    assert "x" * 60 not in line
    assert "…" in line


def test_preview_is_not_logged(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(1))
    assert preview_of(command("check", leads, "-m", "map.yaml", "--preview", 1, "--log-file", "events.jsonl").err)
    assert "Lindqvist" not in Path("events.jsonl").read_text("utf-8")
