"""A new ledger recognizes no lead: unattended runs say so, and can refuse to start with one."""

import shutil
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from uploader.ledger import open_ledger


@pytest.fixture
def leads(platform):
    platform()
    Path("map.yaml").write_text(MAPPING)
    return write_csv(Path("leads.csv"), people(2))


NEW_HOMES = {
    "missing": lambda home: None,
    "empty folder": Path.mkdir,
    "after a check": lambda home: open_ledger(home).__exit__(),
}


@pytest.mark.parametrize("make", NEW_HOMES.values(), ids=NEW_HOMES)
@pytest.mark.parametrize("name", ["upload", "check"])
def test_required_ledger_that_is_new_is_refused(command, leads, tmp_path, make, name: str) -> None:
    home = tmp_path / "home"
    make(home)
    before = sorted(home.iterdir()) if home.exists() else None
    for _ in range(2):
        ran = command(name, leads, "-m", "map.yaml", "--require-ledger")
        assert ran.code == 5, ran
        assert str(home) in ran.err
        assert "--require-ledger" in ran.err
    assert (sorted(home.iterdir()) if home.exists() else None) == before


def test_required_ledger_with_uploads_is_used(command, leads, tmp_path) -> None:
    assert command("upload", leads, "-m", "map.yaml").code == 0
    ran = command("upload", leads, "-m", "map.yaml", "--require-ledger")
    assert ran.code == 0, ran
    assert "2 duplicate" in ran.err
    report = max(Path().glob("*.report-*.csv"))
    assert command("retry", report, "--require-ledger").code == 0
    shutil.rmtree(tmp_path / "home")
    ran = command("retry", report, "-m", "map.yaml", "--require-ledger")
    assert ran.code == 5, ran


@pytest.mark.parametrize("flags", [[], ["--quiet"], ["--json"]])
def test_unattended_run_warns_of_a_new_ledger(command, leads, tmp_path, flags: list[str]) -> None:
    ran = command("upload", leads, "-m", "map.yaml", *flags)
    assert f"Warning: The ledger in {tmp_path / 'home'} is new" in " ".join(ran.err.split()), ran
    assert "is new" not in command("upload", leads, "-m", "map.yaml", *flags).err


def test_user_at_a_terminal_is_not_warned(command, leads, monkeypatch) -> None:
    monkeypatch.setattr("uploader.cli.observer.is_interactive", lambda: True)
    assert "is new" not in command("upload", leads, "-m", "map.yaml").err
