"""Where the checkout is, and its tracked files."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_tracked(folders: list[str], target: Path) -> None:
    """Copy what git tracks below these folders, so that reports left behind by a command never reach a test.

    Args:
        folders: Names relative to the root of the checkout.
        target: The folder to copy to; the relative paths stay.

    Raises:
        CalledProcessError: The tests do not run from a git checkout.
    """
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--", *folders], capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
