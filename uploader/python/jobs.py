"""The commands as jobs: arguments are turned into options, and what was done into a result."""

import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from uploader.core.command_line import PlatformFlags
from uploader.core.errors import UsageError
from uploader.core.interrupts import INTERRUPTED
from uploader.python.arguments import checked_argument, checked_arguments
from uploader.python.options import (
    MappingLike,
    Options,
    ProposeOptions,
    ResumeOptions,
    RunOptions,
    SendOptions,
    Spreadsheet,
)
from uploader.python.proposal import Proposal
from uploader.python.result import Result
from uploader.python.suggested_flags import with_flags

if TYPE_CHECKING:
    from uploader.commands.upload import RunSession
    from uploader.config.settings import Settings
    from uploader.mapping.load import Mapping as FieldMapping
    from uploader.pipeline.events import ResultsObserver
    from uploader.pipeline.options import UploadOptions
    from uploader.python.background import Job
    from uploader.spreadsheet import Table

T = TypeVar("T")

# Arguments of the functions that are not options of a run.
CALLER_OPTIONS = frozenset({"profile", "sandbox", "on_progress", "ca_bundle", "wait_results"})

MAPPING_NAME = "dict"  # what messages call a mapping that is in no file
PROPOSAL_NAME = "proposal.yaml"


def upload_job(
    file: Spreadsheet, mapping: MappingLike | None, options: Mapping[str, Any], *, consent: bool
) -> "Job[Result]":
    """Return the job of `upload`. Raises UsageError."""
    from uploader.commands.upload import upload

    _require_consent(consent)
    options = checked_arguments("upload", options, SendOptions)
    return _run_job(upload, _upload_options("upload", file, mapping, options), options)


def check_job(file: Spreadsheet, mapping: MappingLike | None, options: Mapping[str, Any]) -> "Job[Result]":
    """Return the job of `check`. Raises UsageError."""
    from uploader.commands.upload import check

    options = checked_arguments("check", options, RunOptions)
    return _run_job(check, _upload_options("check", file, mapping, options), options)


def retry_job(
    report: Spreadsheet, mapping: MappingLike | None, options: Mapping[str, Any], *, consent: bool
) -> "Job[Result]":
    """Return the job of `retry`. Raises UsageError."""
    from uploader.commands.upload import retry

    _require_consent(consent)
    options = checked_arguments("retry", options, SendOptions)
    return _run_job(retry, _upload_options("retry", report, mapping, options), options)


def resume_job(run: str | None, options: Mapping[str, Any], *, consent: bool) -> "Job[Result]":
    """Return the job of `resume`. Raises UsageError."""
    from uploader.commands import upload as commands

    _require_consent(consent)
    options = checked_arguments("resume", options, ResumeOptions)
    report, failed_only = _path(options, "report"), _path(options, "failed_only")

    def resume(_: None, session: "RunSession") -> Coroutine[Any, Any, Any]:
        return commands.resume(run, report, session, failed_only=failed_only)

    return _run_job(resume, None, options)


def results_job(report: str | Path, options: Mapping[str, Any], *, again: bool) -> "Job[Result]":
    """Return the job of `results`."""
    from uploader.commands.results import ResultsOptions, results
    from uploader.commands.session import Session
    from uploader.python.observer import ProgramObserver
    from uploader.python.result import result_of_results

    options = checked_arguments("results", options, Options)
    checked_argument("again", again, bool)
    is_new_sandbox = bool(options.get("sandbox"))
    request = ResultsOptions(Path(report), _path(options, "report"), again=again, is_new_sandbox=is_new_sandbox)

    async def act(job: "Job[Result]", settings: "Settings") -> Result:
        observer = ProgramObserver(options.get("on_progress"))
        summary = await results(request, Session(settings, observer, job.new_stop_signal()))
        return result_of_results(summary, observer)

    return _job(act, options)


def propose_job(file: Spreadsheet, campaign: int, options: Mapping[str, Any]) -> "Job[Proposal]":
    """Return the job of `propose`."""
    from uploader.commands.mapping import ProposalRequest, propose
    from uploader.pipeline.past_run import suggesting_flags

    options = checked_arguments("propose", options, ProposeOptions)
    campaign = checked_argument("campaign", campaign, int)
    with suggesting_flags(_flags(options)):
        path, table = _opened(file)
    given = {name: value for name, value in options.items() if name not in CALLER_OPTIONS}
    request = ProposalRequest(path, campaign, table=table, **given)

    async def act(job: "Job[Proposal]", settings: "Settings") -> Proposal:
        proposed = await propose(request, settings)
        return Proposal(proposed.text, proposed.undecided, proposed.notes)

    return _job(act, options)


