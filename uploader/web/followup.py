"""What the worker does after a run: read its report, write it again, and resolve rows whose outcome is unknown."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from uploader.commands import reconcile, report
from uploader.commands.report import read_report
from uploader.config.settings import Settings
from uploader.core.row_numbers import row_ranges
from uploader.report.html_page import headline, render_part
from uploader.web.page_words import page_words
from uploader.web.workspace import Workspace

Given = Mapping[str, Any]
Progress = Callable[[dict[str, object]], None]

# The most unknown rows that are listed one by one.
LISTED_ROWS = 100


class FollowUp:
    """The run of one workspace."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace = workspace
        self._settings = settings
        self.answers: dict[str, Callable[[Given, Progress], Awaitable[object]]] = {
            "report": self._report,
            "rewrite": self._rewrite,
            "resolve": self._resolve,
            "reconcile": self._reconcile,
        }

    async def _report(self, given: Given, progress: Progress) -> object:
        """Return what a report shows."""
        found = read_report(Path(given["report"]), self._settings)
        return {
            "headline": headline(found.statistics.outcomes, found.statistics.results, is_check=False),
            "outcomes": {word: found.statistics.outcomes[word] for word in found.statistics.outcomes},
            "results": {word: count for word, count in found.statistics.results.items() if word},
            "unknown": [
                [run, row, found.statistics.people.get(str(row), "")]
                for run, rows in found.unknown_rows.items()
                for row in rows
            ][:LISTED_ROWS],
            "unknown_count": sum(map(len, found.unknown_rows.values())),
            "unknown_runs": list(found.unknown_rows),
            "part": render_part(found.statistics, found.context, page_words),
            "stopped": found.context.stopped,
        }

    async def _rewrite(self, given: Given, progress: Progress) -> object:
        """Write a run's report again."""
        result = report.report(given["run"], Path(given["report"]) if given.get("report") else None, self._settings)
        return {"report": str(result.report)}

    async def _resolve(self, given: Given, progress: Progress) -> object:
        """Record what the user has decided about unknown rows."""
        rows, _ = reconcile.resolve(given["run"], given["rows"], given["resolution"], None, self._settings)
        return {"rows": row_ranges(rows)}

    async def _reconcile(self, given: Given, progress: Progress) -> object:
        """Look unknown rows up, in an export or on the platform."""
        export = Path(given["export"]) if given.get("export") else None
        found = await reconcile.reconcile(given["run"], export, self._settings)
        return {
            "found": row_ranges(found.found),
            "missing": row_ranges(found.missing),
            "without_email": row_ranges(found.without_email),
            "unreadable": found.unreadable,
            "is_complete": found.is_complete,
        }
