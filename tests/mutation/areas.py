"""The modules that money depends on, and the tests that have to notice a fault in each of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Area(NamedTuple):
    """Some modules with their tests.

    Attributes:
        modules: Paths of modules below `uploader/`, or patterns of them.
        unit: Tests of these modules, below `tests/unit/`: tried first.
        e2e: Tests of whole commands that depend most on them, below `tests/e2e/`: tried next.
    """

    modules: tuple[str, ...]
    unit: tuple[str, ...]
    e2e: tuple[str, ...]


AREAS = {
    "classification": Area(
        ("api/protocol.py", "api/retry.py", "api/response_body.py"),
        ("api",),
        ("test_responses.py", "test_reasons.py", "test_platform_tolerance.py", "test_faults.py"),
    ),
    "sender": Area(
        ("pipeline/sender.py",),
        ("pipeline/test_sender.py",),
        ("test_faults.py", "test_responses.py", "test_unknown_rows.py", "test_reasons.py"),
    ),
    "breaker": Area(
        ("pipeline/circuit_breaker.py",),
        ("pipeline/test_circuit_breaker.py",),
        ("test_faults.py", "test_responses.py"),
    ),
    "limiter": Area(
        ("core/rate_limit.py", "ledger/sqlite/permits.py"),
        (
            "core/test_rate_limit.py",
            "ledger/test_limits_file.py",
            "ledger/test_local_permits.py",
            "ledger/test_permits.py",
        ),
        ("test_faults.py", "test_guarantees.py", "test_stream.py"),
    ),
    "ledger": Area(
        ("ledger/*.py", "ledger/sqlite/[!p]*.py", "core/fingerprint.py", "core/identity.py"),
        ("ledger", "core/test_identity.py"),
        (
            "test_retention.py",
            "test_history.py",
            "test_decisions.py",
            "test_identity.py",
            "test_unknown_rows.py",
            "test_new_ledger.py",
            "test_reconcile.py",
            "test_results_again.py",
        ),
    ),
    "team": Area(
        ("ledger/postgres/*.py",),
        (
            "ledger/test_team.py",
            "ledger/test_team_commits.py",
            "ledger/test_team_connections.py",
            "ledger/test_team_database.py",
            "ledger/test_team_lost_locks.py",
            "ledger/test_team_permits.py",
            "ledger/test_team_retention.py",
            "ledger/test_team_versions.py",
            "ledger/test_attempts.py",
            "ledger/test_background.py",
            "ledger/test_checkpoints.py",
            "ledger/test_decisions.py",
            "ledger/test_durability.py",
            "ledger/test_joined.py",
            "ledger/test_permits.py",
            "ledger/test_results.py",
            "ledger/test_retention.py",
            "ledger/test_roles.py",
            "ledger/test_rows.py",
            "ledger/test_runs.py",
            "ledger/test_watched_connection.py",
        ),
        ("test_team.py",),
    ),
    "plan": Area(
        (
            "pipeline/plan.py",
            "pipeline/planner.py",
            "pipeline/concurrent_changes.py",
            "pipeline/duplicate_index.py",
            "pipeline/identifying_texts.py",
            "pipeline/identity.py",
        ),
        (
            "pipeline/test_planner.py",
            "pipeline/test_concurrent_changes.py",
            "pipeline/test_identifying_texts.py",
            "pipeline/test_identity.py",
            "pipeline/test_duplicate_index.py",
            "pipeline/test_report_matching.py",
        ),
        ("test_identity.py", "test_unknown_rows.py", "test_upload.py", "test_stream.py", "test_fresh_sandbox.py"),
    ),
    "report": Area(
        (
            "report/reader.py",
            "report/reported_cells.py",
            "report/lead_matcher.py",
            "report/number_cells.py",
            "report/row_problems.py",
            "report/scan.py",
            "pipeline/original_values.py",
            "pipeline/report_matching.py",
            "pipeline/reported_leads.py",
        ),
        (
            "report/test_reader.py",
            "report/test_reader_changes.py",
            "report/test_reader_without_ledger.py",
            "report/test_number_cells.py",
            "report/test_reported_cells.py",
            "report/test_row_problems.py",
            "report/test_scan.py",
            "pipeline/test_original_values.py",
            "pipeline/test_report_matching.py",
            "pipeline/test_reported_leads.py",
        ),
        (
            "test_saved_reports.py",
            "test_reports_from_elsewhere.py",
            "test_report_edge_cases.py",
            "test_results_files.py",
        ),
    ),
}

# Tried last, with the mutants that all others let live.
LAST = ("tests/e2e", "tests/corpus", "tests/crash")


def modules_of(area: Area, root: Path) -> list[str]:
    """Return the paths of an area's modules in the project."""
    found = {path for pattern in area.modules for path in (root / "uploader").glob(pattern)}
    return sorted(str(path.relative_to(root)) for path in found)


def stages_of(module: str, root: Path) -> list[tuple[str, ...]]:
    """Return the tests of a module: unit tests, its own first; then commands; then all others but the slow ones."""
    area = next(area for area in AREAS.values() if any(Path(module).match(f"uploader/{one}") for one in area.modules))
    found = [path for name in area.unit for path in _test_files(root / "tests/unit" / name)]
    own = {f"test_{Path(module).stem}", f"test_team_{Path(module).stem}"}
    found.sort(key=lambda path: path.stem not in own)
    unit = tuple(str(path.relative_to(root)) for path in found)
    return [unit, tuple(f"tests/e2e/{name}" for name in area.e2e), LAST]


def _test_files(path: Path) -> list[Path]:
    return sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def all_modules(root: Path, names: Sequence[str]) -> list[str]:
    """Return the modules of the areas of these names; of all areas if there are none."""
    return sorted({module for name in names or AREAS for module in modules_of(AREAS[name], root)})
