"""What members of the role `uploaders` may do: send leads and look. Removing and upgrading is left to the owner.

The role belongs to the whole database server, so an administrator creates it. Where it exists, `uploader team init` and
`uploader team upgrade` give it these rights.
"""

from uploader.ledger.postgres.database import Database

GROUP = "uploaders"

# An attempt can be taken back, but neither changed nor deleted: the lead may exist.
RIGHTS = {
    "team": "SELECT",
    "run": "SELECT, INSERT, UPDATE",
    "attempt": "SELECT, INSERT, UPDATE (holds)",
    "answer": "SELECT, INSERT, UPDATE (outcome, lead_id, reason)",
    "decision": "SELECT, INSERT",
    "reason": "SELECT, INSERT, UPDATE (text)",
    "result": "SELECT, INSERT, UPDATE",
    "duplicate": "SELECT, INSERT, UPDATE",
    "joined": "SELECT, INSERT",
    "removal": "SELECT",
    "checkpoint": "SELECT, INSERT",
    "permit": "SELECT, INSERT, UPDATE, DELETE",
    "pause": "SELECT, INSERT, UPDATE, DELETE",
    "known": "SELECT",
    "live": "SELECT",
}


def has_group(database: Database) -> bool:
    """Whether the database server has the role. Raises LedgerError."""
    return database.read_one("SELECT 1 FROM pg_roles WHERE rolname = %s", (GROUP,)) is not None


def grant_rights(database: Database) -> None:
    """Give the role, if there is one, its rights, and take others away. Raises LedgerError."""
    if not has_group(database):
        return
    database.write(f"REVOKE ALL ON {', '.join(RIGHTS)} FROM {GROUP}")
    for table, rights in RIGHTS.items():
        database.write(f"GRANT {rights} ON {table} TO {GROUP}")
    schema = database.read_one("SELECT quote_ident(current_schema())")
    database.write(f"GRANT USAGE ON SCHEMA {schema} TO {GROUP}")
