"""Commands on several machines that share a ledger: each machine has a home of its own."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.ran import Ran

On = Callable[..., Ran]


def home_of(machine: str) -> Path:
    """Return the home of a machine, in the test's folder."""
    return Path(f"home of {machine}").absolute()


def upload_on(on: On, machine: str, file: Path, *more: object) -> dict:
    """Upload a file on a machine; return what `--json` prints."""
    ran = on(machine, "upload", file, "-m", "map.yaml", "--json", *more)
    assert ran.out, ran
    return json.loads(ran.out)
