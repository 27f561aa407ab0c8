"""The forms and links of a campaign."""

from uploader.commands.connection import platform_alone
from uploader.config.settings import Settings
from uploader.core.form import Form, Link


async def forms(campaign: int, settings: Settings) -> tuple[Form, ...]:
    """The campaign's forms with their fields."""
    async with platform_alone(settings) as api:
        return await api.forms(campaign)


async def links(campaign: int, settings: Settings) -> tuple[Link, ...]:
    """The campaign's links."""
    async with platform_alone(settings) as api:
        return await api.links(campaign)
