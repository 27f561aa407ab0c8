"""`import uploader`: the commands as functions, against the sandbox."""

import asyncio
import json
import logging
import os
import signal
from pathlib import Path

import pandas as pd
import pytest

import uploader
from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report

DATA = {
    "version": 1,
    "campaign": 44400,
    "form": 75,
    "link": 135,
    "publisher": 11003,
    "fields": {
        "firstName": "First Name",
        "lastName": "Last Name",
        "email": "Email",
        "telephone": "Phone",
        "companyName": "Company",
        "source": {"value": "Autumn webinar"},
    },
}


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def frame_of(count: int) -> pd.DataFrame:
    return pd.DataFrame(people(count), columns=COLUMNS)


def test_upload_returns_what_the_command_prints(platform, command, capfd) -> None:
    sandbox = platform(faults="400@3")
    leads = write_csv(Path("leads.csv"), people(5))
    handlers, loggers = signal.getsignal(signal.SIGINT), len(logging.root.handlers)
    shown: list[uploader.Progress] = []
    result = uploader.upload("leads.csv", mapping="map.yaml", consent=True, on_progress=shown.append)
    assert capfd.readouterr() == ("", "")
    assert (signal.getsignal(signal.SIGINT), len(logging.root.handlers)) == (handlers, loggers)
    assert (result.exit_code, result.counts["accepted"], result.counts["rejected"]) == (1, 4, 1)
    assert (result.report.resolve().parent, result.page.exists()) == (leads.resolve().parent, True)
    assert (result.stopped, len(sandbox.received)) == (None, 4)
    assert str(shown[-1]) == "5 of 5: 4 accepted, 1 rejected"
    frame = result.frame()
    assert frame["upload_outcome"].tolist() == [row["upload_outcome"] for row in read_report(result.report)]
    assert frame["Phone"].tolist() == [person[3] for person in people(5)]
    printed = json.loads(command("report", result.run, "--json").out)
    assert (printed["counts"], printed["exit_code"]) == (result.counts, result.exit_code)


def test_frame_is_a_spreadsheet_and_retry_takes_the_corrected_report(platform, command) -> None:
    sandbox = platform()
    frame = frame_of(4)
    frame.loc[1, "Email"] = "nobody"
    first = uploader.upload(frame, DATA, report="first.csv", consent=True)
    assert (first.counts["accepted"], first.counts["invalid"]) == (3, 1)
    assert [(group.count, group.rows) for group in first.problems] == [(1, ["3"])]
    report = first.frame()
    report.loc[report["upload_row"] == 3, "Email"] = "ann.1@example.com"
    second = uploader.retry(report, report="second.csv", consent=True)
    assert (second.counts["accepted"], second.exit_code, len(sandbox.received)) == (4, 0, 4)
    assert uploader.upload(frame_of(4), DATA, report="third.csv", consent=True).counts["duplicate"] == 4
    ran = command("resume", second.run)
    assert (ran.code, "a DataFrame, which can't be read again" in ran.err) == (3, True)


def test_cells_of_a_report_stay_as_they_are_in_a_retry(platform) -> None:
    sandbox = platform(faults="400@1,400@2")
    frame = frame_of(2)
    frame["Last Name"] = ["'=Lee", "'t Hooft"]
    first = uploader.upload(frame, DATA, report="first.csv", consent=True)
    uploader.retry(first.frame().sort_values("upload_row").copy(), report="second.csv", consent=True)
    assert sorted(dict(lead.fields)["lastName"] for lead in sandbox.received) == ["'=Lee", "'t Hooft"]
    assert uploader.read_report("second.csv")["Last Name"].tolist() == ["'=Lee", "'t Hooft"]


async def test_functions_work_inside_a_running_loop(platform) -> None:
    """As in a notebook."""
    platform(result_delay=0.0)
    checked = uploader.check(frame_of(3), DATA)
    assert (checked.counts["unsent"], checked.report, checked.exit_code) == (3, None, 0)
    with pytest.raises(uploader.UsageError, match="no report"):
        checked.frame()
    result = await uploader.upload_async(frame_of(3), DATA, report="out.csv", consent=True, wait_results=True)
    assert result.results == {"valid": 3, "invalid": 0, "pending": 0}
    again = await uploader.results_async("out.csv", again=True)
    assert (again.results["valid"], again.report) == (3, Path("out.csv"))
    assert (await uploader.read_report_async("out.csv"))["upload_result"].tolist() == ["valid"] * 3


def test_proposal_is_completed_as_a_dictionary(platform) -> None:
    platform()
    proposal = uploader.propose(frame_of(3), campaign=44400, link=135)
    assert "source" in proposal.undecided
    with pytest.raises(uploader.MappingError, match=r"proposal\.yaml"):
        uploader.check(frame_of(3), proposal)
    mapping = proposal.mapping
    mapping["fields"]["source"] = {"value": "Autumn webinar"}
    assert uploader.check(frame_of(3), mapping).counts["unsent"] == 3
    assert proposal.save("new.yaml").read_text() == proposal.text


