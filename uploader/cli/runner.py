"""How every command runs: settings, sandbox if asked for, the result, the exit code."""

import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from uploader.cli import output
from uploader.cli.event_log import Log
from uploader.cli.observer import ConsoleObserver
from uploader.cli.session import run, settings_for
from uploader.cli.stdio import is_interactive, silence
from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import StoppedError, UploaderError

if TYPE_CHECKING:
    from uploader.commands.results import ResultsSummary
    from uploader.config.settings import Settings
    from uploader.pipeline.events import Observer, Result
    from uploader.pipeline.inputs import UploadOptions


INTERRUPTED = 130

Done = TypeVar("Done")


def wish(given: dict[str, Any]) -> "UploadOptions":
    """The flags that are a run's options."""
    from uploader.pipeline.inputs import UploadOptions

    names = UploadOptions.__dataclass_fields__
    return UploadOptions(**{name: value for name, value in given.items() if name in names})


def go(
    command: "Callable[[UploadOptions, Settings, Observer], Awaitable[Result]]",
    options: "UploadOptions",
    given: dict[str, Any],
) -> None:
    """Runs upload, check or retry."""
    run_command(lambda settings, watcher: command(options, settings, watcher), str(options.file), given)


def run_command(command: "Callable[[Settings, Observer], Awaitable[Result]]", file: str, given: dict[str, Any]) -> None:
    """Runs a command, shows its result, ends with its exit code. `given` are the flags."""

    async def act() -> "tuple[Result, ResultsSummary | None]":
        async with settings_for(given["sandbox"], given["profile"], given["ca_bundle"]) as settings:
            if given.get("wait_results"):
                settings.endpoint("result")  # an API without it is told before anything is sent
            ask = not given["yes"] and is_interactive()
            flags = {name: given[name] for name in ("quiet", "verbose", "yes")}
            told = await command(settings, ConsoleObserver(**flags, ask=ask, scope=settings.scope, log=log))
            if given.get("wait_results") and told.report and told.exit_code != INTERRUPTED:
                return await _with_results(told, settings, given)
            return told, None

    with Log(given.get("log_file"), output.say) as log:
        try:
            told, found = _run(act())
        except UploaderError as error:
            log.event("failed", {"why": error.message, "exit_code": error.exit_code})
            if given["as_json"]:
                typer.echo(json.dumps(output.error_json(error, file)))
            raise
        log.event("ended", output.result_json(told))
    try:
        output.result(told, found, **{name: given[name] for name in ("as_json", "quiet")})
    except BrokenPipeError:  # whoever read has what they wanted; the code still says how the run ended
        silence(sys.stdout)
    raise typer.Exit(told.exit_code)


def _run(act: "Coroutine[Any, Any, Done]") -> "Done":
    """Ctrl-C while leads are sent is the run's own; at any other time it raises Interrupted here."""
    from uploader.pipeline.cancellation import Interrupted

    try:
        return run(act)
    except KeyboardInterrupt:
        raise Interrupted(
            "Interrupted.", f"`{uploader_command('resume')}` continues the run if any leads were sent."
        ) from None


async def _with_results(
    told: "Result", settings: "Settings", given: dict[str, Any]
) -> "tuple[Result, ResultsSummary | None]":
    """An upload, and what became of its leads, as one: what stopped the upload weighs more than what was found."""
    was_stopped = told.exit_code not in {0, 1, 6}
    try:
        found = await _results(told, settings, given)
    except UploaderError as error:  # leads were sent, so its code, "nothing was sent" perhaps, is not the run's
        again = uploader_command("results", shell_quote(told.report))
        hint = f"{error.hint} The leads were sent: `{again}` asks again.".strip()
        stopped = StoppedError(error.message, hint)
        return told if was_stopped else replace(told, stopped=stopped, exit_code=stopped.exit_code), None
    return told if was_stopped else replace(told, stopped=found.stopped, exit_code=found.exit_code), found


async def _results(told: "Result", settings: "Settings", given: dict[str, Any]) -> "ResultsSummary":
    """What became of the leads of a report that was just written."""
    from uploader.cli.results import ResultsProgress
    from uploader.commands.results import ResultsOptions, results

    observer = ResultsProgress(quiet=given["quiet"], verbose=given["verbose"])
    assert told.report is not None
    options = ResultsOptions(told.report, page=given.get("page", True))
    return await results(options, settings, observer, told)
