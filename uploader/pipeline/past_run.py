"""Earlier runs in the ledger: finding one, and whether its leads went to the platform of the settings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from uploader.config.settings import LIVE_SANDBOX, SANDBOX, Settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import TableError, UploaderError, UsageError
from uploader.core.model import Run
from uploader.ledger import Ledger, LedgerError, RunFilter
from uploader.spreadsheet.stream_copy import STREAM_NAMES
from uploader.spreadsheet.table import FRAME_NAME


def require_run(name: str | None, ledger: Ledger, settings: Settings) -> Run:
    """Return a run from the ledger. Raises UsageError if it is not known, or if `name` is None."""
    if name is None:
        resume = uploader_command("resume", "RUN")
        raise UsageError("There is no unfinished run.", f"To name one, run `{resume}`; see upload_run in its report.")
    run = ledger.runs.find(name)
    if run is None:
        place = settings.ledger_place
        raise UsageError(f"The ledger in {place} does not know run {name!r}.", "See upload_run in the report.")
    return run


def is_from_stream(run: Run) -> bool:
    """Return whether a run's rows came from standard input, a pipe or a DataFrame: they can't be read again."""
    path = Path(run.file)
    return path.name in {*STREAM_NAMES, FRAME_NAME} and not path.exists()


def require_input(run: Run) -> None:
    """Raises TableError if a run can't be resumed because its rows can't be read again."""
    if is_from_stream(run):
        retry, resume = uploader_command("retry", "REPORT"), uploader_command("resume", "RUN")
        raise TableError(
            f"The rows of run {run.id} came from standard input, a pipe or a DataFrame, which can't be read again.",
            f"Run `{retry}` with the run's report. To continue an earlier run, name it: `{resume}`.",
        )


def newest_run(names: Sequence[str], ledger: Ledger) -> Run | None:
    """Return the newest of the runs that a report names; None if the ledger knows none of them."""
    newest = ledger.runs.newest(names)
    return ledger.runs.find(newest) if newest else None


def require_same_platform(run: Run, settings: Settings) -> None:
    """Raises UsageError if the settings lead to another enterprise than the run's."""
    if run.scope != settings.scope:
        raise UsageError(
            f"Run {run.id} was sent to {run.scope!r}, but the settings lead to {settings.scope!r}.",
            "Use the settings (or --sandbox) of that upload.",
        )


def require_own_scope(ledger: Ledger, settings: Settings) -> None:
    """Raises LedgerError if leads of an enterprise called "sandbox" were recorded as a sandbox's by an earlier version.

    Their fingerprints belong to that name, so that they would not be recognized.
    """
    if settings.scope != LIVE_SANDBOX:
        return
    for past in ledger.runs.history(None, RunFilter(scope=SANDBOX)):
        if not past.run.in_sandbox:
            raise LedgerError(
                f"An earlier version recorded run {past.run.id} under a name that sandboxes have as well, so its leads "
                f"are not recognized in {settings.scope}.",
                "Nothing was sent. If these leads may be forgotten, set UPLOADER_HOME to a new folder.",
            )


def flags_of_run(run: Run, settings: Settings) -> PlatformFlags:
    """Return the flags that commands about a run need.

    A command without --sandbox can be about a sandbox run; what it suggests needs the flag, unless the settings lead to
    that sandbox anyway.
    """
    flags = settings.platform_flags
    if not run.in_sandbox:
        return flags
    try:
        is_reached = settings.scope == run.scope
    except UsageError:  # no enterprise is set
        is_reached = False
    return flags if is_reached else replace(flags, sandbox=True)


@contextmanager
def suggesting_flags(flags: PlatformFlags) -> Iterator[None]:
    """Fill these flags into the commands that an error suggests."""
    try:
        yield
    except UploaderError as error:
        error.fill(flags.fill)
        raise
