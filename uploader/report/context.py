"""What a report tells beside its rows, whether as a page or in a workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.core.command_line import NO_FLAGS, PlatformFlags, relative_to_cwd, shell_quote
from uploader.core.errors import RESUME_STEP, NextStep
from uploader.core.model import Run


@dataclass(frozen=True)
class ReportContext:
    """`file` is the input, `report` the report itself, and `mapping` the mapping's file, each as the user would write
    it. `run` is None for a check; `next_step` is how a run that `stopped` goes on; `rehearsed`: the platform is a
    sandbox; `fixes` is YAML by form field; `slowest` are rows and the seconds that their answers took; `flags`
    are those that suggested commands carry."""

    file: Path = Path()
    report: Path = Path()
    mapping: Path | None = None
    run: Run | None = None
    stopped: str = ""
    next_step: NextStep = RESUME_STEP
    form_name: str = ""
    rehearsed: bool = False
    fixes: Mapping[str, str] | None = None
    slowest: Sequence[tuple[int, float]] = ()
    flags: PlatformFlags = NO_FLAGS


REHEARSAL = "The platform is a sandbox on this machine: no lead leaves it."


def with_mapping(path: Path, ids: Sequence[str]) -> tuple[str, ...]:
    """With these a retry takes the mapping as it stands in its file now, and `ids` (flags) in the place of its own."""
    return "--mapping", shell_quote(relative_to_cwd(path)), *ids


def mapping_flags(run: Run) -> tuple[str, ...]:
    """The same for the rows of a run."""
    return with_mapping(Path(run.mapping_path), run.flags)


def behind_canaries(run: Run) -> NextStep:
    """How a run goes on whose canaries kept the rest back: mended, and behind as many canaries."""
    enough = () if run.canary_pass is None else (f"--canary-pass {run.canary_pass:g}",)
    flags = (*mapping_flags(run), f"--canary {run.canary}", *enough)
    return NextStep("retry", flags, "mend the mapping, or the rows in the report")


def next_step_of(run: Run) -> NextStep:
    """How a run goes on that the ledger says was stopped."""
    return behind_canaries(run) if run.canary and not run.is_open else RESUME_STEP
