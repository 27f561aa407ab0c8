"""A file in the working directory never decides where secrets from another source are sent.

Such a file may have come with someone else's spreadsheet. It may set everything about an upload, but a setting that
leads secrets or the ledger elsewhere is accepted from it only if the credentials are in the same file.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from uploader.config.base_url import LOOPBACK
from uploader.config.ledger_place import LedgerPlace, parse_ledger_url, parse_team_key
from uploader.config.sources import SECRETS, Source, env_name, read_sources, value_in, winner
from uploader.config.user import absolute_path, default_home
from uploader.core.errors import UsageError

CREDENTIALS = ("client_id", "client_secret", "api_key", "username", "password", "campaign_api_key")

# Where the ledger is, and what requests pass through or trust on their way.
ROUTES = ("home", "ledger", "ca_bundle", "proxy")

PLATFORM = ".cvtr.io"


def require_trusted(sources: Sequence[Source]) -> None:
    """Refuse settings from a local file that would lead secrets of another source elsewhere.

    Args:
        sources: All sources, in the order in which they win.

    Raises:
        UsageError: Names the settings and the file.
    """
    for source in sources:
        if not source.is_local:
            continue
        leading = [name for name in source.values if winner(sources, name) is source and _leads_elsewhere(source, name)]
        is_trusted = _has_credentials(source, sources) and ("ledger" not in leading or _has_team_key(source, sources))
        if leading and not is_trusted:
            names = ", ".join(env_name(name) for name in leading)
            raise UsageError(
                f"{source.name} in the working directory sets {names}, but the credentials are not in the same file.",
                "If you trust the file, set it in the environment; otherwise delete it there. "
                "A file that came with a spreadsheet could send your credentials elsewhere.",
            )


def _leads_elsewhere(source: Source, name: str) -> bool:
    value = str(source.values[name]).strip()
    if name == "base_url":
        return not _is_known_host(value)
    if name.startswith("endpoints__"):
        return not value.startswith("/") or value.startswith(("//", "/\\"))
    return name in ROUTES


def _is_known_host(url: str) -> bool:
    """Whether a base URL leads to the platform or to this machine, whatever the enterprise is called."""
    try:
        host = urlsplit(url.replace("{enterprise}", "enterprise")).hostname or ""
    except ValueError:
        return False
    host = host.removesuffix(".")
    return "@" not in url and "\\" not in url and (host in LOOPBACK or host.endswith(PLATFORM))


def _has_credentials(source: Source, sources: Sequence[Source]) -> bool:
    """Whether a source has a secret, and no credential would come from another one."""
    address = winner(sources, "base_url")
    if address and address.name == "flag":  # the sandbox's own address, with credentials of its own
        sources = [other for other in sources if other is not address]
    winners = [winner(sources, name) for name in CREDENTIALS]
    return any(name in source.values for name in SECRETS) and all(found is None or found is source for found in winners)


def _has_team_key(source: Source, sources: Sequence[Source]) -> bool:
    """Whether the team's key would not come from another source."""
    found = winner(sources, "team_key")
    return found is None or found is source


def ledger_place(profile: str | None) -> LedgerPlace:
    """Return where the ledger is, for commands that need no other setting. Raises UsageError."""
    sources = read_sources({"profile": profile} if profile else {})
    require_trusted(sources)
    home = absolute_path(value_in(sources, "home") or default_home())
    found, problems = {}, []
    for name, parse in (("ledger", parse_ledger_url), ("team_key", parse_team_key)):
        try:
            found[name] = parse(str(value_in(sources, name) or ""))
        except ValueError as error:
            problems.append(f"{env_name(name)}: {error}")
    if problems:
        raise UsageError("Some settings are invalid.", "Fix them where they are set.", problems)
    return LedgerPlace(home, found["ledger"], found["team_key"])


def ledger_home(profile: str | None) -> Path:
    """Return the folder of this machine's files, for commands that need no other setting. Raises UsageError."""
    sources = read_sources({"profile": profile} if profile else {})
    require_trusted(sources)
    return absolute_path(value_in(sources, "home") or default_home())
