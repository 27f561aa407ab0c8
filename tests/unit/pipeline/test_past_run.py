"""Whether the leads of earlier runs went to the platform of the settings."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.runs import a_run
from uploader.config.load import load_settings
from uploader.ledger import LedgerError, SqliteLedger
from uploader.pipeline.past_run import require_own_scope


@pytest.mark.parametrize(
    ("scope", "in_sandbox", "enterprise", "is_refused"),
    [
        ("sandbox", False, "sandbox", True),
        ("sandbox", True, "sandbox", False),
        ("sandbox.cvtr.io", False, "sandbox", False),
        ("sandbox", False, "acme", False),
    ],
)
def test_leads_recorded_under_the_name_of_sandboxes_are_not_forgotten(
    tmp_path: Path, scope: str, in_sandbox: bool, enterprise: str, is_refused: bool
) -> None:
    with SqliteLedger(tmp_path / "home") as ledger:
        ledger.runs.start(replace(a_run("first"), scope=scope, in_sandbox=in_sandbox))
        ledger.runs.start(replace(a_run("second"), scope="acme"))
        settings = load_settings({"enterprise": enterprise})
        if not is_refused:
            require_own_scope(ledger, settings)
            return
        with pytest.raises(LedgerError, match="recorded run first under a name"):
            require_own_scope(ledger, settings)
