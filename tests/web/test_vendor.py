"""The files of other projects are those that were published."""

import base64
import hashlib
import json
import tomllib
from pathlib import Path

import pytest

from uploader.web import static

VENDOR = Path(static.__file__).parent / "static" / "vendor"
PROJECTS = tomllib.loads((VENDOR / "VENDOR.toml").read_text("utf-8"))

LARGEST = 400_000  # bytes of all assets in the wheel, compressed as there


@pytest.mark.parametrize("name", PROJECTS)
def test_vendored_files_are_unchanged(name: str) -> None:
    project = PROJECTS[name]
    assert len(base64.b64decode(project["sha512"])) == 64
    assert project["version"] in project["tarball"]
    for file, facts in project["files"].items():
        assert hashlib.sha256((VENDOR / file).read_bytes()).hexdigest() == facts["sha256"], file


def test_every_vendored_file_is_listed() -> None:
    listed = {file for project in PROJECTS.values() for file in project["files"]}
    assert {path.name for path in VENDOR.iterdir()} == listed | {"VENDOR.toml"}


def test_every_asset_is_served_or_a_license() -> None:
    folder = VENDOR.parent
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {file for file in files if file.endswith((".js", ".css"))} == set(static.FILES)


def test_assets_are_small() -> None:
    import zlib

    sizes = {path.name: len(zlib.compress(path.read_bytes())) for path in VENDOR.parent.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < LARGEST, json.dumps(sizes)
