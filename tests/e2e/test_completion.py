"""Shell completion of ids, from the ledger alone."""

import json
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv


@pytest.fixture
def completions(command, monkeypatch):
    """What a shell is offered for a line that is being typed."""

    def complete(line: str) -> list[str]:
        words = line.split()
        monkeypatch.setenv("_UPLOADER_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) if line.endswith(" ") else len(words) - 1))
        ran = command()
        assert (ran.code, ran.err) == (0, "")
        monkeypatch.delenv("_UPLOADER_COMPLETE")
        return ran.out.split()

    return complete


def test_ids_of_earlier_runs_are_offered(platform, command, completions) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(2))
    runs = [json.loads(command("upload", leads, "-m", "map.yaml", "--json").out)["run"] for _ in range(2)]
    asked = sandbox.requests.total()
    for line in ("resume ", "report ", "resolve ", "reconcile ", f"resume {runs[0][:4]}"):
        assert completions(f"uploader {line}") == runs[::-1]
    assert completions("uploader upload leads.csv --campaign ") == ["44400"]
    assert completions("uploader forms --campaign 9") == []
    assert completions("uploader upload leads.csv --form ") == ["75"]
    assert completions("uploader retry out.csv --campaign 44400 --link 1") == ["135"]
    assert completions("uploader retry out.csv --campaign 1 --link ") == []
    assert sandbox.requests.total() == asked


def test_nothing_is_offered_or_created_without_a_ledger(completions, tmp_path) -> None:
    assert completions("uploader resume ") == []
    assert not (tmp_path / "home").exists()


def test_errors_are_silent(completions, tmp_path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ledger.sqlite3").write_bytes(b"not a database" * 100)
    assert completions("uploader resume ") == []
    Path("uploader.toml").write_text("[profile\n")
    assert completions("uploader upload leads.csv --profile acme --campaign ") == []
