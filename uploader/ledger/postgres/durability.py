"""What the database server's own settings mean for commits: whether a failover or a power cut can lose some."""

from collections.abc import Sequence

from uploader.ledger.postgres.database import Database

SHOWN = 3  # standbys that are named

# The kind is hidden from roles without pg_monitor.
STANDBYS = "SELECT coalesce(application_name, ''), sync_state FROM pg_stat_replication ORDER BY 1"


def durability_warnings(database: Database) -> list[str]:
    """Return what can lose commits that the server has confirmed. Raises LedgerError."""
    warnings = []
    if database.read_one("SHOW fsync") == "off":
        warnings.append("fsync is off: a power cut can lose commits, and leads that were sent would look new.")
    names = str(database.read_one("SHOW synchronous_standby_names"))
    return warnings + standby_warnings(names, database.read_all(STANDBYS))


def standby_warnings(synchronous_names: str, standbys: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return a warning if a failover could lead to a standby that lacks commits.

    Args:
        synchronous_names: The server's setting `synchronous_standby_names`.
        standbys: Name and kind of each connected standby; the kind is None if this role may not see it.
    """
    late = [
        name for name, kind in standbys if kind in {"async", "potential"} or (kind is None and not synchronous_names)
    ]
    if not late:
        return []
    named = ", ".join(name or "without a name" for name in late[:SHOWN])
    more = f" and {len(late) - SHOWN} more" if len(late) > SHOWN else ""
    return [
        f"asynchronous standby ({named}{more}): after a failover to it the last commits can be missing, and leads that "
        "were sent would look new. Set synchronous_standby_names, or never fail over to it."
    ]
