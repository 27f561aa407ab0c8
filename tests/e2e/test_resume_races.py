"""A run that another process continues, and ends, while this one is about to resume it."""

import asyncio
from pathlib import Path
from threading import Thread

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_records import send
from uploader.commands import upload
from uploader.core.model import Outcome
from uploader.ledger import open_ledger


def test_limit_counts_what_another_process_has_sent_until_the_run_is_locked(
    command, platform, monkeypatch, tmp_path
) -> None:
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "home"))
    sandbox = platform(campaign_cap=2)
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(12))
    assert command("upload", leads, "-m", "map.yaml", "--limit", 8).code == 5
    sandbox.state.apply(sandbox.state.options.with_changes({"campaign_cap": None}))
    protect_files = upload._protect_files

    def continue_elsewhere(*args: object) -> None:
        protect_files(*args)
        other = Thread(target=lambda: asyncio.run(send_three()))
        other.start()
        other.join()

    async def send_three() -> None:
        with open_ledger(tmp_path / "home") as ledger:
            (run,) = ledger.runs.history(None)
            for row in (11, 12, 13):
                await send(ledger, run.run.id, row, Outcome.ACCEPTED, lead_id=row)

    monkeypatch.setattr(upload, "_protect_files", continue_elsewhere)
    assert (command("resume").code, len(sandbox.received)) == (1, 8 - 3)