def test_nothing_is_sent_without_consent(platform) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(1))
    calls = [
        lambda: uploader.upload("leads.csv", "map.yaml"),
        lambda: uploader.retry("leads.csv"),
        uploader.resume,
        lambda: uploader.upload("leads.csv", "map.yaml", consent="yes"),
    ]
    for call in calls:
        with pytest.raises(uploader.UsageError, match="consent=True"):
            call()
    assert not sandbox.received


def test_errors_before_sending_are_exceptions_with_what_to_do(platform, monkeypatch) -> None:
    platform()
    write_csv(Path("leads.csv"), people(1))
    with pytest.raises(uploader.TableError) as raised:
        uploader.upload("lead.csv", "map.yaml", consent=True)
    assert raised.value.__notes__ == [raised.value.hint]
    with pytest.raises(uploader.MappingError) as wrong:
        uploader.check("leads.csv", {**DATA, "fields": {"email": "Mail"}})
    assert "Mail" in str(wrong.value.__notes__)
    with pytest.raises(uploader.UsageError, match="DataFrame"):
        uploader.upload(frame_of(1), DATA, consent=True)
    with pytest.raises(TypeError, match="did you mean 'campaign'"):
        uploader.check("leads.csv", DATA, campain=1)
    monkeypatch.setenv("UPLOADER_API_KEY", "wrong")
    with pytest.raises(uploader.CredentialsError):
        uploader.upload("leads.csv", "map.yaml", consent=True)


def test_a_run_that_is_stopped_is_a_result(platform) -> None:
    platform(faults="403fulfilled@2-30")
    write_csv(Path("leads.csv"), people(30))
    result = uploader.upload("leads.csv", "map.yaml", consent=True)
    assert (result.exit_code, isinstance(result.stopped, uploader.StoppedError)) == (5, True)
    assert result.counts["unsent"] > 0


def test_ctrl_c_stops_in_order_and_resume_continues(platform) -> None:
    sandbox = platform(latency=(0.02, 0.02))
    write_csv(Path("leads.csv"), people(60))
    pressed: list[int] = []

    def press(progress: uploader.Progress) -> None:
        if not pressed:
            pressed.append(1)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(uploader.RunInterrupted) as raised:
            uploader.upload("leads.csv", "map.yaml", consent=True, on_progress=press)
    finally:
        signal.signal(signal.SIGINT, before)
    result = raised.value.result
    assert (result.exit_code, result.counts["unknown"], sum(result.counts.values())) == (130, 0, 60)
    assert f"uploader.resume('{result.run}', consent=True)" in str(raised.value)
    resumed = uploader.resume(result.run, consent=True)
    assert (resumed.counts["accepted"], len(sandbox.received)) == (60, 60)


async def test_canceled_upload_writes_its_report(platform) -> None:
    platform(latency=(0.02, 0.02))
    write_csv(Path("leads.csv"), people(60))
    loop, sending = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.ensure_future(
        uploader.upload_async(
            "leads.csv",
            "map.yaml",
            consent=True,
            report="out.csv",
            on_progress=lambda progress: loop.call_soon_threadsafe(sending.set),
        )
    )
    await sending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(read_report(Path("out.csv"))) == 60


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_data_file_goes_through_the_command(platform, command, suffix) -> None:
    sandbox = platform()
    frame = frame_of(3).assign(Age=[30.0, None, 41.0])
    frame.loc[2, "Email"] = None
    if suffix == "jsonl":
        frame.to_json("leads.jsonl", orient="records", lines=True)
    else:
        frame.to_parquet("leads.parquet")
    Path("map.yaml").write_text(MAPPING.replace("email: Email", "email: {column: Email, required: true}"))
    ran = command("upload", f"leads.{suffix}", "-m", "map.yaml", "--report", "out.csv")
    assert (ran.code, len(sandbox.received)) == (1, 2), ran.err
    rows = read_report(Path("out.csv"))
    assert [(row["upload_row"], row["Age"], row["Email"]) for row in rows][1:] == [
        ("3", "", "ann.1@example.com"),
        ("4", "41", ""),
    ]
    rows[2]["Email"] = "ann.2@example.com"
    write_report(Path("out.csv"), rows)
    assert command("retry", "out.csv").code == 0
    assert len(sandbox.received) == 3


def test_ten_lines_need_no_settings_in_a_sandbox(capfd) -> None:
    frame = pd.DataFrame({
        "First Name": ["Ann", "Bob"], "Last Name": ["Lee", "Ray"], "Mobile": "+447700900123", "Company": "Smith",
        "Email": ["ann@example.com", "bob@example.com"], "Job": "Editor",
    })  # fmt: skip
    mapping = uploader.propose(frame, campaign=44400, link=135, sandbox=True).mapping
    mapping["fields"]["source"] = {"value": "Autumn webinar"}
    result = uploader.upload(frame, mapping, report="out.csv", consent=True, sandbox=True)
    assert result.frame()["upload_outcome"].tolist() == ["accepted", "accepted"]
    assert capfd.readouterr() == ("", "")
