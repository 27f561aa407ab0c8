"""Folders of UPLOADER_HOME that are not a disk of this machine alone."""

import os
from pathlib import Path

import pytest

from uploader.config import home_folder
from uploader.config.home_folder import risk_of

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
tmpfs /srv/local tmpfs rw 0 0
ann@host: /mnt/my\\040files fuse.sshfs rw 0 0
//nas/share /mnt/nas cifs rw 0 0
C:\\\\ /mnt/c 9p rw 0 0
"""
MAC = "/dev/disk3s1 on / (apfs, local)\n//ann@nas/share on /Volumes/My share (smbfs, nodev)\n"


@pytest.mark.parametrize(
    ("home", "mounts", "risk"),
    [
        ("/home/ann/.local/share/uploader", MOUNTS, ""),
        ("/srv/uploader", MOUNTS, "is on a network disk (nfs4)"),
        ("/srv/local/uploader", MOUNTS, ""),
        ("/srvs/uploader", MOUNTS, ""),
        ("/mnt/my files/uploader", MOUNTS, "is on a network disk (fuse.sshfs)"),
        ("/mnt/nas/uploader", MOUNTS, "is on a network disk (cifs)"),
        ("/mnt/c/Users/ann", MOUNTS, "is on a network disk (9p)"),
        ("/Volumes/My share/uploader", MAC, "is on a network disk (smbfs)"),
        ("/Users/ann/uploader", MAC, ""),
        ("//server/share/uploader", "", "is on a network share"),
        (r"\\server\share\uploader", "", "is on a network share"),
        ("/home/ann/OneDrive - Example Ltd/uploader", MOUNTS, "OneDrive synchronizes"),
        ("/Users/ann/Library/CloudStorage/GoogleDrive-ann@example.com/My Drive/x", MAC, "Google Drive synchronizes"),
        ("/Users/ann/Library/Mobile Documents/com~apple~CloudDocs/x", MAC, "iCloud Drive synchronizes"),
        ("/home/ann/Dropbox (Personal)/uploader", MOUNTS, "Dropbox synchronizes"),
        ("/home/ann/Nextcloud/uploader", MOUNTS, "synchronizes"),
        ("/home/ann/dropboxes/uploader", MOUNTS, ""),
        ("/home/ann/boxes/uploader", MOUNTS, ""),
        ("/home/ann/uploader", "", ""),
    ],
)
def test_folders_that_other_machines_share_are_recognized(home: str, mounts: str, risk: str) -> None:
    found = risk_of(Path(home) if not home.startswith(("//", "\\")) else _Unc(home), {}, mounts)
    assert (risk in found) if risk else found == ""


class _Unc:
    """A path that keeps its two slashes, as on Windows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __fspath__(self) -> str:
        return self._text

    __str__ = __fspath__


def test_marks_of_sync_programs_and_variables_count_too(tmp_path: Path) -> None:
    (tmp_path / "shared" / ".stfolder").mkdir(parents=True)
    assert "Syncthing" in risk_of(tmp_path / "shared" / "deep" / "home", {}, MOUNTS)
    assert "OneDrive" in risk_of(tmp_path / "work", {"OneDrive": str(tmp_path / "work")}, MOUNTS)
    assert risk_of(tmp_path / "work", {"OneDrive": ""}, MOUNTS) == ""
    (tmp_path / "link").symlink_to(tmp_path / "shared")
    assert "Syncthing" in risk_of(tmp_path / "link" / "home", {}, MOUNTS)


def test_this_machines_mounts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_folder, "_system_mounts", lambda: MOUNTS)
    assert risk_of(Path("/srv/uploader"), {}) == "is on a network disk (nfs4)"
    assert risk_of(Path("/srv/local/uploader"), {}) == ""


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="Linux shows its mounts there")
def test_mounts_of_this_machine_have_its_root() -> None:
    assert "/" in {str(place) for place, _ in home_folder._parse(home_folder._system_mounts())}


def test_folder_that_may_not_be_looked_into_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may look everywhere, so the system refuses here on the test's behalf."""
    closed, real = tmp_path / "closed", os.stat

    def refuse(path, *args, **more):
        if str(path).startswith(f"{closed}{os.sep}"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **more)

    (tmp_path / ".stfolder").mkdir()
    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError):
        Path(closed / "x").stat()
    assert "Syncthing" in risk_of(closed / "home", {}, MOUNTS)
