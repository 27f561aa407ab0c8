"""`import uploader` takes no time, and everything it offers is there when it is used."""

import subprocess
import sys
from inspect import signature

import pytest

import uploader

SLOW = ("pandas", "numpy", "aiohttp", "pydantic", "asyncio", "typer", "apsw")


def modules_after(code: str) -> set[str]:
    """The modules that a new process has loaded after running the code."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(shown.stdout.split())


def test_import_loads_nothing_slow() -> None:
    assert modules_after("import uploader; dir(uploader)").isdisjoint(SLOW)


def test_functions_load_pandas_only_for_a_frame() -> None:
    loaded = modules_after("import uploader; uploader.upload; uploader.read_report; uploader.Result; uploader.propose")
    assert loaded.isdisjoint({"pandas", "numpy", "aiohttp", "apsw"})


@pytest.mark.parametrize("name", uploader.__all__)
def test_everything_offered_is_there(name) -> None:
    assert getattr(uploader, name).__doc__
    assert name in dir(uploader)


def test_signatures_list_all_options() -> None:
    parameters = signature(uploader.upload).parameters
    assert {"file", "mapping", "consent", "report", "canary", "profile", "on_progress"} <= parameters.keys()
    assert "canary" not in signature(uploader.check).parameters
    assert parameters.keys() == signature(uploader.upload_async).parameters.keys()


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'uplaod'"):
        uploader.uplaod  # noqa: B018
