"""`uploader map` asks: what is shown, typed, revisited and kept. The answers come from a pipe, to be quick."""

import csv
import io
import os
import sys
from pathlib import Path

import pytest

from tests.support.files import people, write_csv
from tests.support.ran import Ran

LEADS = ["First Name", "Last Name", "Email", "Hall"]
ROWS = [["Ann", "Lee", "ann@example.com", "4"], ["Bea", "Ray", "bea@example.com", "5"]]
MAP = ("map", "leads.csv", "--campaign", 44400)


@pytest.fixture
def answer(command, monkeypatch):
    """Run a command that is told to ask; the lines are typed one after the other, then comes the end of the input."""

    def run(*args: object, lines: list[str]) -> Ran:
        monkeypatch.setattr("uploader.cli.mapping.is_interactive", lambda: True)
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return command(*args)

    return run


@pytest.fixture
def leads() -> Path:
    return write_csv(Path("leads.csv"), ROWS, LEADS)


def mapping(name: str = "leads.yaml") -> str:
    return Path(name).read_text("utf-8")


def test_every_answer_can_be_revisited(platform, answer, leads) -> None:
    platform()
    first = ["b", "5", "2", "b", "1", "=Fair", ""]  # the link twice, the source, the columns to leave out
    changes = ["city", "hall", "nothing", "b", "-", "2", ""]  # a field, a line that is none, back, the link again
    ran = answer(*MAP, lines=[*first, *changes, ""])
    assert ran.code == 0, ran
    assert "This is the first question." in ran.err
    assert "Type the number of a line, 1 to 2." in ran.err
    assert "Link [2]: " in ran.err
    assert "There is no line and no field 'nothing'." in ran.err
    assert "Check it:  uploader check leads.csv --mapping leads.yaml\n" in ran.out
    for line in ("link: 135 ", "source: {value: Fair}", "- Hall", "# city:"):
        assert line in mapping()


def test_plain_text_becomes_a_fixed_value_if_the_user_agrees(platform, answer, leads) -> None:
    platform()
    ran = answer(*MAP, lines=["1", "Linkedin", "n", "LinkedIn", "y", "", ""])
    assert ran.code == 0, ran
    assert "There is no column 'LinkedIn'. Send 'LinkedIn' as the source of every lead? [y/N]" in ran.err
    assert "source: {value: LinkedIn}" in mapping()


def test_interrupted_answers_are_kept(platform, answer, leads) -> None:
    platform()
    ran = answer(*MAP, lines=["2"])
    assert ran.code == 130, ran
    assert "Interrupted. Your answers are kept: run the same command to continue." in ran.err
    assert not Path("leads.yaml").exists()
    kept = next(Path("home", "answers").iterdir())
    assert kept.stat().st_mode & 0o777 == 0o600
    old = Path("home", "answers", "old.json")
    old.write_text("{}")
    os.utime(old, (0, 0))
    ran = answer(*MAP, lines=["=Fair", "", "yes"])
    assert ran.code == 0, ran
    assert "Continuing with your 1 answer of " in ran.err
    assert "link: 136 " in mapping()
    assert not kept.exists()
    assert not old.exists()


def test_unreadable_answers_are_asked_again(platform, answer, leads) -> None:
    platform()
    assert answer(*MAP, lines=[]).err.endswith("Interrupted. Nothing was answered yet.\n")
    answer(*MAP, lines=["2"])
    next(Path("home", "answers").iterdir()).write_text("[]")
    ran = answer(*MAP, lines=["1", "=Fair", "", ""])
    assert ran.code == 0, ran
    assert "cannot be read (they are damaged), so all questions are asked again" in ran.err


def test_answers_that_cannot_be_kept_are_a_warning(platform, answer, leads) -> None:
    platform()
    Path("home").mkdir()
    Path("home", "answers").write_text("")
    ran = answer(*MAP, lines=["1"])
    assert ran.code == 130, ran
    assert ran.err.count("Warning: Your answers cannot be kept: ") == 1
    assert "Interrupted. Your answers cannot be kept: " in ran.err


