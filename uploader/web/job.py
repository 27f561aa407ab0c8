"""What a job that sends leads is asked to do, and how others see that it is running."""

from dataclasses import dataclass

from uploader.web.workspace import Workspace

ENDED = frozenset({"ended", "killed"})  # phases of a job, or a check, in which it is over


@dataclass(frozen=True)
class Job:
    """What to do.

    Attributes:
        kind: "send", "resume" or "results".
        sandbox: The URL of the sandbox; None for the platform of the settings.
        profile: The profile in the settings.
        report: Where the report goes, or for results where it is.
        run: The run to resume.
        canary: The size of a canary batch; 0 for none.
        is_canary_waived: Whether a resumed run sends the other leads without a canary batch.
    """

    kind: str
    sandbox: str | None = None
    profile: str | None = None
    report: str = ""
    run: str | None = None
    canary: int = 0
    is_canary_waived: bool = False


def lock_name(workspace: Workspace) -> str:
    """Return the name of the lock that a workspace's job holds."""
    return f"job {workspace.id}"
