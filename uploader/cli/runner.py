"""Running a command that sends or checks leads: settings, sandbox, result, exit code."""

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from uploader.cli.console import Console
from uploader.cli.event_log import EventLog
from uploader.cli.notifier import Notifier
from uploader.cli.observer import ConsoleObserver
from uploader.cli.options import CommandOptions
from uploader.cli.prompts import require_consent
from uploader.cli.run_output import error_json, print_result, result_json
from uploader.cli.session import command_settings, run_async
from uploader.core.command_line import uploader_command
from uploader.core.errors import CredentialsError, UploaderError
from uploader.core.interrupts import INTERRUPTED

if TYPE_CHECKING:
    from uploader.commands.results_summary import ResultsSummary
    from uploader.commands.session import Session
    from uploader.config.settings import Settings
    from uploader.pipeline.events import Observer, Result


T = TypeVar("T")


def run_and_exit(
    command: "Callable[[Session[Observer]], Awaitable[Result]]",
    file: Path | str,
    options: CommandOptions,
    require: "Callable[[Settings], None] | None" = None,
) -> NoReturn:
    """Run a command, print its result, and exit with its code.

    Args:
        command: Does the work, given a session.
        file: The input file for the JSON output.
        options: How the command behaves on the terminal.
        require: Raises UsageError if the command has nothing to do, so that no consent is asked for.
    """
    from uploader.commands.notify import summary_of_error, summary_of_run
    from uploader.commands.session import Session

    console = Console(options.flags)
    notifier = Notifier(options.notify, console)

    async def act() -> "tuple[Result, ResultsSummary | None]":
        async with command_settings(options.flags, options.ca_bundle) as settings:
            notifier.settings = settings
            if require:
                require(settings)
                require_consent(options.yes, "Nothing was sent")
            if options.wait_results:
                settings.endpoint("result")  # an API variant without it is reported before anything is sent
            observer = ConsoleObserver(
                console,
                log,
                scope=settings.scope,
                quiet=options.quiet,
                verbose=options.verbose,
                is_confirmed=options.yes,
            )
            result = await command(Session(settings, observer))
            if options.wait_results and result.report and result.exit_code != INTERRUPTED:
                return await _add_results(result, settings, console, options)
            return result, None

    with EventLog(options.log_file, console.log) as log:
        try:
            if options.sends and not require:
                require_consent(options.yes, "Nothing was sent")
            result, summary = _run(act())
        except UploaderError as error:
            log.add("failed", {"why": error.message, "exit_code": error.exit_code})
            if options.as_json:
                console.print_error_json(error_json(error, file))
            notifier.send(summary_of_error(error, file))
            raise
        log.add("ended", result_json(result))
    _print_if_possible(result, summary, options, console)
    assert notifier.settings is not None
    notifier.send(summary_of_run(result, notifier.settings.scope))
    raise typer.Exit(result.exit_code)


async def _add_results(
    result: "Result", settings: "Settings", console: Console, options: CommandOptions
) -> "tuple[Result, ResultsSummary | None]":
    """Wait for the validation results. Raises UploaderError with the run that was sent."""
    from uploader.cli.results import ConsoleResultsObserver
    from uploader.commands.results import add_results
    from uploader.commands.session import Session

    observer = ConsoleResultsObserver(console, quiet=options.quiet, verbose=options.verbose)
    try:
        return await add_results(result, Session(settings, observer), page=options.page)
    except UploaderError as error:
        raise error.after_sending(result.run, result.counts) from None


def _print_if_possible(
    result: "Result", summary: "ResultsSummary | None", options: CommandOptions, console: Console
) -> None:
    """Print a result. Where it can't be written, the run counts as stopped, unless its exit code says more."""
    try:
        print_result(result, summary, as_json=options.as_json, quiet=options.quiet)
    except OSError as error:
        if result.exit_code not in {INTERRUPTED, CredentialsError.exit_code}:
            raise
        console.log_full_output(error.strerror or type(error).__name__)


def _run(act: "Coroutine[Any, Any, T]") -> "T":
    """Run a coroutine. The run itself handles Ctrl-C while leads are sent; at other times it raises Interrupted."""
    from uploader.pipeline.cancellation import Interrupted

    try:
        return run_async(act)
    except KeyboardInterrupt:
        hint = f"Run `{uploader_command('resume')}` to continue if any leads were sent."
        raise Interrupted("Interrupted.", hint) from None
