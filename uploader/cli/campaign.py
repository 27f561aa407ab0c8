"""`forms`, `links` and `sandbox`: what the platform takes, and the platform on this machine."""

from typing import Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli import output
from uploader.cli.session import ask, run


def forms(campaign: flag.TheCampaign, sandbox: flag.InSandbox = False, profile: flag.Profile = None) -> None:
    """What the campaign takes: its forms with their fields."""
    from uploader.commands import campaign as commands

    output.forms(ask(lambda settings: commands.forms(campaign, settings), sandbox, profile))


def links(campaign: flag.TheCampaign, sandbox: flag.InSandbox = False, profile: flag.Profile = None) -> None:
    """The campaign's tracking links."""
    from uploader.commands import campaign as commands

    output.links(ask(lambda settings: commands.links(campaign, settings), sandbox, profile))


def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8765,
    api: Annotated[
        str, typer.Option(help="Whose settings to tell: publisher-v2.5, publisher-v2.4, webhook-v2; it is all of them.")
    ] = "publisher-v2.5",
    latency: Annotated[str, typer.Option(help="Seconds that an answer takes, from-to.")] = "0-0",
    token_lifetime: Annotated[float, typer.Option(help="Seconds that a token lives.")] = 3600,
    limit: Annotated[str, typer.Option(help="requests/seconds in a rolling window, or off.")] = "3000/300",
    campaign_cap: Annotated[Optional[int], typer.Option(help="Leads until the campaign is fulfilled.")] = None,
    result_delay: Annotated[float, typer.Option(help="Seconds until a lead's verdict is known.")] = 2,
    faults: Annotated[str, typer.Option(help="What goes wrong at which lead: 500@10,close@20-25,token:429@1.")] = "",
) -> None:
    """Run the API on this machine until Ctrl-C, to rehearse against with any client."""
    from uploader.cli import sandbox

    run(
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
