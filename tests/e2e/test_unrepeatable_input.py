"""Rows of standard input and of DataFrames can't be read again: their reports are kept, and retried, not resumed."""

import io
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import uploader
from tests.support.files import COLUMNS, MAPPING, people, write_csv
from uploader.pipeline.cancellation import StopRequested
from uploader.pipeline.run import UploadRun


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def frame_of(count: int, first: int = 0) -> pd.DataFrame:
    return pd.DataFrame(people(first + count)[first:], columns=COLUMNS)


def on_stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()), isatty=lambda: False))


def test_report_with_rows_of_a_frame_that_did_not_get_through_is_not_replaced(platform) -> None:
    sandbox = platform(faults="400@1")
    uploader.upload(frame_of(2), "map.yaml", report="report.csv", consent=True)
    before = Path("report.csv").read_bytes()
    with pytest.raises(uploader.UsageError, match="a row that did not get through") as refused:
        uploader.upload(frame_of(2, first=2), "map.yaml", report="report.csv", consent=True)
    assert ("Choose another name" in refused.value.hint, refused.value.exit_code) == (True, 2)
    with pytest.raises(uploader.UsageError, match="--failed-only"):
        uploader.upload(frame_of(1, 3), "map.yaml", report="r.csv", failed_only="report.csv", consent=True)
    assert (Path("report.csv").read_bytes(), len(sandbox.received)) == (before, 1)
    assert uploader.retry("report.csv", report="second.csv", consent=True).counts["accepted"] == 2
    third = uploader.upload(frame_of(1, first=5), "map.yaml", report="second.csv", consent=True)
    assert third.counts["accepted"] == 1


def test_the_same_frame_and_its_retry_may_replace_the_report(platform) -> None:
    platform(faults="400@1,400@2,400@3")
    first = uploader.upload(frame_of(1), "map.yaml", report="report.csv", consent=True)
    assert first.counts["rejected"] == 1
    again = uploader.upload(frame_of(1), "map.yaml", report="report.csv", consent=True)
    assert again.counts["rejected"] == 1
    retried = uploader.retry(again.frame(), report="report.csv", consent=True)
    assert retried.counts["rejected"] == 1
    assert uploader.retry(retried.frame(), report="report.csv", consent=True).counts["accepted"] == 1


async def interrupted(run: UploadRun, *_: object) -> None:
    """Press Ctrl-C before the first lead, and wait until it has stopped the run."""
    signal.raise_signal(signal.SIGINT)
    with suppress(StopRequested):
        await run._context.stop.sleep(60)


def test_interrupted_run_of_standard_input_is_retried_not_resumed(command, platform, monkeypatch) -> None:
    platform()
    write_csv(Path("leads.csv"), people(3))
    on_stdin(monkeypatch, Path("leads.csv").read_text("utf-8-sig"))
    with monkeypatch.context() as patch:
        patch.setattr(UploadRun, "_send", interrupted)
        ran = command("upload", "-", "-m", "map.yaml", "--report", "out.csv")
    assert (ran.code, "Send the remaining rows:  uploader retry out.csv" in ran.out) == (130, True), ran
    assert "uploader resume" not in ran.out + ran.err + Path("out.html").read_text("utf-8")
    assert "uploader retry out.csv" in Path("out.html").read_text("utf-8")
    ran = command("resume")
    assert (ran.code, "Run `uploader retry REPORT`" in ran.err) == (3, True), ran
    assert command("retry", "out.csv").code == 0
