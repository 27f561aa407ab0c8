"""What a report says besides its rows, as HTML page and in a workbook's summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.core.command_line import NO_FLAGS, PlatformFlags, relative_to_cwd, shell_quote
from uploader.core.errors import RESUME_STEP, NextStep
from uploader.core.model import Run

SANDBOX_NOTE = "The platform is a sandbox on this machine: no lead leaves it."


@dataclass(frozen=True)
class ReportContext:
    """Facts about the run, or check, of a report. Paths are as the user would write them.

    Attributes:
        file: The input.
        report: The report itself.
        mapping: The mapping's file.
        run: The run; None for a check.
        stopped: Why the run stopped before the end; empty if it did not.
        next_step: How to continue a run that stopped.
        form_name: The form's name on the platform.
        is_sandbox: Whether the platform is a sandbox.
        fixes: YAML to paste into the mapping, by the sentence that says where.
        slowest: Row numbers and the seconds that their responses took.
        name_columns: The input's columns that say whose lead a row is, for the HTML report.
        flags: The flags that suggested commands repeat.
    """

    file: Path = Path()
    report: Path = Path()
    mapping: Path | None = None
    run: Run | None = None
    stopped: str = ""
    next_step: NextStep = RESUME_STEP
    form_name: str = ""
    is_sandbox: bool = False
    fixes: Mapping[str, str] | None = None
    slowest: Sequence[tuple[int, float]] = ()
    name_columns: Sequence[str] = ()
    flags: PlatformFlags = NO_FLAGS


def mapping_path_flags(path: Path, ids: Sequence[str]) -> tuple[str, ...]:
    """Return the flags with which a retry uses the mapping as it is in its file now.

    Args:
        path: The mapping's file.
        ids: Flags that replace the mapping's own ids.
    """
    return "--mapping", shell_quote(relative_to_cwd(path)), *ids


def mapping_flags(run: Run) -> tuple[str, ...]:
    """Return the flags with which a retry of a run's rows uses the run's mapping file as it is now."""
    return mapping_path_flags(Path(run.mapping_path), run.flags)


def step_after_canaries(run: Run) -> NextStep:
    """Return how to continue a run whose canary batch failed: after a fix, with a canary batch of the same size."""
    threshold = () if run.canary_pass is None else (f"--canary-pass {run.canary_pass:g}",)
    flags = (*mapping_flags(run), f"--canary {run.canary}", *threshold)
    return NextStep("retry", flags, "fix the mapping, or the rows in the report")


def next_step_of(run: Run) -> NextStep:
    """Return how to continue a run that stopped, by what the ledger knows of it."""
    return step_after_canaries(run) if run.canary and not run.canaries_passed else RESUME_STEP
