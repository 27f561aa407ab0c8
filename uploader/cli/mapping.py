"""`map`, `template` and `schema`: help to begin."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli import output as out
from uploader.cli.session import ask
from uploader.cli.stdio import print_file
from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import UsageError

if TYPE_CHECKING:
    from uploader.commands.mapping import ProposedMapping


def map_(
    file: flag.File,
    campaign: flag.TheCampaign,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    output: Annotated[
        Optional[Path], typer.Option("--output", "-o", help="Where to write it: FILE's name with .yaml; - for stdout.")
    ] = None,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
) -> None:
    """Propose a mapping for a spreadsheet against the live form, and write it as YAML."""
    from uploader.commands import mapping as commands
    from uploader.commands.mapping import ProposalRequest, write_mapping

    request = ProposalRequest(file, campaign, form, link, publisher, sheet, encoding)
    proposed: ProposedMapping = ask(lambda settings: commands.propose(request, settings), sandbox, profile)
    path = output or file.with_suffix(".yaml")
    if str(path) == "-":
        print_file(proposed.text)
        return
    write_mapping(proposed.text, path)
    _tell(proposed, path)
    out.echo(f"Next: look at it, then  {uploader_command('check', shell_quote(file), '--mapping', shell_quote(path))}")


def template(
    campaign: flag.TheCampaign,
    output: Annotated[
        Optional[Path], typer.Argument(help="Where to write it, as .xlsx or .csv.", metavar="[FILE]")
    ] = None,
    form: flag.Form = None,
    mapping: Annotated[
        Optional[Path], typer.Option("--mapping", "-m", help="Its lists (`allowed`) become drop-downs.")
    ] = None,
    list_: Annotated[
        Optional[list[str]], typer.Option("--list", help="A list as a drop-down.", metavar="FIELD=FILE")
    ] = None,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
) -> None:
    """An empty spreadsheet with the form's fields as columns: required ones marked, lists as drop-downs."""
    from uploader.commands import campaign as commands

    lists = commands.lists_of(mapping, list_ or [])
    path = output or Path(f"campaign-{campaign}.xlsx")
    made = ask(lambda settings: commands.template(path, campaign, form, lists, settings), sandbox, profile)
    out.echo(f"{path}: {len(made.fields)} columns, for form {made.id} ({made.name}).")
    out.echo(f"Required: {', '.join(made.required) or 'none, or the platform does not say'}.")
    ids = f"--campaign {campaign} --form {made.id}"
    out.echo(f"When it is filled in:  {uploader_command('map', shell_quote(path), ids)}")


def schema(
    output: Annotated[
        Optional[Path], typer.Argument(help="Where to write it; stdout if left out.", metavar="[FILE]")
    ] = None,
) -> None:
    """The JSON Schema of mapping files, so that an editor completes and checks them."""
    from uploader.mapping.json_schema import schema_text

    if output is None:
        print_file(schema_text())
    else:
        try:
            output.write_text(schema_text(), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{output} can't be written: {error.strerror}.", "Give another place.") from None


def _tell(proposed: "ProposedMapping", path: Path) -> None:
    """What was found for each field, and what is left to decide."""
    for note in proposed.notes:
        out.say(f"note: {note}")
    for guess in proposed.proposal.guesses:
        source = guess.template or ", ".join(guess.columns)
        found = (
            f"{source}  ({guess.confidence}: {guess.reason})" if guess.confidence != "none" else f"–  ({guess.reason})"
        )
        out.echo(f"  {guess.field:<16} ← {found}")
    if proposed.proposal.unused:
        out.echo(f"Left over: {', '.join(proposed.proposal.unused)}")
    if proposed.undecided:
        out.echo(f"Yours to decide: {', '.join(proposed.undecided)}")
    out.echo(f"Mapping: {path}")
