"""The next step that each command suggests, and that following it works."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.paths import ROOT
from uploader.cli.app import app


def test_next_step_is_fix_and_retry(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    sound = write_csv(Path("sound.csv"), people(4))
    ran = command("upload", sound, "-m", "map.yaml", "--report", "a.csv", "--limit", 2)
    assert "Send the remaining rows:  uploader retry a.csv" in ran.out
    assert "In a few minutes, see which leads are valid:  uploader results a.csv" in ran.out
    ran = command("upload", write_csv(Path("wrong.csv"), [["Ann", "Lee", "none", "", ""]]), "-m", "map.yaml")
    assert "Fix the rows in the report, then run:  uploader retry" in ran.out
    assert "which of them are valid" not in ran.out


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_webhook_suggests_no_results(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", write_csv(Path("a.csv"), people(2)), "-m", "map.yaml")
    assert ran.code == 0, ran
    assert "2 accepted" in ran.out
    assert "which of them are valid" not in ran.out


def test_missing_mapping_suggests_map(command, platform) -> None:
    platform()
    leads = write_csv(Path("march leads.csv"), people(1))
    ran = command("upload", leads)
    assert ran.code == 2, ran
    assert '`uploader map "march leads.csv" --campaign ID`' in ran.err
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", "march.csv", "-m", "map.yaml")
    assert ran.code == 3, ran
    assert "There is no file march.csv; did you mean 'march leads.csv'?" in ran.err


@pytest.mark.parametrize(
    ("file", "mapping", "message"),
    [
        (
            "november.yaml",
            "november.xlsx",
            "seem to be swapped: --mapping takes the YAML file.\nWrite  november.xlsx --m",
        ),
        ("november.xlsx", "novembr.yaml", "no mapping file novembr.yaml; did you mean 'november.yaml'?"),
        ("november.xlsx", "h.yaml", "There is no mapping file h.yaml.\n"),
        (
            "november.xlsx",
            "november.xlsx",
            "november.xlsx can't be read: it is not UTF-8 text.\nGive a mapping in YAML.",
        ),
        ("novembr.xls", "november.yaml", "no file novembr.xls; did you mean 'november.xlsx'?"),
        ("nosuch.csv", "november.yaml", "There is no file nosuch.csv.\n"),
        ("novem", "november.yaml", "There is no file novem; did you mean 'november.xlsx'?"),
    ],
)
def test_missing_files_are_reported_with_a_suggestion(command, platform, file, mapping, message) -> None:
    """Similar names are suggested: no file of another kind, and none that only shares a letter."""
    platform()
    Path("november.yaml").write_text(MAPPING)
    Path("november.html").write_text("")
    write_csv(Path("h.csv"), people(1))
    Path("november.xlsx").write_bytes(b"PK\x03\x04\xff")
    ran = command("check", file, "-m", mapping)
    assert ran.code in {2, 3}
    assert message in ran.err


def test_one_letter_gives_no_suggestion(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING.replace("  telephone: Phone", "  t: Phone\n  tel: Phone"))
    ran = command("check", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml")
    assert "form 75 has no field 't'\n" in ran.err
    assert "form 75 has no field 'tel'; did you mean 'telephone'?" in ran.err


def test_html_report_is_not_accepted_as_report(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml", "--report", "first one.csv")
    for args in (["retry"], ["results"]):
        ran = command(*args, "first one.html")
        assert ran.code == 3, ran
        assert "first one.html is the HTML page, not the report." in ran.err
        assert 'Use the report: "first one.csv"\n' in ran.err
    Path("first one.csv").unlink()
    assert "Use the report: the CSV or xlsx." in command("retry", "first one.html").err
    assert "There is no file second.html" in command("retry", "second.html").err


def test_check_report_says_nothing_was_sent(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), [*people(2), ["Ann", "Lee", "none", "", ""]])
    command("check", leads, "-m", "map.yaml", "--report", "checked.csv")
    for ran in (command("retry", "checked.csv"), command("upload", "checked.csv", "-m", "map.yaml")):
        assert ran.code == 3, ran
        assert "checked.csv is the report of a check: nothing was sent with it" in ran.err
        assert "Upload the file that was checked" in ran.err
        assert "`uploader retry checked.csv --mapping MAP.yaml`" in ran.err
    ran = command("retry", "checked.csv", "-m", "map.yaml")
    assert (ran.code, len(sandbox.received)) == (1, 2)


def test_id_and_mapping_errors_are_counted_together(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING.replace("link: 135\n", "").replace("  source: {value: Autumn webinar}\n", ""))
    ran = command("check", write_csv(Path("a.csv"), people(1)), "-m", "map.yaml")
    assert ran.code == 3, ran
    assert "has 2 errors; nothing was sent." in ran.err


def commands_of(page: str) -> list[str]:
    """What a page says to paste."""
    return re.findall(r"<pre>(uploader .*)</pre>", Path(page).read_text("utf-8"))


def test_failed_canaries_get_one_next_step(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    sandbox = platform(result_delay=0)
    Path("map.yaml").write_text(MAPPING.replace("First Name", "Last Name"))
    leads = write_csv(Path("leads.csv"), [["Anna", *row[1:]] for row in people(20)])
    flags = ("-m", "map.yaml", "--canary", 4, "--canary-pass", 90, "--report", "r.csv")
    ran = command("upload", leads, *flags)
    again = "uploader retry r.csv --mapping map.yaml --canary 4 --canary-pass 90"
    assert (ran.code, len(sandbox.received)) == (5, 4)
    assert f"ix the mapping, or the rows in the report, then run:  {again}\n" in ran.out
    assert commands_of("r.html") == [again]
    command("results", "r.csv")
    assert commands_of("r.html") == [again]
    run = read_report(Path("r.csv"))[0]["upload_run"]
    command("report", run, "--report", "more.csv")
    assert commands_of("more.html") == [again.replace("r.csv", "more.csv")]
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    assert (command(*shlex.split(again)[1:]).code, len(sandbox.received)) == (0, 20)


def test_retry_after_rejections_uses_the_edited_mapping(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="400@1-99")
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(30))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml"
    assert ran.code == 5, ran
    assert f"Fix the mapping, then run:  {again}\n" in ran.out
    assert "`uploader retry REPORT --mapping map.yaml`" in ran.err
    assert commands_of("r.html") == [again]
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    assert command(*shlex.split(again)[1:]).code == 0


def test_truncated_stream_is_not_resumed(command, platform) -> None:
    """What is sent while it is read has no rest that could be resumed or retried: the page promises nothing."""
    platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(9000))
    leads.write_bytes(leads.read_bytes() + b'"never closed,')
    ran = command("upload", leads, "-m", "map.yaml", "--report", "r.csv", "--stream", "--limit", 2)
    assert ran.code == 5, ran
    assert "Then upload the file again" in ran.err
    assert commands_of("r.html") == []


@pytest.mark.skipif(os.name == "nt", reason="a pseudo-terminal is POSIX's")
def test_narrow_terminal_wraps_runs(command, platform) -> None:
    import pty

    platform()
    Path("map.yaml").write_text(MAPPING)
    name = "a list with a rather long name, as people give them.csv"
    assert command("upload", write_csv(Path(name), people(2)), "-m", "map.yaml").code == 0
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-m", "uploader", "runs"], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    lines = os.read(ours, 10_000).decode().splitlines()
    os.close(ours)
    assert ran.returncode == 0
    assert lines[0].endswith("finished: 2 accepted")
    assert lines[1] == f"    {name} → sandbox, campaign 44400"


def test_help_texts_contain_no_markup() -> None:
    """`[profile.NAME]` would be taken for a style, and not be shown."""
    commands = typer.main.get_command(app).commands.values()
    helps = [getattr(param, "help", None) or "" for command in commands for param in command.params]
    assert len(helps) > 100
    assert [text for text in helps if "[" in text] == []


LISTED = MAPPING.replace("companyName: Company", "companyName: {column: Company, allowed: [Germany, Austria]}")


def test_edited_mapping_counts_only_if_given(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(LISTED)
    rows = [[*row[:4], "Germany"] for row in people(3)]
    rows[1][4] = "Germny"
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml"
    assert f"Or change the mapping as shown above, then run:  {again}\n" in ran.out
    assert commands_of("r.html") == ["uploader retry r.csv", again]

    ran = command("retry", "r.csv", "--dry-run")
    assert "has changed since" not in ran.err
    assert "change the mapping, then run `uploader retry REPORT --mapping map.yaml`:" in ran.err

    Path("map.yaml").write_text(LISTED.replace("allowed:", "values: {Germny: Germany}, allowed:"))
    for flags in (("--dry-run",), ()):
        ran = command("retry", "r.csv", *flags)
        assert (ran.code, len(sandbox.received)) == (1, 2)
        assert (
            "note: map.yaml has changed since that upload; to use it as it is now, add `--mapping map.yaml`" in ran.err
        )
    ran = command(*shlex.split(again)[1:])
    assert ran.code == 0, ran
    assert len(sandbox.received) == 3
    assert "has changed since" not in ran.err


def test_resumed_run_keeps_its_mapping(command, platform) -> None:
    sandbox = platform(faults="403inactive@2-9")
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    Path("map.yaml").write_text(MAPPING.replace("Autumn", "Winter"))
    sandbox.state.apply(sandbox.state.options.with_changes({"faults": ""}))
    ran = command("resume")
    assert "note: map.yaml has changed since this run started; the run continues with the mapping as it was" in ran.err
    assert {dict(lead.fields)["source"] for lead in sandbox.received} == {"Autumn webinar"}
    Path("map.yaml").unlink()
    assert "has changed" not in command("retry", next(Path().glob("leads.report-*.csv"))).err


def test_ids_from_flags_are_kept_and_suggested(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")  # the first 20 responses are the rejections
    sandbox = platform(faults="400@1-20")
    leads = write_csv(Path("leads.csv"), people(22))
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", leads, "-m", "map.yaml", "--link", "136", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml --link 136"
    assert f"Fix the mapping, then run:  {again}\n" in ran.out
    assert again in commands_of("r.html")
    assert command("retry", "r.csv", "--limit", "1", "--report", "one.csv").code == 1
    assert command(*again.split()[1:]).code == 0
    assert {lead.link for lead in sandbox.received} == {136}
    command("retry", "one.csv", "--mapping", "map.yaml", "--report", "two.csv")
    assert command("upload", write_csv(Path("other.csv"), people(30)[25:]), "-m", "map.yaml").code == 0
    assert {lead.link for lead in sandbox.received[22:]} == {135}


def test_suggested_mapping_fix_keeps_the_ids(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(LISTED)
    rows = [[*row[:4], "Germany"] for row in people(3)]
    rows[1][4] = "Germny"
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--link", "136", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml --link 136"
    assert f"Or change the mapping as shown above, then run:  {again}\n" in ran.out
    assert again in commands_of("r.html")
    Path("map.yaml").write_text(f"# edited\n{LISTED}")
    printed = command("retry", "r.csv", "--dry-run").err
    assert "to use it as it is now, add `--mapping map.yaml --link 136`" in printed
    assert "change the mapping, then run `uploader retry REPORT --mapping map.yaml --link 136`:" in printed


def test_mapping_error_names_the_command_that_was_run(command, platform) -> None:
    platform(faults="400@1")
    leads = write_csv(Path("leads.csv"), people(2))
    Path("map.yaml").write_text(MAPPING)
    command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    Path("map.yaml").write_text(MAPPING.replace("lastName:", "lastNam:"))
    errors = "Fix them, then run `uploader {}` again."
    assert errors.format("check") in command("check", leads, "-m", "map.yaml").err
    assert errors.format("retry") in command("retry", "r.csv", "--mapping", "map.yaml").err
    Path("map.yaml").write_text(f"{MAPPING}ignor: []\n")
    assert "Fix it, then run `uploader retry` again." in command("retry", "r.csv", "--mapping", "map.yaml").err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("check . -m map.yaml --sandbox", ". is a folder.\nGive the path of a spreadsheet.\n"),
        ("check leads.csv map.yaml --sandbox", "Write  --mapping map.yaml"),
        ("check leads.csv -m map.yaml --sheet Leads --sandbox", "leads.csv has no sheets, so --sheet has no effect.\n"),
        (
            "map leads.csv --campaign 44400 --sheet Leads --sandbox",
            "leads.csv has no sheets, so --sheet has no effect.\n",
        ),
        (
            "retry map.yaml --sandbox",
            "map.yaml is a mapping, not a report.\nSpecify the report",
        ),
    ],
)
def test_a_wrong_file_or_option_is_explained(command, words, message) -> None:
    Path("map.yaml").write_text(MAPPING)
    write_csv(Path("leads.csv"), people(1))
    ran = command(*words.split())
    assert ran.code in {2, 3}, ran
    assert message in ran.err
