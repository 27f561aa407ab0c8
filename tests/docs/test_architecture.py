"""The guides for contributors name files that exist, and the layers that the import contract defines."""

import re
import tomllib

import pytest

from tests.support.paths import ROOT

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PACKAGE = ROOT / "uploader"


def lines_with_paths() -> list[str]:
    return [line for line in (ARCHITECTURE + CONTRIBUTING).splitlines() if re.search(r"`[\w/]+/[\w.]*`", line)]


@pytest.mark.parametrize("line", lines_with_paths())
def test_named_files_exist(line: str) -> None:
    """A bare file name is in a folder that is named earlier in the same line."""
    folders = [PACKAGE, ROOT]
    for name in re.findall(r"`([\w/.]*(?:/|\.(?:py|toml|j2|md|json)))`", line):
        found = [folder / name for folder in folders if (folder / name).exists()]
        assert found or (len(folders) > 2 and any(list(folder.rglob(name)) for folder in folders[2:])), name
        folders += [path if path.is_dir() else path.parent for path in found[:1]]


def test_every_layer_is_in_the_diagram() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    packages = re.findall(r"uploader\.(\w+)", " ".join(layers))
    diagram = ARCHITECTURE.split("```")[1]
    assert [name for name in packages if name != "__main__" and not re.search(rf"\b{name}\b", diagram)] == []