def _run_job(
    command: Callable[..., Coroutine[Any, Any, Any]],
    request: "UploadOptions | None",
    options: Mapping[str, Any],
) -> "Job[Result]":
    """Return the job of a command that sends or checks leads."""
    from uploader.commands.results import add_results
    from uploader.commands.session import Session
    from uploader.python.observer import ProgramObserver
    from uploader.python.result import result_of_run

    async def act(job: "Job[Result]", settings: "Settings") -> Result:
        if options.get("wait_results"):
            settings.endpoint("result")  # an API variant without it is reported before anything is sent
        observer, summary = ProgramObserver(options.get("on_progress")), None
        done = await command(request, Session(settings, observer, job.new_stop_signal()))
        if options.get("wait_results") and done.report and done.exit_code != INTERRUPTED:
            session: Session[ResultsObserver] = Session(settings, observer, job.new_stop_signal())
            done, summary = await add_results(done, session, page=options.get("page", True))
        return result_of_run(done, observer, summary)

    return _job(act, options)


def _job(act: "Callable[[Job[T], Settings], Coroutine[Any, Any, T]]", options: Mapping[str, Any]) -> "Job[T]":
    """Return a job with the settings that the options choose; commands in its errors repeat the flags."""
    from uploader.commands.session import open_settings
    from uploader.pipeline.past_run import suggesting_flags
    from uploader.python.background import Job

    flags = _flags(options)

    async def command(job: "Job[T]") -> T:
        with suggesting_flags(flags):
            async with open_settings(flags, _run_sandbox, ca_bundle=_path(options, "ca_bundle")) as settings:
                return with_flags(await act(job, settings), flags)

    return Job(command)


def _flags(options: Mapping[str, Any]) -> PlatformFlags:
    return PlatformFlags(bool(options.get("sandbox")), options.get("profile"))


def _run_sandbox() -> AbstractAsyncContextManager[dict[str, str]]:
    from uploader.sandbox import run_sandbox

    return run_sandbox()


def _require_consent(consent: bool) -> None:
    if consent is not True:
        raise UsageError(
            "Nothing was sent: consent is missing. Pass consent=True if you may lawfully share these leads."
        )


def _upload_options(
    function: str, file: Spreadsheet, mapping: MappingLike | None, options: Mapping[str, Any]
) -> "UploadOptions":
    from uploader.pipeline.options import UploadOptions
    from uploader.pipeline.past_run import suggesting_flags

    with suggesting_flags(_flags(options)):
        path, table = _opened(file)
        report = _path(options, "report")
        if table and report is None and function != "check":
            raise UsageError("A DataFrame has no folder for its report. Pass report=PATH.")
        given = {name: value for name, value in options.items() if name not in CALLER_OPTIONS}
        paths = {"file": path, "report": report, "failed_only": _path(options, "failed_only")}
        return UploadOptions(**{**given, **paths, "table": table, "mapping": _mapping(mapping)})


def _opened(file: Spreadsheet) -> "tuple[Path, Table | None]":
    """Return the path of a spreadsheet; for a DataFrame what messages call it, and its content."""
    if isinstance(file, str | Path):
        return Path(file), None
    from uploader.python.frames import frame_table
    from uploader.spreadsheet.table import FRAME_NAME

    return Path(FRAME_NAME), frame_table(file)


def _mapping(mapping: MappingLike | None) -> "Path | FieldMapping | None":
    """Return a mapping file's path, or the mapping that is in no file."""
    if mapping is None or isinstance(mapping, str | Path):
        return None if mapping is None else Path(mapping)
    from uploader.mapping.load import parse_mapping

    if isinstance(mapping, Proposal):
        return parse_mapping(mapping.text, Path(PROPOSAL_NAME))
    text = json.dumps(mapping, ensure_ascii=False, indent=1, default=str)  # JSON is YAML
    return parse_mapping(text, Path(MAPPING_NAME))


def _path(options: Mapping[str, Any], name: str) -> Path | None:
    value = options.get(name)
    return None if value is None else Path(value)
