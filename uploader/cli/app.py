"""The commands of `uploader`. Slow imports happen when a command runs, so that `--help` is fast."""

import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperCommand, TyperGroup

from uploader.cli import account, campaign, history, mapping, reconcile, results, send, stdio, team, ui
from uploader.cli.console import Console, single_line
from uploader.cli.session import warn_of_misspelled_settings
from uploader.config.value_types import plain_reason
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UploaderError, UsageError
from uploader.core.interrupts import INTERRUPTED, handle_interrupts, ignore_interrupts
from uploader.core.process import relax_garbage_collection
from uploader.core.version import __version__

INTERNAL_ERROR = 5  # exit code: what was not sent yet stays unsent


def _without_types(params: list[Any]) -> list[Any]:
    """Drop types (`<bool>`, `<int range> [x>=1]`) and braces (`{FILE}`) from what the help shows of parameters."""
    for param in params:
        if param.param_type_name == "argument" and param.metavar:
            vars(param).update(get_usage_pieces=lambda ctx, shown=param.metavar: [shown])
        if param.metavar is None and getattr(param, "is_flag", False):
            param.metavar = ""
        shown = param.metavar if param.param_type_name == "option" else ""
        if shown is not None:
            vars(param).update(display_type_rich=lambda ctx, shown=shown: shown, _get_number_range_help_str=str)
    return params


class UploaderGroup(TyperGroup):
    """The commands. A shell's `*` may put anything on the command line, so that usage errors are made printable."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options, as the help shows them."""
        return _without_types(super().get_params(ctx))

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Parse the options before the command."""
        with _printable_usage_errors():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Parse the rest, and run the command."""
        with _printable_usage_errors():
            return super().invoke(ctx)


@contextmanager
def _printable_usage_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        message = getattr(error, "message", None)
        if hasattr(error, "format_message") and isinstance(message, str):
            error.message = single_line(plain_reason(message)) + _mapping_hint(error)  # type: ignore[attr-defined]
        raise


def _mapping_hint(error: Any) -> str:
    """Return how to give a mapping, if one was given like a second file to a command that takes mappings."""
    extra = re.fullmatch(r"Got unexpected extra argument.*\((\S+\.ya?ml)\)", error.message)
    ctx = getattr(error, "ctx", None)
    if not extra or ctx is None or all(param.name != "mapping" for param in ctx.command.params):
        return ""
    return single_line(f". Write  --mapping {extra[1]}")


app = typer.Typer(
    cls=UploaderGroup,
    help="Send a spreadsheet of leads to the Convertr Publisher API, and never send one twice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run a command."""
    relax_garbage_collection()
    # Plugins must not change what is checked, and to look for some takes pydantic 8 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    stdio.open_all()
    handle_interrupts()
    try:
        app(prog_name="uploader")
    except OSError:  # the version, or a help that is shown before any command runs
        if _explains_full_output(Console()):
            sys.exit(INTERNAL_ERROR)
        raise
    finally:
        ignore_interrupts()


class UploaderCommand(TyperCommand):
    """A command whose errors are shown in a line or two, never as a traceback."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments and options, as the help shows them."""
        return _without_types(super().get_params(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Every error becomes a message and an exit code."""
        console = Console(PlatformFlags(bool(ctx.params.get("sandbox")), ctx.params.get("profile")))
        try:
            warn_of_misspelled_settings(console)
            return super().invoke(ctx)
        except UploaderError as error:
            console.log_error(error)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            console.log("Interrupted. No lead was being sent.")
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:  # noqa: BLE001 - see above
            _log_bug(error, console)
            raise typer.Exit(INTERNAL_ERROR) from None


def _log_bug(error: Exception, console: Console) -> None:
    """Explain an unexpected error: stdout cannot be written, or a bug."""
    if _explains_full_output(console):
        console.log(f"What the command did before is not undone; see `{uploader_command('runs')}`.")
        return
    place = traceback.extract_tb(error.__traceback__)[-1]
    console.log(f"Internal error: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}.")
    console.log("Please report this line. The ledger has recorded everything that was sent.")
    console.log(f"Run `{uploader_command('resume')}` to continue.")


def _explains_full_output(console: Console) -> bool:
    """Say why stdout cannot be written, and discard what is still written to it; return False if it can."""
    reason = stdio.write_error(sys.stdout)
    if reason:
        console.log_full_output(reason)
    return bool(reason)


def _print_version(is_given: bool) -> None:
    if is_given:
        typer.echo(f"uploader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def help_(
    ctx: typer.Context,
    command: Annotated[Optional[str], typer.Argument(help="A command.", metavar="[COMMAND]")] = None,
) -> None:
    """Show the help of a command."""
    root: Any = ctx.find_root()
    if command is None:
        typer.echo(root.get_help(), nl=False)
        return
    known = root.command.get_command(root, command)
    if known is None:
        raise UsageError(
            f"No such command: {command}{did_you_mean(command, root.command.commands) or '.'}", "Run `uploader help`."
        )
    typer.echo(known.get_help(typer.Context(known, info_name=command, parent=root)), nl=False)


def _add(panel: str, name: str, function: Callable[..., None], example: str) -> None:
    app.command(name, cls=UploaderCommand, rich_help_panel=panel, epilog=f"Example: uploader {example}")(function)


_add("Send", "ui", ui.ui, "ui --sandbox")
_add("Send", "upload", send.upload, "upload leads.xlsx --mapping mappings/leads.yaml --sandbox")
_add("Send", "check", send.check, "check leads.xlsx --mapping mappings/leads.yaml --sandbox")
_add("Send", "retry", send.retry, "retry leads.report-20261123T174501Z.csv")
_add("Send", "resume", send.resume, "resume")
_add("Prepare", "map", mapping.map_, "map leads.xlsx --campaign 44400 --sandbox")
_add("Prepare", "forms", campaign.forms, "forms --campaign 44400 --sandbox")
_add("Prepare", "links", campaign.links, "links --campaign 44400 --sandbox")
_add("Prepare", "template", mapping.template, "template leads.xlsx --campaign 44400 --list country=countries.csv")
_add("Prepare", "schema", mapping.schema, "schema mapping.schema.json")
_add("Follow up", "results", results.results, "results leads.report-20261123T174501Z.csv")
_add("Follow up", "runs", history.runs, "runs --limit 5")
_add("Follow up", "report", history.report, "report 20261123-174501-3f9a")
_add("Follow up", "resolve", reconcile.resolve, "resolve 20261123-174501-3f9a --rows 17,20-22 --not-sent")
_add("Follow up", "reconcile", reconcile.reconcile, "reconcile 20261123-174501-3f9a --export campaign-leads.csv")
_add("Follow up", "purge", history.purge, "purge --older-than 90d")
_add("Follow up", "forget", history.forget, "forget --email joe@example.com")
_add("Set up", "login", account.login, "login --profile acme")
_add("Set up", "doctor", account.doctor, "doctor --profile acme")
_add("Set up", "sandbox", campaign.sandbox, "sandbox --port 8765 --faults 500@10,close@20-25")
_add("Set up", "team", team.team, "team status")
_add("Set up", "help", help_, "help upload")
