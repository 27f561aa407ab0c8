"""`forms`, `links` and `sandbox`: what a campaign takes, and the API on this machine."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console
from uploader.cli.options import takes_flags
from uploader.cli.session import query_platform, run_async
from uploader.core.command_line import PlatformFlags

if TYPE_CHECKING:
    from uploader.core.form import Form, Link


@dataclass(frozen=True)
class CampaignFlags:
    """The flags of a command that shows something of a campaign."""

    campaign: flag.RequiredCampaign
    sandbox: flag.Sandbox = False
    as_json: flag.Json = False
    profile: flag.Profile = None

    @property
    def platform(self) -> PlatformFlags:
        """The flags that choose the platform."""
        return PlatformFlags(self.sandbox, self.profile)

    def print_json(self, found: dict[str, object]) -> None:
        """Print what was found in the campaign as one JSON object."""
        Console(self.platform).print_json({"schema": 1, "campaign": self.campaign, **found})


@takes_flags(CampaignFlags)
def forms(flags: CampaignFlags) -> None:
    """Show a campaign's forms and their fields."""
    from uploader.commands import campaign as commands

    found = query_platform(lambda settings: commands.forms(flags.campaign, settings), flags.platform)
    if flags.as_json:
        flags.print_json({"forms": [_form_json(form) for form in found]})
    else:
        _print_forms(found, Console(flags.platform))


@takes_flags(CampaignFlags)
def links(flags: CampaignFlags) -> None:
    """Show a campaign's tracking links."""
    from uploader.commands import campaign as commands

    found = query_platform(lambda settings: commands.links(flags.campaign, settings), flags.platform)
    if flags.as_json:
        flags.print_json({"links": [asdict(link) for link in found]})
    else:
        _print_links(found, Console(flags.platform))


def sandbox(
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535, metavar="N")] = 8765,
    faults: Annotated[
        str, typer.Option(help="Faults at numbered leads, such as 500@10,close@20-25,token:429@1.", metavar="FAULTS")
    ] = "",
    latency: Annotated[str, typer.Option(help="Response time in seconds, from-to.", metavar="FROM-TO")] = "0-0",
    limit: Annotated[
        str, typer.Option(help="Quota as requests/seconds in a rolling window, or off.", metavar="N/SECONDS")
    ] = "3000/300",
    campaign_cap: Annotated[
        Optional[int], typer.Option(help="Leads until the campaign is fulfilled.", metavar="N")
    ] = None,
    result_delay: Annotated[
        float, typer.Option(help="Seconds until a lead's validation result is known.", metavar="SECONDS")
    ] = 2,
    token_lifetime: Annotated[float, typer.Option(help="Seconds until a token expires.", metavar="SECONDS")] = 3600,
    api: Annotated[
        str,
        typer.Option(
            help="API variant to show settings for: publisher-v2.5, publisher-v2.4 or webhook-v2. All work.",
            metavar="NAME",
        ),
    ] = "publisher-v2.5",
) -> None:
    """Run the API on this machine until Ctrl-C, to practice with any client."""
    from uploader.cli import sandbox

    run_async(
        sandbox.serve(
            port,
            api,
            latency=latency,
            token_lifetime=token_lifetime,
            limit=limit,
            campaign_cap=campaign_cap,
            result_delay=result_delay,
            faults=faults,
        )
    )


def _form_json(form: "Form") -> dict[str, object]:
    fields = [{"name": field.name, "required": field.required, "hidden": field.hidden} for field in form.fields]
    return {"id": form.id, "name": form.name, "fields": fields, "problem": form.problem or None}


def _print_forms(forms: "Sequence[Form]", console: Console) -> None:
    for form in forms:
        console.print(f"form {form.id}  {form.name}")
        if form.problem:
            console.print(f"  (cannot be read: {form.problem})")
        for field in form.fields:
            marks = [word for word, is_set in (("required", field.required), ("hidden", field.hidden)) if is_set]
            console.print(f"  {field.name:<24} {', '.join(marks)}".rstrip())
        if any(field.required is None for field in form.fields):
            console.print("  (the platform does not say which of these are required)")


def _print_links(links: "Sequence[Link]", console: Console) -> None:
    if not links:
        console.print("The campaign has no links.")
    for link in links:
        details = [text for text in (link.channel, link.destination) if text]
        console.print(f"link {link.id}  {link.name}  {'  '.join(details)}".rstrip())
