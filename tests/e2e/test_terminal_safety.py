"""Nothing from a file or from the platform commands the terminal."""

import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.files import COLUMNS, MAPPING, people, write_csv
from uploader.cli.console import Console, single_line
from uploader.cli.event_log import EventLog
from uploader.core.errors import UsageError
from uploader.sandbox import fixtures, leads

C0 = [chr(code) for code in range(0x20)]
C1 = [chr(code) for code in range(0x7F, 0xA0)]
BIDI = list("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
SEPARATORS = ["\u2028", "\u2029"]
BAD = [*C0, *C1, *BIDI, *SEPARATORS]

# One text with all of them that a file name, a cell or a header can hold.
EVIL = "a\x1b[31m\x1b]0;pwned\x07b\x9b2Jc\x85d\x7fe\u202ef\u2066g\u2028h"


def assert_harmless(text: str) -> None:
    found = sorted({char for char in text if char in BAD and char != "\n"})
    assert not found, (found, text)


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


@given(st.text(st.sampled_from([*BAD, "a", " "])))
def test_console_prints_no_control_character(text: str) -> None:
    assert_harmless(single_line(text))
    assert "\n" not in single_line(text)
    assert_harmless(Console()._printable(text))


@pytest.mark.parametrize("char", BAD, ids=lambda char: f"U+{ord(char):04X}")
def test_every_stream_is_harmless(char: str, capsys, monkeypatch) -> None:
    console = Console()
    for is_terminal in (True, False):
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_terminal=is_terminal: is_terminal, raising=False)
        text = f"x{char}y\r\nupload: injected line"
        console.print(text)
        console.log(text)
        console.log_wrapped(text)
        console.log_above_bar(text)
        console.print_json({text: [text, {"a": text}]})
        console.log_error(UsageError(text, text, [text]))
        shown = capsys.readouterr()
        assert_harmless(shown.out + shown.err)
        lines = (shown.out + shown.err).splitlines()
        assert not [line for line in lines if line.startswith("upload: injected")]


def test_file_names_headers_and_cells_are_harmless(command, platform) -> None:
    platform()
    rows = [[EVIL, "Bell", "a1@example.com", f"x{EVIL}", EVIL], ["Ann", "Bell", f"bad{EVIL}", EVIL, EVIL]]
    file = write_csv(Path(f"{EVIL}.csv"), [[*row, EVIL] for row in rows], [*COLUMNS, f"No{EVIL}tes"])
    mapping = Path(f"m{EVIL}.yaml")
    mapping.write_text(MAPPING)
    report = f"r{EVIL}.csv"
    for args in (
        ("check", file, "-m", mapping, "-v"),
        ("upload", file, "-m", mapping, "-v", "--report", report),
        ("upload", file, "-m", mapping, "-v", "--json", "--report", report),
        ("retry", report),
        ("results", report),
        ("map", file, "--campaign", 44400, "-o", f"o{EVIL}.yaml"),
        ("runs",),
        ("purge", "--older-than", "2100-01-01"),
        ("forget", "--email", EVIL),
    ):
        ran = command(*args)
        assert_harmless(ran.out + ran.err)


@pytest.mark.parametrize(
    "args",
    [
        ("upload", f"none{EVIL}.csv", "-m", "map.yaml"),
        ("upload", "leads.csv", "-m", f"none{EVIL}.yaml"),
        ("upload", f"a{EVIL}.csv", f"b{EVIL}.csv"),
        ("upload", "leads.csv", "-m", "map.yaml", "--sheet", EVIL),
        ("upload", "leads.csv", "-m", "map.yaml", "--encoding", EVIL),
        ("upload", "leads.csv", "-m", "map.yaml", "--report", f"{EVIL}.txt"),
        ("upload", "leads.csv", "-m", "map.yaml", "--limit", EVIL),
        ("upload", "leads.csv", f"--{EVIL}"),
        ("upload", "leads.csv", "-m", "map.yaml", "--profile", EVIL),
        ("upload", "leads.csv", "-m", "map.yaml", "--log-file", f"no/{EVIL}"),
        ("report", EVIL),
        ("resume", EVIL),
        ("resolve", EVIL, "--rows", EVIL, "--accepted"),
        ("purge", "--older-than", EVIL),
        ("template", f"{EVIL}.doc", "--campaign", 44400),
        ("help", EVIL),
        (EVIL,),
        ("sandbox", "--faults", EVIL),
    ],
    ids=str,
)
def test_arguments_are_harmless(command, platform, args) -> None:
    """A shell's `*` puts names of unknown files on the command line."""
    platform()
    write_csv(Path("leads.csv"), people(1))
    ran = command(*args)
    assert ran.code in ({0} if "--report" in args else {2, 3}), ran
    assert_harmless(ran.out + ran.err)


@pytest.mark.parametrize("faults", ["", "403inactive@2"])
@pytest.mark.slow
def test_messages_of_the_platform_are_harmless(command, platform, monkeypatch, faults) -> None:
    body = json.dumps({"code": 400, "message": EVIL, "errors": {"children": {EVIL: {"errors": [EVIL]}}}})
    monkeypatch.setattr(leads, "refusal", lambda fields, refused: body, raising=False)
    monkeypatch.setattr(fixtures, "INACTIVE", EVIL)
    monkeypatch.setattr(fixtures, "FORM_NAME", EVIL)
    campaign = fixtures.CAMPAIGNS[44400]
    links = tuple((number, EVIL, EVIL) for number, _, _ in campaign.links)
    monkeypatch.setitem(fixtures.CAMPAIGNS, 44400, replace(campaign, links=links))
    platform(faults=faults)
    file = write_csv(Path("leads.csv"), people(3))
    for args in (
        ("upload", file, "-m", "map.yaml", "-v", "--report", "r.csv", "--log-file", "log.jsonl"),
        ("forms", "--campaign", 44400),
        ("links", "--campaign", 44400),
        ("map", file, "--campaign", 44400),
        ("template", "--campaign", 44400),
        ("results", "r.csv"),
        ("runs", "--json"),
    ):
        ran = command(*args)
        assert ran.code != 5 or "Internal" not in ran.err, ran
        assert_harmless(ran.out + ran.err)


def test_log_file_is_harmless_and_loses_no_character() -> None:
    """`tail -f` may show it in a terminal."""
    path = Path("log.jsonl")
    with EventLog(path, print) as log:
        log.add("ended", {"stopped": "".join(BAD)})
    assert_harmless(path.read_text("utf-8"))
    assert json.loads(path.read_text("utf-8"))["stopped"] == "".join(BAD)


@pytest.mark.skipif(os.name == "nt", reason="file modes are POSIX's")
@pytest.mark.parametrize("exists", [False, True])
def test_log_file_is_private(command, platform, exists) -> None:
    platform()
    old = os.umask(0o022)
    try:
        if exists:
            Path("log.jsonl").write_text("{}\n")
        command("upload", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml", "--log-file", "log.jsonl")
    finally:
        os.umask(old)
    assert stat.S_IMODE(Path("log.jsonl").stat().st_mode) == 0o600
    assert Path("log.jsonl").read_text().startswith("{}\n") == exists
