"""How a run's facts are stored, and read back from ledgers of older versions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from uploader.core.model import IdentityScheme, Run

NEVER_ENDED = "The run did not reach its end."

# Names of facts in ledgers of older versions, and today's.
RENAMED_FACTS = {
    "rehearsed": "in_sandbox",
    "lawful": "consent",
    "is_open": "canaries_passed",
    "escaped": "is_escaped",
    "who": "user",
}


def facts_of(run: Run) -> dict[str, Any]:
    """Return the facts of a run by name, without the ids of the run and its family."""
    facts = {name: value for name, value in vars(run).items() if name not in {"id", "family"}}
    facts["identities"] = [asdict(scheme) for scheme in run.identities]
    return facts


def run_of(run: str, family: str, stored: Mapping[str, Any]) -> Run:
    """Return the run with these facts, also those that an older version wrote."""
    # An older version may have written an old name after a newer one wrote today's, so either may be the one set.
    values = {name: value for name, value in stored.items() if name not in RENAMED_FACTS}
    for old, new in RENAMED_FACTS.items():
        if old in stored:
            values[new] = values.get(new) or stored[old]
    lists = {name: tuple(values.get(name, ())) for name in ("required", "flags")}
    identities = schemes_of(values.get("identities", ()))
    return Run(id=run, family=family, **{**values, **lists, "identities": identities})


def schemes_of(stored: Sequence[Mapping[str, Any]]) -> tuple[IdentityScheme, ...]:
    """Return identity schemes as they were stored."""
    return tuple(
        IdentityScheme(tuple((name, kind) for name, kind in one["fields"]), one["version"], one["finds_duplicates"])
        for one in stored
    )
