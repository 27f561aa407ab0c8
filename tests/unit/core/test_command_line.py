"""Commands to paste: whatever a file is called, a shell takes it for that file and runs nothing of it."""

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.summary_sheet import report_row, summary
from uploader.core.command_line import shell_quote, without_commands

NAMES = ["leads (1).csv", "a&b.csv", "a;b.csv", "a'b.csv", "$(id).csv", "`id`.csv", 'a"b.csv', "-x.csv", "wow!.csv"]


@settings(max_examples=60)
@given(st.sampled_from(NAMES) | st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1))
def test_shell_reads_the_quoted_name(name: str) -> None:
    (word,) = shlex.split(shell_quote(name).replace("\\", "/"))
    assert word.removeprefix("./" if name.startswith("-") else "") == name.replace("\\", "/")


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_quoted_name_runs_nothing(name: str) -> None:
    ran = subprocess.run(["bash", "-c", f"printf %s {shell_quote(name)}"], capture_output=True, text=True, check=True)
    assert ran.stdout.removeprefix("./") == name


def test_the_summary_quotes_the_report(tmp_path) -> None:
    lines = summary(tmp_path / "a&b$(id).xlsx", [report_row(2, "rejected", "no", upload_run="r")])
    assert ["uploader retry 'a&b$(id).xlsx'"] in lines


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask your campaign manager. When it does, run `uploader retry REPORT`.", "Ask your campaign manager."),
        ("Fix the mapping, then run `uploader retry REPORT`.", "Fix the mapping."),
        ("Look it up on the platform, then run `uploader resolve`", "Look it up on the platform"),
        ("Run `uploader retry` on this report to send it", ""),
        ("Write its English name, or map it under `values`", "Write its English name, or map it under `values`"),
        (
            "Put the file back, then run `uploader resume`. It can take minutes.",
            "Put the file back. It can take minutes.",
        ),
    ],
)
def test_advice_without_a_terminal_names_no_command_of_ours(text: str, left: str) -> None:
    assert without_commands(text) == left
