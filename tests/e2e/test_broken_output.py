"""Standard streams that are closed, on a full disk, or a pipe that no one reads: no lead is left half sent."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv

ARGS = ("upload", "leads.csv", "-m", "map.yaml", "--json", "--yes")
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def uploader(*args: str, **streams: object) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with standard streams of the test's."""
    return subprocess.run(
        [sys.executable, "-m", "uploader", *args], text=True, timeout=60, **{"capture_output": not streams, **streams}
    )


@pytest.mark.parametrize("closed", [(0,), (2,), (0, 1, 2)])
def test_closed_output_stops_nothing(platform, closed) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(3))
    ran = uploader(*ARGS, preexec_fn=lambda: [os.close(number) for number in closed], stdout=subprocess.DEVNULL)
    assert (ran.returncode, len(sandbox.received)) == (0, 3)


@pytest.mark.parametrize(("stream", "code"), [("stderr", 0), ("stdout", 5)])
def test_output_on_a_full_disk_stops_no_lead(platform, stream, code) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(3))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Path("/dev/full").open("w") as full:
        ran = uploader(*ARGS, **{**pipes, stream: full})
    assert (ran.returncode, len(sandbox.received)) == (code, 3)
    assert stream == "stderr" or "Standard output cannot be written: No space left" in ran.stderr
    assert list(Path().glob("leads.report-*.csv"))


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["upload", "--help"], []])
def test_what_is_printed_before_a_command_runs_is_explained_on_a_full_disk(args) -> None:
    with Path("/dev/full").open("w") as full:
        ran = uploader(*args, stdout=full, stderr=subprocess.PIPE)
    assert (ran.returncode, ran.stderr) == (5, "Standard output cannot be written: No space left on device.\n")


@pytest.mark.parametrize(
    "args", [["nosuch"], [*ARGS, "--limit", "x"], ["check", "none.csv", "-m", "map.yaml", "--json"]]
)
def test_usage_error_has_its_exit_code_where_nothing_can_be_written(args) -> None:
    with Path("/dev/full").open("w") as full:
        assert uploader(*args, stdout=full, stderr=full).returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "faults", "code", "code_without_output"),
    [
        (ARGS, "", 0, 5),
        (["--help"], "", 0, 5),
        (["runs"], "", 0, 5),
        (ARGS, "400@1", 1, 5),
        (["help", "nosuch"], "", 2, 2),
        ([*ARGS, "--form", "76"], "", 3, 3),
        (ARGS, "token:401denied@1-9", 4, 4),
        (ARGS, "403inactive@1", 5, 5),
        (ARGS, "close@1", 6, 5),
    ],
)
def test_exit_code_says_how_a_command_ended_whatever_can_be_written(
    platform, args, faults, code, code_without_output
) -> None:
    write_csv(Path("leads.csv"), people(3))
    reading, writing = os.pipe()
    os.close(reading)
    with Path("/dev/full").open("w") as full, os.fdopen(writing, "w") as pipe:
        for stdout, stderr, expected in ((pipe, full, code), (full, pipe, code_without_output)):
            platform(faults=faults)
            shutil.rmtree("home", ignore_errors=True)
            assert uploader(*args, stdout=stdout, stderr=stderr).returncode == expected
