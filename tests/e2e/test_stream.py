"""`--stream`: rows are looked at when their turn comes, and everything else is as without it."""

import json
import random
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.slow import few_quick
from uploader.core.errors import UploaderError
from uploader.ledger import LedgerError
from uploader.ledger.sqlite.rows import SqliteRows
from uploader.ledger.sqlite.runs import SqliteRuns
from uploader.pipeline.duplicate_index import DuplicateIndex
from uploader.pipeline.worker_pool import run_pool
from uploader.spreadsheet.table import CHUNK

FEW = "10000/300"  # more than any file here, so that no test waits for a window


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING.replace("  email: Email\n", "  email: {column: Email, required: true}\n"))
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", FEW)


def mixed(count: int) -> list[list[str]]:
    """Sound leads; of each hundred some five without an address, and some five that stand earlier in the file."""
    chance, rows = random.Random(7), people(count)
    for row in range(1, count):
        match chance.randrange(20):
            case 0:
                rows[row][2] = ""
            case 1:
                rows[row] = list(rows[chance.randrange(row)])
    return rows


def reported(report: str) -> list[tuple[str, ...]]:
    """What does not differ from run to run."""
    kept = ("upload_row", "upload_outcome", "upload_reason", "upload_hint", "Email", "upload_attempts")
    return [tuple(row[name] for name in kept) for row in read_report(Path(report))]


@pytest.mark.parametrize("flags", few_quick([[], ["--limit", 1400]]))
def test_stream_gives_the_same_report(command, platform, monkeypatch, tmp_path, flags) -> None:
    leads, reports, received = write_csv(Path("leads.csv"), mixed(2 * CHUNK + 300)), [], []
    for way in ([], ["--stream"]):
        sandbox = platform(limit=FEW)
        monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / f"home{way}"))
        printed = json.loads(command("upload", leads, "-m", "map.yaml", "--json", *flags, *way).out)
        reports.append((printed["counts"], printed["exit_code"], reported(printed["report"])))
        received.append(sorted(dict(lead.fields)["email"] for lead in sandbox.received))
    assert reports[0] == reports[1]
    assert received[0] == received[1]
    assert {"accepted", "duplicate", "invalid"} < {row[1] for row in reports[1][2]} | {"unsent"}


@pytest.mark.slow
def test_damaged_file_is_sent_up_to_the_damage(command, platform) -> None:
    """Without --stream the same file sends nothing; after a fix, only the missing rows are sent."""
    sandbox = platform(limit=FEW)
    leads = write_csv(Path("leads.csv"), people(2 * CHUNK))
    whole = leads.read_text(encoding="utf-8")
    leads.write_text(whole.replace(f"Lindqvist{CHUNK + 200},", f'"Lindqvist{CHUNK + 200},'), encoding="utf-8")
    ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert (ran.code, len(sandbox.received)) == (3, 0)
    ran = command("upload", leads, "-m", "map.yaml", "--stream", "--json")
    printed = json.loads(ran.out)
    sound = CHUNK + 200
    assert (ran.code, printed["counts"]["accepted"], len(reported(printed["report"]))) == (5, sound, sound)
    assert f"line {sound + 2}: a quote is opened and never closed. The rows before it are in the report." in ran.err
    assert "leads that were accepted are recognized" in ran.err
    leads.write_text(whole, encoding="utf-8")
    printed = json.loads(command("upload", leads, "-m", "map.yaml", "--stream", "--json").out)
    assert (printed["counts"]["duplicate"], printed["counts"]["accepted"]) == (sound, 2 * CHUNK - sound)
    assert len(sandbox.received) == 2 * CHUNK


@pytest.mark.slow
def test_rows_are_sent_up_to_a_ledger_error(command, platform, monkeypatch) -> None:
    """Whatever is wrong with the rest: the report says that there are more rows, and what to do about them."""
    sandbox = platform(limit=FEW)
    keep = DuplicateIndex.add

    def keep_some(self: DuplicateIndex, leads: list[bytes]) -> dict[int, int]:
        if len(self._before) >= CHUNK:
            raise UploaderError("The leads that have come can't be kept.", "Make room.")
        return keep(self, leads)

    monkeypatch.setattr(DuplicateIndex, "add", keep_some)
    ran = command("upload", write_csv(Path("leads.csv"), people(2 * CHUNK)), "-m", "map.yaml", "--stream", "--json")
    assert (ran.code, len(sandbox.received)) == (5, CHUNK)
    assert "can't be kept. The rows before it are in the report." in json.loads(ran.out)["stopped"]
    assert "Make room. Then upload the file again: leads that were accepted are recognized." in ran.err


