"""`map`, `template` and `schema`: help to prepare an upload."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console, print_file
from uploader.cli.session import query_platform
from uploader.cli.stdio import is_interactive
from uploader.core.command_line import PlatformFlags, shell_quote, uploader_command
from uploader.core.errors import UsageError
from uploader.core.messages import count_of, list_names

if TYPE_CHECKING:
    from uploader.commands.mapping import ProposalRequest, ProposedMapping
    from uploader.core.form import Form
    from uploader.mapping.proposal import Proposal
    from uploader.mapping.questionnaire import Questionnaire


def map_(
    file: flag.File,
    campaign: flag.RequiredCampaign,
    output: Annotated[
        Optional[Path],
        typer.Option("--output", "-o", help="YAML file to write (default: FILE's name); - for stdout.", metavar="PATH"),
    ] = None,
    sandbox: flag.Sandbox = False,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    like: Annotated[Optional[Path], typer.Option("--like", help="Mapping to start from.", metavar="OTHER.yaml")] = None,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Ask nothing, as without a terminal: leave lines to fill in.")
    ] = False,
    profile: flag.Profile = None,
) -> None:
    """Make a mapping of a spreadsheet's columns to the live form's fields: propose, ask, and write it as YAML."""
    from uploader.commands import mapping as commands
    from uploader.commands.mapping import ProposalRequest

    flags = PlatformFlags(sandbox, profile)
    console = Console(flags)
    path = output or file.with_suffix(".yaml")
    folder = None if str(path) == "-" else path.parent
    request = ProposalRequest(file, campaign, form, link, publisher, sheet, encoding, like=like, folder=folder)
    asks = is_interactive() and not no_input and str(file) != "-"
    if str(path) != "-" and path.exists():
        raise commands.already_exists(path)
    if asks:
        answered = _ask(request, path, console)
        _warn_of_gaps(answered.proposal, answered.form, console)
    else:
        proposed: ProposedMapping = query_platform(lambda settings: commands.propose(request, settings), flags)
        _write(proposed.text, path)
    if str(path) == "-":
        return
    if not asks:
        _print_proposal(proposed, console)
        _warn_of_gaps(proposed.proposal, proposed.form, console)
    console.print(f"Mapping: {path}")
    check = uploader_command("check", shell_quote(file), "--mapping", shell_quote(path))
    console.print(f"{'Check it' if asks else 'Review the mapping, then run'}:  {check}")


def template(
    campaign: flag.RequiredCampaign,
    output: Annotated[Optional[Path], typer.Argument(help="File to write: .xlsx or .csv.", metavar="[FILE]")] = None,
    form: flag.Form = None,
    mapping: Annotated[
        Optional[Path],
        typer.Option("--mapping", "-m", help="Mapping whose lists (`allowed`) become drop-downs.", metavar="MAP.yaml"),
    ] = None,
    list_: Annotated[
        Optional[list[str]], typer.Option("--list", help="List file for a drop-down.", metavar="FIELD=FILE")
    ] = None,
    sandbox: flag.Sandbox = False,
    profile: flag.Profile = None,
) -> None:
    """Write an empty spreadsheet with the form's fields as columns: required ones marked, lists as drop-downs."""
    from uploader.commands import campaign as commands

    flags = PlatformFlags(sandbox, profile)
    lists = commands.lists_of(mapping, list_ or [])
    path = output or Path(f"campaign-{campaign}.xlsx")
    made, columns = query_platform(lambda settings: commands.template(path, campaign, form, lists, settings), flags)
    console = Console(flags)
    console.print(f"{path}: {count_of(len(columns), 'column')} for form {made.id} ({made.name}).")
    required = ", ".join(field.name for field in columns if field.required) or "none, or the platform does not say"
    console.print(f"Required: {required}.")
    if hidden := ", ".join(field.name for field in made.fields if field not in columns):
        console.print(f"Not in the sheet, because the form hides it: {hidden}. Set a fixed value in the mapping.")
    ids = f"--campaign {campaign} --form {made.id}"
    console.print(f"Fill it in, then run:  {uploader_command('map', shell_quote(path), ids)}")


def schema(
    output: Annotated[Optional[Path], typer.Argument(help="File to write (default: stdout).", metavar="[FILE]")] = None,
) -> None:
    """Write the JSON Schema of mapping files, so that an editor completes and checks them."""
    from uploader.mapping.json_schema import schema_text

    if output is None:
        print_file(schema_text())
    else:
        try:
            output.write_text(schema_text(), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{output} cannot be written: {error.strerror}.", "Use another path.") from None


def _ask(request: "ProposalRequest", path: Path, console: Console) -> "Questionnaire":
    """Ask about a mapping, and write it. Return what was answered. Raises Interrupted."""
    from uploader.cli.answer_keeper import AnswerKeeper
    from uploader.cli.preview import show_first_leads
    from uploader.cli.questionnaire import Dialog
    from uploader.commands import mapping as commands
    from uploader.pipeline.cancellation import Interrupted

    unfinished = query_platform(lambda settings: commands.open_questionnaire(request, settings), console.flags)
    for note in unfinished.notes:
        console.log_wrapped(f"note: {note}")
    keeper = AnswerKeeper(unfinished.kept, console)
    dialog = Dialog(
        replace(unfinished.questionnaire, answers=keeper.read()),
        console,
        keeper.keep,
        lambda known: show_first_leads(unfinished, known, path, console),
        "the mapping" if str(path) == "-" else str(path),
    )
    try:
        answered = dialog.run()
    except Interrupted:
        raise Interrupted(f"\nInterrupted. {keeper.state}") from None
    _write(unfinished.text(answered), path)
    keeper.remove()
    return answered


def _warn_of_gaps(proposal: "Proposal", form: "Form", console: Console) -> None:
    """Warn of fields that every lead will lack."""
    from uploader.pipeline.wording import unmapped_fields_warning

    mapped = {guess.field for guess in proposal.guesses if guess.confidence != "none"}
    if proposal.head.get("quality") != "off" and (gaps := unmapped_fields_warning(mapped, form)):
        console.log_wrapped(f"Warning: {gaps}.")


def _write(text: str, path: Path) -> None:
    from uploader.commands.mapping import write_mapping

    if str(path) == "-":
        print_file(text)
    else:
        write_mapping(text, path)


def _print_proposal(proposed: "ProposedMapping", console: Console) -> None:
    """Print the source of each field, and what is left to decide."""
    for note in proposed.notes:
        console.log(f"note: {note}")
    for guess in proposed.proposal.guesses:
        source = guess.template or ", ".join(guess.columns)
        found = f"{source}  ({guess.confidence}: {guess.reason})"
        if guess.confidence == "none":
            perhaps = f"perhaps '{guess.value}': " if guess.value else ""
            found = f"–  ({perhaps}{guess.question or guess.reason})"
        console.print(f"  {guess.field:<16} ← {found}")
    if proposed.proposal.unused:
        console.print(f"Unused columns: {list_names(proposed.proposal.unused)}")
    for condition in proposed.proposal.conditions:
        console.print(f"{condition.description}. To send only some rows, see `where` in the mapping.")
    if proposed.undecided:
        console.print(f"You still need to set: {', '.join(proposed.undecided)}")
