"""The CI recipes of docs/scheduling.md: each keeps the ledger of a job that fails."""

import re

from ruamel.yaml import YAML

from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "scheduling.md").read_text("utf-8")
RECIPES = [YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]


def test_gitlab_saves_the_ledger_of_a_failed_job() -> None:
    job = next(recipe["upload"] for recipe in RECIPES if "upload" in recipe)
    assert (job["cache"]["when"], job["artifacts"]["when"]) == ("always", "always")
    assert job["variables"]["UPLOADER_HOME"].endswith(f"/{job['cache']['paths'][0]}")


def test_github_saves_the_ledger_of_a_failed_job_under_a_new_name() -> None:
    job = next(recipe["jobs"]["upload"] for recipe in RECIPES if "jobs" in recipe)
    restore, save = (step for step in job["steps"] if step.get("uses", "").startswith("actions/cache"))
    assert save["if"] == "always()"
    assert job["steps"][-1] is save
    assert save["with"]["key"] == restore["with"]["key"]
    assert "run_id" in save["with"]["key"]
    assert save["with"]["key"].startswith(restore["with"]["restore-keys"])
    assert job["env"]["UPLOADER_HOME"].endswith(f"/{save['with']['path']}")