@pytest.mark.parametrize("cap", [60, CHUNK + 60])
@pytest.mark.slow
def test_stopped_stream_reports_every_row(command, platform, cap) -> None:
    """Rows after the stop are checked for the report, and `resume` continues as usual."""
    rows = people(3 * CHUNK)
    rows[CHUNK + 505][2] = ""
    rows[2 * CHUNK + 6] = rows[0]
    sandbox = platform(limit=FEW, campaign_cap=cap)
    printed = json.loads(
        command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--stream", "--json").out
    )
    outcomes = [row[1] for row in reported(printed["report"])]
    assert (printed["exit_code"], len(outcomes), outcomes.count("accepted")) == (5, 3 * CHUNK, cap)
    assert [outcomes[place] for place in (CHUNK + 505, 2 * CHUNK + 6, -1)] == ["invalid", "duplicate", "unsent"]
    sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
    printed = json.loads(command("resume", "--json").out)
    assert (printed["counts"]["accepted"], printed["counts"]["duplicate"]) == (3 * CHUNK - 2, 1)
    assert len(sandbox.received) == 3 * CHUNK - 2


def test_stream_summary_before_sending(command, platform) -> None:
    sandbox = platform(limit=FEW)
    leads = write_csv(Path("leads.csv"), people(CHUNK + 1))
    ran = command("upload", write_csv(Path("none.csv"), []), "-m", "map.yaml", "--stream")
    assert ran.code == 3, ran
    assert "has no rows" in ran.err
    ran = command("upload", leads, "-m", "map.yaml", "--stream")
    assert (ran.code, len(sandbox.received)) == (0, CHUNK + 1)
    assert f"The first {CHUNK:,} rows: {CHUNK:,} to send. Later rows are checked when they are read." in ran.err


def test_file_damaged_among_canaries_is_reported(command, platform) -> None:
    sandbox = platform(limit=FEW)
    leads = write_csv(Path("leads.csv"), people(CHUNK + 500))
    leads.write_text(leads.read_text(encoding="utf-8") + 'x,y,"z\n', encoding="utf-8")
    ran = command("upload", leads, "-m", "map.yaml", "--stream", "--canary", CHUNK + 600, "--json")
    printed = json.loads(ran.out)
    assert (ran.code, len(sandbox.received), printed["counts"]["unsent"]) == (5, 0, CHUNK + 500)
    assert "a quote is opened and never closed" in printed["stopped"]


@pytest.mark.parametrize(("records", "method"), [(SqliteRows, "mark_duplicates"), (SqliteRuns, "finish")])
@pytest.mark.slow
def test_ledger_error_at_the_end_keeps_the_counts(command, platform, monkeypatch, records, method) -> None:
    """The report has every row, and the run's counts are shown."""
    rows = people(2 * CHUNK)
    rows[CHUNK + 6] = rows[0]
    platform(limit=FEW)
    real, calls = getattr(records, method), iter(range(10))

    def failing(*args: object) -> None:
        if next(calls) or method == "finish":
            raise LedgerError("The ledger is locked.", "Try again.")
        real(*args)

    monkeypatch.setattr(records, method, failing)
    ran = command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--stream", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["exit_code"], printed["stopped"]) == (5, 5, "The ledger is locked.")
    assert (printed["counts"]["accepted"], printed["counts"]["duplicate"]) == (2 * CHUNK - 1, 1)
    assert len(reported(printed["report"])) == 2 * CHUNK


@pytest.mark.parametrize("way", [[], ["--stream"]])
def test_event_loop_is_not_blocked_between_chunks(command, platform, monkeypatch, way) -> None:
    """Answers and Ctrl-C come in while rows are gone through that are not sent."""
    seen: list[object] = []

    def watched(leads, *more):
        return run_pool((seen.append(lead) or lead for lead in leads), *more)

    monkeypatch.setattr("uploader.pipeline.run.run_pool", watched)
    sandbox = platform(limit=FEW)
    leads = write_csv(Path("leads.csv"), [people(1)[0]] * (3 * CHUNK))
    assert command("upload", leads, "-m", "map.yaml", *way).code == 0
    assert (len(sandbox.received), len(seen), seen.count(None)) == (1, 4, 3)
