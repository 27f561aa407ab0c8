"""What a user is told to do next, and that it is what helps."""

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


def test_what_is_left_is_sent_and_what_is_wrong_is_mended(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    sound = write_csv(Path("sound.csv"), people(4))
    ran = command("upload", sound, "-m", "map.yaml", "--report", "a.csv", "--limit", 2)
    assert "Next: send what is left with  uploader retry a.csv" in ran.out
    assert "In a few minutes: which of them are valid?  uploader results a.csv" in ran.out
    ran = command("upload", write_csv(Path("wrong.csv"), [["Ann", "Lee", "none", "", ""]]), "-m", "map.yaml")
    assert "Next: mend the rows in the report, then  uploader retry" in ran.out
    assert "which of them are valid" not in ran.out


@pytest.mark.parametrize("relative", ["webhook-v2"])
def test_an_api_without_results_promises_none(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", write_csv(Path("a.csv"), people(2)), "-m", "map.yaml")
    assert ran.code == 0, ran
    assert "2 accepted" in ran.out
    assert "which of them are valid" not in ran.out


def test_without_a_mapping_or_with_a_wrong_name(command, platform) -> None:
    platform()
    leads = write_csv(Path("march leads.csv"), people(1))
    ran = command("upload", leads)
    assert ran.code == 2, ran
    assert '`uploader map "march leads.csv" --campaign ID` proposes one' in ran.err
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", "march.csv", "-m", "map.yaml")
    assert ran.code == 3, ran
    assert "There is no file march.csv; did you mean 'march leads.csv'?" in ran.err


@pytest.mark.parametrize(
    ("file", "mapping", "told"),
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
def test_files_that_are_not_there_or_not_right(command, platform, file, mapping, told) -> None:
    """What is meant is told where it is near: neither a file of another kind, nor one that has a letter in common."""
    platform()
    Path("november.yaml").write_text(MAPPING)
    Path("november.html").write_text("")
    write_csv(Path("h.csv"), people(1))
    Path("november.xlsx").write_bytes(b"PK\x03\x04\xff")
    ran = command("check", file, "-m", mapping)
    assert ran.code in {2, 3}
    assert told in ran.err


def test_a_name_is_not_guessed_from_a_letter(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING.replace("  telephone: Phone", "  t: Phone\n  tel: Phone"))
    ran = command("check", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml")
    assert "form 75 has no field 't'\n" in ran.err
    assert "form 75 has no field 'tel'; did you mean 'telephone'?" in ran.err


def test_the_page_is_not_the_report(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml", "--report", "first one.csv")
    for args in (["retry"], ["results"]):
        ran = command(*args, "first one.html")
        assert ran.code == 3, ran
        assert "first one.html is the page to read, not the report." in ran.err
        assert 'Give the report: "first one.csv"\n' in ran.err
    Path("first one.csv").unlink()
    assert "Give the report: the CSV or xlsx." in command("retry", "first one.html").err
    assert "There is no file second.html" in command("retry", "second.html").err


def test_a_report_of_a_check_says_that_nothing_was_sent_with_it(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), [*people(2), ["Ann", "Lee", "none", "", ""]])
    command("check", leads, "-m", "map.yaml", "--report", "checked.csv")
    for ran in (command("retry", "checked.csv"), command("upload", "checked.csv", "-m", "map.yaml")):
        assert ran.code == 3, ran
        assert "checked.csv is the report of a check: nothing was sent with it" in ran.err
        assert "`uploader upload` the file that was checked" in ran.err
        assert "`uploader retry checked.csv --mapping MAP.yaml`" in ran.err
    ran = command("retry", "checked.csv", "-m", "map.yaml")
    assert (ran.code, len(sandbox.received)) == (1, 2)


def test_faults_of_ids_and_of_the_mapping_are_counted_together(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING.replace("link: 135\n", "").replace("  source: {value: Autumn webinar}\n", ""))
    ran = command("check", write_csv(Path("a.csv"), people(1)), "-m", "map.yaml")
    assert ran.code == 3, ran
    assert "has 2 faults; nothing was sent." in ran.err


def commands_of(page: str) -> list[str]:
    """What a page says to paste."""
    return re.findall(r"<pre>(uploader .*)</pre>", Path(page).read_text("utf-8"))


def test_after_canaries_that_failed_page_and_terminal_name_the_same_way_on(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")
    sandbox = platform(result_delay=0)
    Path("map.yaml").write_text(MAPPING.replace("First Name", "Last Name"))
    leads = write_csv(Path("leads.csv"), [["Anna", *row[1:]] for row in people(20)])
    flags = ("-m", "map.yaml", "--canary", 4, "--canary-pass", 90, "--report", "r.csv")
    ran = command("upload", leads, *flags)
    again = "uploader retry r.csv --mapping map.yaml --canary 4 --canary-pass 90"
    assert (ran.code, len(sandbox.received)) == (5, 4)
    assert f"Next: mend the mapping, or the rows in the report, then  {again}\n" in ran.out
    assert commands_of("r.html") == [again]
    command("results", "r.csv")
    assert commands_of("r.html") == [again]
    run = read_report(Path("r.csv"))[0]["upload_run"]
    command("report", run, "--report", "more.csv")
    assert commands_of("more.html") == [again.replace("r.csv", "more.csv")]
    Path("map.yaml").write_text(MAPPING + "  city: {value: Bonn}\n  jobTitle: {value: Editor}\n")
    assert (command(*shlex.split(again)[1:]).code, len(sandbox.received)) == (0, 20)


def test_after_nothing_but_refusals_the_mapping_is_taken_as_it_is_by_then(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform(faults="400@1-99")
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(30))
    ran = command("upload", leads, "-m", "map.yaml", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml"
    assert ran.code == 5, ran
    assert f"Next: mend the mapping, then  {again}\n" in ran.out
    assert "`uploader retry REPORT --mapping map.yaml`" in ran.err
    assert commands_of("r.html") == [again]
    sandbox.state.turn(sandbox.state.knobs.turned({"faults": ""}))
    assert command(*shlex.split(again)[1:]).code == 0


def test_a_file_that_ends_early_is_not_gone_on_with(command, platform) -> None:
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
def test_a_narrow_terminal_has_a_run_on_two_lines(command, platform) -> None:
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


def test_no_help_has_what_its_printer_takes_for_markup() -> None:
    """`[profile.NAME]` would be taken for a style, and not be shown."""
    commands = typer.main.get_command(app).commands.values()
    helps = [getattr(param, "help", None) or "" for command in commands for param in command.params]
    assert len(helps) > 100
    assert [text for text in helps if "[" in text] == []


LISTED = MAPPING.replace("companyName: Company", "companyName: {column: Company, allowed: [Germany, Austria]}")


def test_a_mapping_that_was_mended_since_counts_when_it_is_named(command, platform) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(LISTED)
    rows = [[*row[:4], "Germany"] for row in people(3)]
    rows[1][4] = "Germny"
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml"
    assert f"Or add to the mapping what is said above, then  {again}\n" in ran.out
    assert commands_of("r.html") == ["uploader retry r.csv", again]

    ran = command("retry", "r.csv", "--dry-run")
    assert "has changed since" not in ran.err
    assert "add to the mapping, which a retry heeds with `--mapping map.yaml`:" in ran.err

    Path("map.yaml").write_text(LISTED.replace("allowed:", "values: {Germny: Germany}, allowed:"))
    for flags in (("--dry-run",), ()):
        ran = command("retry", "r.csv", *flags)
        assert (ran.code, len(sandbox.received)) == (1, 2)
        assert "note: map.yaml has changed since that upload; `--mapping map.yaml` takes it as it is now" in ran.err
    ran = command(*shlex.split(again)[1:])
    assert ran.code == 0, ran
    assert len(sandbox.received) == 3
    assert "has changed since" not in ran.err


def test_a_run_that_is_gone_on_with_keeps_its_mapping_and_says_so(command, platform) -> None:
    sandbox = platform(faults="403inactive@2-9")
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    Path("map.yaml").write_text(MAPPING.replace("Autumn", "Winter"))
    sandbox.state.turn(sandbox.state.knobs.turned({"faults": ""}))
    ran = command("resume")
    assert "note: map.yaml has changed since this run began, which goes on with it as it was" in ran.err
    assert {dict(lead.fields)["source"] for lead in sandbox.received} == {"Autumn webinar"}
    Path("map.yaml").unlink()
    assert "has changed" not in command("retry", next(Path().glob("leads.report-*.csv"))).err


def test_ids_that_came_by_flags_hold_for_a_retry_and_stand_in_what_is_suggested(command, platform) -> None:
    sandbox = platform(faults="400@1-20")
    leads = write_csv(Path("leads.csv"), people(22))
    Path("map.yaml").write_text(MAPPING)
    ran = command("upload", leads, "-m", "map.yaml", "--link", "136", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml --link 136"
    assert f"Next: mend the mapping, then  {again}\n" in ran.out
    assert again in commands_of("r.html")
    assert command("retry", "r.csv", "--limit", "1", "--report", "one.csv").code == 1
    assert command(*again.split()[1:]).code == 0
    assert {lead.link for lead in sandbox.received} == {136}
    command("retry", "one.csv", "--mapping", "map.yaml", "--report", "two.csv")
    assert command("upload", write_csv(Path("other.csv"), people(30)[25:]), "-m", "map.yaml").code == 0
    assert {lead.link for lead in sandbox.received[22:]} == {135}


def test_what_is_to_be_added_to_the_mapping_counts_with_the_same_ids(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(LISTED)
    rows = [[*row[:4], "Germany"] for row in people(3)]
    rows[1][4] = "Germny"
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--link", "136", "--report", "r.csv")
    again = "uploader retry r.csv --mapping map.yaml --link 136"
    assert f"Or add to the mapping what is said above, then  {again}\n" in ran.out
    assert again in commands_of("r.html")
    Path("map.yaml").write_text(f"# mended\n{LISTED}")
    told = command("retry", "r.csv", "--dry-run").err
    assert "`--mapping map.yaml --link 136` takes it as it is now" in told
    assert "add to the mapping, which a retry heeds with `--mapping map.yaml --link 136`:" in told
