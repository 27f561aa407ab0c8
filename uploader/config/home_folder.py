"""Whether UPLOADER_HOME is on a disk of this machine: SQLite files break on a network, or if they are synchronized."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

# Types of file systems that other machines share, as Linux and macOS name them.
NETWORK = re.compile(
    r"(nfs|cifs|smb|afs$|afpfs|9p$|ceph|gluster|lustre|gpfs|beegfs|davfs|webdav|vboxsf|prl_fs|fuse\.vmhgfs"
    r"|fuse\.(sshfs|rclone|s3fs|gvfsd-fuse|davfs|ceph|glusterfs|goofys|gcsfuse))"
)

# Folders that a program keeps equal on several machines, and the program.
SYNCHRONIZED = (
    (re.compile(r"onedrive\b", re.IGNORECASE), "OneDrive"),
    (re.compile(r"dropbox\b", re.IGNORECASE), "Dropbox"),
    (re.compile(r"(icloud ?drive|mobile documents|com~apple~clouddocs)$", re.IGNORECASE), "iCloud Drive"),
    (re.compile(r"google ?drive\b|my drive$|drivefs$", re.IGNORECASE), "Google Drive"),
    (re.compile(r"(nextcloud|owncloud|syncthing|pclouddrive|box|box sync)$", re.IGNORECASE), "a sync program"),
)
# Files that sync programs leave in the top folder, and environment variables that name it.
MARKERS = {".dropbox": "Dropbox", ".dropbox.cache": "Dropbox", ".stfolder": "Syncthing"}
VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")

HINT = (
    "Set UPLOADER_HOME to a folder on a disk of this machine, and move the files there while no uploader runs. "
    "For several machines, see docs/team.md."
)


def risk_of(home: Path, environment: Mapping[str, str] = os.environ, mounts: str | None = None) -> str:
    """Return what is wrong with the folder, as the end of a sentence; empty if nothing is known to be.

    Args:
        home: The folder; it need not exist.
        environment: The environment variables.
        mounts: What the system says about its mounts; None to ask it.
    """
    if str(home).startswith(("\\\\", "//")):
        return "is on a network share"
    path = Path(os.path.realpath(home))
    if program := _synchronizer(path, environment):
        return f"is in a folder that {program} synchronizes"
    kind = _file_system(path, _system_mounts() if mounts is None else mounts)
    return f"is on a network disk ({kind})" if NETWORK.match(kind) else ""


def _synchronizer(path: Path, environment: Mapping[str, str]) -> str:
    for folder in (path, *path.parents):
        for pattern, program in SYNCHRONIZED:
            if pattern.match(folder.name):
                return program
        if found := next((name for name in MARKERS if os.path.exists(folder / name) and folder != Path.home()), ""):
            return MARKERS[found]
    roots = [environment[name] for name in VARIABLES if environment.get(name)]
    return "OneDrive" if any(path.is_relative_to(root) for root in roots) else ""


def _file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system of a path: that of the deepest mount above it, the last one if several."""
    found = [(len(place.parts), kind) for place, kind in _parse(mounts) if path.is_relative_to(place)]
    return max(found, key=lambda one: one[0], default=(0, ""))[1] if found else ""


def _parse(mounts: str) -> Iterator[tuple[Path, str]]:
    """Yield (folder, type) of each mount, the last first: /proc/mounts of Linux, or the output of `mount` of macOS."""
    for line in reversed(mounts.splitlines()):
        if mac := re.match(r".+ on (/.*) \((\w+)", line):
            yield Path(mac[1]), mac[2]
        elif len(parts := line.split(" ")) > 2:
            yield Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), parts[1])), parts[2]


def _system_mounts() -> str:
    """Return the mounts; empty where the system does not tell."""
    try:
        if sys.platform == "darwin":
            return subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False).stdout
        return Path("/proc/mounts").read_text("utf-8", "replace")
    except (OSError, subprocess.SubprocessError):
        return ""
