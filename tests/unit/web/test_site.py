"""What every page shows: which platform leads go to."""

from pathlib import Path
from typing import Any

import pytest

from uploader.config.load import load_settings
from uploader.core.errors import UsageError
from uploader.web.jobs import Jobs, Workers
from uploader.web.past_runs import PastRuns
from uploader.web.sandbox_process import SandboxProcess
from uploader.web.security import NONCE, Guard
from uploader.web.site import Site
from uploader.web.workspace import About, Workspace, Workspaces


def header(home: Path, *, enterprise: str, url: str, is_draft_for_sandbox: bool = False) -> tuple[str, bool]:
    """Return the name in a page's header, and whether the bar of the sandbox is there."""
    settings = load_settings({"enterprise": enterprise, "base_url": url})
    site = Site(
        home, settings, None, False, None, Guard(), Workspaces(home), Workers(), Jobs(home), PastRuns(home, None),
        SandboxProcess(home, {}), lambda: None,
    )  # fmt: skip
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True)) if is_draft_for_sandbox else None
    return shown(site, workspace)


def shown(site: Site, workspace: Workspace | None = None) -> tuple[str, bool]:
    request: Any = {NONCE: "x"}
    page = site.page(request, "error", workspace, error=UsageError("Wrong.")).text or ""
    name = page.partition('<span class="platform">')[2].partition("<")[0]
    return name, '<header class="top sandbox">' in page


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"enterprise": "acme", "url": "https://{enterprise}.cvtr.io"}, ("acme", False)),
        ({"enterprise": "Sandbox", "url": "https://{enterprise}.cvtr.io"}, ("sandbox.cvtr.io", False)),
        ({"enterprise": "sandbox", "url": "http://127.0.0.1:8000"}, ("Sandbox", True)),
        (
            {"enterprise": "acme", "url": "https://{enterprise}.cvtr.io", "is_draft_for_sandbox": True},
            ("Sandbox", True),
        ),
    ],
)
def test_bar_of_the_sandbox_is_on_the_pages_of_a_sandbox(
    tmp_path: Path, facts: dict[str, Any], expected: tuple[str, bool]
) -> None:
    assert header(tmp_path, **facts) == expected


def test_enterprise_with_the_name_of_the_sandbox_has_no_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "live_name", "Sandbox")
    assert header(tmp_path, enterprise="Sandbox", url="https://{enterprise}.cvtr.io") == ("Sandbox", False)
