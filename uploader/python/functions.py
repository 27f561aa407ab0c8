"""The functions of `import uploader`. Each does what the command of the same name does in a terminal."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from uploader.python.jobs import check_job, propose_job, results_job, resume_job, retry_job, upload_job
from uploader.python.options import (
    MappingLike,
    Options,
    ProposeOptions,
    ResumeOptions,
    RunOptions,
    SendOptions,
    Spreadsheet,
    lists_options,
)

if TYPE_CHECKING:
    import pandas as pd

    from uploader.python.proposal import Proposal
    from uploader.python.result import Result


@lists_options(SendOptions)
def upload(
    file: Spreadsheet, mapping: MappingLike | None = None, *, consent: bool = False, **options: Unpack[SendOptions]
) -> "Result":
    """Send a spreadsheet of leads, and write a report.

    A run that ends with bad rows is no error: see `exit_code` and `counts` of the result. Ctrl-C stops the run in
    order, writes the report, and raises `RunInterrupted`.

    Args:
        file: The path of a spreadsheet, or a DataFrame: text is sent as it is, whole numbers without `.0`, dates as
            YYYY-MM-DD, missing values as empty. Its index is left out. A DataFrame needs `report`.
        mapping: The path of a mapping file, the same as a dictionary, or a `Proposal`.
        consent: You may lawfully share these leads. Nothing is sent without `True`.
        **options: See `uploader.SendOptions`: `profile`, `sandbox`, `report`, `limit`, `on_progress`, and so on.

    Raises:
        UsageError: An argument or a setting is wrong or missing, or there is no consent.
        FitError: The file, the mapping or the form does not fit; nothing was sent.
        CredentialsError: The platform rejected the credentials.
        StoppedError: The platform is down, or the ledger can't be used; nothing was sent.
        RunInterrupted: Ctrl-C was pressed.
    """
    return upload_job(file, mapping, options, consent=consent).run()


@lists_options(SendOptions)
async def upload_async(
    file: Spreadsheet, mapping: MappingLike | None = None, *, consent: bool = False, **options: Unpack[SendOptions]
) -> "Result":
    """Do what `upload` does, without blocking the event loop. Canceling it stops the run in order."""
    return await upload_job(file, mapping, options, consent=consent).wait()


@lists_options(RunOptions)
def check(file: Spreadsheet, mapping: MappingLike | None = None, **options: Unpack[RunOptions]) -> "Result":
    """Do all that `upload` does except sending: read, map, and validate against the live form.

    Args:
        file: As for `upload`.
        mapping: As for `upload`.
        **options: See `uploader.RunOptions`. A report is written only with `report`.

    Returns:
        A result whose `problems` say why rows are invalid; rows that would be sent count as unsent.

    Raises:
        UploaderError: As for `upload`.
    """
    return check_job(file, mapping, options).run()


@lists_options(RunOptions)
async def check_async(file: Spreadsheet, mapping: MappingLike | None = None, **options: Unpack[RunOptions]) -> "Result":
    """Do what `check` does, without blocking the event loop."""
    return await check_job(file, mapping, options).wait()


@lists_options(SendOptions)
def retry(
    file: Spreadsheet, mapping: MappingLike | None = None, *, consent: bool = False, **options: Unpack[SendOptions]
) -> "Result":
    """Send again only the rows of a report that did not get through, with their edited values.

    Args:
        file: The path of a report, or a DataFrame of one that was corrected. A DataFrame needs `report`.
        mapping: Another mapping than that of the report's run.
        consent: As for `upload`.
        **options: See `uploader.SendOptions`.

    Raises:
        UploaderError: As for `upload`.
    """
    return retry_job(file, mapping, options, consent=consent).run()


@lists_options(SendOptions)
async def retry_async(
    file: Spreadsheet, mapping: MappingLike | None = None, *, consent: bool = False, **options: Unpack[SendOptions]
) -> "Result":
    """Do what `retry` does, without blocking the event loop. Canceling it stops the run in order."""
    return await retry_job(file, mapping, options, consent=consent).wait()


@lists_options(ResumeOptions)
def resume(run: str | None = None, *, consent: bool = False, **options: Unpack[ResumeOptions]) -> "Result":
    """Continue a run that was stopped or interrupted. Its report has the whole file.

    Args:
        run: The run's id; None for the newest unfinished one.
        consent: As for `upload`.
        **options: See `uploader.ResumeOptions`.

    Raises:
        UploaderError: As for `upload`; also where the run's file has changed.
    """
    return resume_job(run, options, consent=consent).run()


@lists_options(ResumeOptions)
async def resume_async(run: str | None = None, *, consent: bool = False, **options: Unpack[ResumeOptions]) -> "Result":
    """Do what `resume` does, without blocking the event loop. Canceling it stops the run in order."""
    return await resume_job(run, options, consent=consent).wait()


@lists_options(Options)
def results(file: str | Path, *, again: bool = False, **options: Unpack[Options]) -> "Result":
    """Fetch the validation results of the accepted leads, and update the report.

    Args:
        file: The path of a report.
        again: Also ask for leads that have a final result: it may have changed.
        **options: See `uploader.Options`.

    Returns:
        A result whose `results` count valid, invalid and pending leads.

    Raises:
        UploaderError: As for `upload`.
    """
    return results_job(file, options, again=again).run()


@lists_options(Options)
async def results_async(file: str | Path, *, again: bool = False, **options: Unpack[Options]) -> "Result":
    """Do what `results` does, without blocking the event loop."""
    return await results_job(file, options, again=again).wait()


@lists_options(ProposeOptions)
def propose(file: Spreadsheet, campaign: int, **options: Unpack[ProposeOptions]) -> "Proposal":
    """Propose a mapping of a spreadsheet's columns to the live form's fields.

    Args:
        file: As for `upload`.
        campaign: The campaign's id.
        **options: See `uploader.ProposeOptions`.

    Raises:
        UploaderError: As for `upload`.
    """
    return propose_job(file, campaign, options).run()


@lists_options(ProposeOptions)
async def propose_async(file: Spreadsheet, campaign: int, **options: Unpack[ProposeOptions]) -> "Proposal":
    """Do what `propose` does, without blocking the event loop."""
    return await propose_job(file, campaign, options).wait()


def read_report(path: str | Path) -> "pd.DataFrame":
    """Read a report, edited or not, as a DataFrame.

    Your own columns are text, exactly as they were in the input; empty cells are empty text. `upload_row`,
    `upload_lead_id`, `upload_http_status` and `upload_attempts` are whole numbers, `upload_sent_at` is a timestamp in
    UTC, and our other columns are text; these are missing where they are empty.

    Raises:
        TableError: The file is not a report.
    """
    from uploader.python.frames import report_frame

    return report_frame(Path(path))


async def read_report_async(path: str | Path) -> "pd.DataFrame":
    """Do what `read_report` does, without blocking the event loop."""
    return await asyncio.to_thread(read_report, path)
