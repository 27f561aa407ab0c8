"""The keyword arguments of the functions. Each means what the flag of the same name means in a terminal."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar, Union

if TYPE_CHECKING:
    import pandas as pd

    from uploader.python.progress import Progress
    from uploader.python.proposal import Proposal

Function = TypeVar("Function", bound=Callable[..., Any])

Spreadsheet: TypeAlias = Union[str, Path, "pd.DataFrame"]
MappingLike: TypeAlias = Union[str, Path, Mapping[str, Any], "Proposal"]


def lists_options(kind: type) -> Callable[[Function], Function]:
    """Let `help` and notebooks list the keyword arguments that a function takes as `**options`."""

    def decorate(function: Function) -> Function:
        known = signature(function)
        own = [one for one in known.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
        more = [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in kind.__annotations__.items()
        ]
        vars(function)["__signature__"] = known.replace(parameters=[*own, *more])
        return function

    return decorate


class Options(TypedDict, total=False):
    """What all functions take that ask the platform.

    Attributes:
        profile: A profile in `uploader.toml`. Without it, the settings come from the environment and `.env`.
        sandbox: Use a sandbox on this machine, which is gone when the function returns. Needs no settings.
        report: Where to write the report; its ending chooses CSV or xlsx.
        on_progress: Called about twice a second with a `Progress`, from another thread.
        ca_bundle: Certificates to trust (PEM file).
    """

    profile: str | None
    sandbox: bool
    report: str | Path | None
    on_progress: "Callable[[Progress], object] | None"
    ca_bundle: str | Path | None


class ResumeOptions(Options, total=False):
    """What `resume` takes, besides `Options`.

    Attributes:
        failed_only: Where to write a second report, with only the rows that did not get through.
    """

    failed_only: str | Path | None


class RunOptions(Options, total=False):
    """What `check`, `upload` and `retry` take, besides `Options`.

    Attributes:
        campaign, form, link, publisher: Ids that replace those of the mapping.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file, if it is not recognized.
        limit: Send up to this many leads.
        allow_duplicates: Also send leads that were accepted before.
        require_ledger: Send nothing if the ledger has no earlier upload.
        page: Also write the HTML report (default: yes).
        names: Show names and e-mail addresses in the HTML report (default: yes).
    """

    campaign: int | None
    form: int | None
    link: int | None
    publisher: int | None
    sheet: str | None
    encoding: str | None
    limit: int | None
    allow_duplicates: bool
    require_ledger: bool
    page: bool
    names: bool


class SendOptions(RunOptions, total=False):
    """What `upload` and `retry` take, besides `RunOptions`.

    Attributes:
        failed_only: Where to write a second report, with only the rows that did not get through.
        include_unknown: `retry` only: also send rows whose outcome is unknown. The platform may have them.
        canary: Send this many leads first, and the rest only if enough of them are valid.
        canary_pass: Percentage of the canary batch that must be valid.
        stream: Send while the file is read, before all rows are checked.
        wait_results: Then wait for the validation results, as `results` does.
    """

    failed_only: str | Path | None
    include_unknown: bool
    canary: int
    canary_pass: float | None
    stream: bool
    wait_results: bool


class ProposeOptions(TypedDict, total=False):
    """What `propose` takes.

    Attributes:
        form, link, publisher: Ids to write into the mapping.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file, if it is not recognized.
        profile, sandbox, ca_bundle: As for all functions.
    """

    form: int | None
    link: int | None
    publisher: int | None
    sheet: str | None
    encoding: str | None
    profile: str | None
    sandbox: bool
    ca_bundle: str | Path | None
