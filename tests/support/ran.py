"""What a command printed, and its exit code."""

import json
from dataclasses import dataclass


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def statuses(ran: Ran) -> dict[str, str]:
    """Return the status of each check of `doctor --json`, by name."""
    return {check["name"]: check["status"] for check in json.loads(ran.out)["checks"]}