def test_existing_mapping_is_reported_before_anything_is_asked(platform, answer, leads) -> None:
    platform()
    Path("leads.yaml").write_text("mine")
    ran = answer(*MAP, lines=["1"])
    assert ran.code == 2, ran
    assert "leads.yaml already exists." in ran.err
    assert "Link" not in ran.err
    assert mapping() == "mine"


def test_no_input_asks_nothing(platform, command, answer, leads) -> None:
    platform()
    assert command(*MAP).code == 0
    assert answer(*MAP, "--no-input", "-o", "other.yaml", lines=["1"]).code == 0
    assert mapping() == mapping("other.yaml")


def test_answered_mapping_goes_to_stdout(platform, answer, leads) -> None:
    platform()
    ran = answer(*MAP, "-o", "-", lines=["1", "=Fair", "", ""])
    assert ran.code == 0, ran
    assert ran.out.startswith("# Proposed by")
    assert ran.out.rstrip().endswith("}")


def test_invalid_rows_are_counted_below_the_preview(platform, answer) -> None:
    platform()
    write_csv(Path("leads.csv"), [*ROWS, ["Cy", "May", "cy@example", "6"]], LEADS)
    ran = answer(*MAP, lines=["1", "=Fair", "", ""])
    assert "Of the first 3 rows, 1 would be invalid; `uploader check` shows why." in ran.err
    assert "The first 2 leads as the platform will receive them:" in ran.err


def test_mapping_is_made_like_another(command, platform, leads) -> None:
    """Lists that it names are found from the new mapping's folder."""
    platform()
    Path("old/lists").mkdir(parents=True)
    Path("old/lists/halls.csv").write_text("4\n5\n")
    fields = "  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Fair}\n"
    fields += "  city: {column: hall, allowed: lists/halls.csv}\n"
    head = "version: 1\ncampaign: 44400\nlink: 136\nduplicates: [email, city]\nwhere: {hall: [4, 5]}\nfields:\n"
    Path("old/fair.yaml").write_text(head + fields)
    ran = command(*MAP, "--like", "old/fair.yaml")
    assert ran.code == 0, ran
    assert "still need" not in ran.out
    assert "city: {column: Hall, allowed: old/lists/halls.csv}" in mapping().replace('"', "")
    assert "duplicates: [email, city]" in mapping()
    assert 'where: {hall: {in: ["4", "5"]}}' in mapping()
    ran = command("check", leads, "-m", "leads.yaml")
    assert ran.code == 0, ran
    ran = command(*MAP, "--like", "nothing.yaml", "-o", "x.yaml")
    assert ran.code == 3, ran
    assert "There is no mapping file nothing.yaml" in ran.err
    Path("old/fair.yaml").write_text(head.replace("44400", "1") + fields)
    assert "You still need to set: link" in command(*MAP, "--like", "old/fair.yaml", "-o", "y.yaml").out


def test_earlier_uploads_are_suggested(command, platform, answer) -> None:
    platform()
    write_csv(Path("first.csv"), people(2))
    command("map", "first.csv", "--campaign", 44400)
    text = mapping("first.yaml").replace("# link: 136", "link: 136")
    Path("first.yaml").write_text(text.replace("# source: {value: …}", "source: {value: Fair}"), "utf-8")
    assert command("upload", "first.csv", "-m", "first.yaml").code == 0
    with Path("leads.csv").open("w", newline="") as file:
        csv.writer(file).writerows([LEADS, *ROWS])
    ran = command(*MAP, "-o", "unasked.yaml")
    assert "source           ← –  (perhaps 'Fair': as in the upload of 20" in ran.out
    assert "# source: {value: Fair}" in mapping("unasked.yaml")
    ran = answer(*MAP, lines=["", "", "", ""])
    assert ran.code == 0, ran
    assert "Link [2]: " in ran.err
    assert "source: is it 'Fair' for every lead? (as in the upload of 20" in ran.err
    assert command("check", "leads.csv", "-m", "leads.yaml").code == 0
    assert command("map", "leads.csv", "--campaign", 44401, "-o", "-").out.count("Fair") == 0
