"""Sends a spreadsheet of leads to the Convertr Publisher API, and never sends one twice.

    import uploader

    result = uploader.upload("leads.xlsx", mapping="map.yaml", consent=True, profile="acme")
    result.counts, result.exit_code, result.report, result.frame()

Everything is loaded when it is first used, so that `import uploader` takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from uploader.core.version import __version__

if TYPE_CHECKING:
    from uploader.core.errors import (
        CredentialsError,
        FitError,
        FormError,
        MappingError,
        StoppedError,
        TableError,
        UploaderError,
        UsageError,
    )
    from uploader.python.functions import (
        check,
        check_async,
        propose,
        propose_async,
        read_report,
        read_report_async,
        results,
        results_async,
        resume,
        resume_async,
        retry,
        retry_async,
        upload,
        upload_async,
    )
    from uploader.python.interruption import RunInterrupted
    from uploader.python.options import Options, ProposeOptions, ResumeOptions, RunOptions, SendOptions
    from uploader.python.progress import Progress
    from uploader.python.proposal import Proposal
    from uploader.python.result import Result

_HOMES = {
    "uploader.core.errors": (
        "CredentialsError",
        "FitError",
        "FormError",
        "MappingError",
        "StoppedError",
        "TableError",
        "UploaderError",
        "UsageError",
    ),
    "uploader.python.functions": (
        "check",
        "check_async",
        "propose",
        "propose_async",
        "read_report",
        "read_report_async",
        "results",
        "results_async",
        "resume",
        "resume_async",
        "retry",
        "retry_async",
        "upload",
        "upload_async",
    ),
    "uploader.python.interruption": ("RunInterrupted",),
    "uploader.python.options": ("Options", "ProposeOptions", "ResumeOptions", "RunOptions", "SendOptions"),
    "uploader.python.progress": ("Progress",),
    "uploader.python.proposal": ("Proposal",),
    "uploader.python.result": ("Result",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CredentialsError",
    "FitError",
    "FormError",
    "MappingError",
    "Options",
    "Progress",
    "Proposal",
    "ProposeOptions",
    "Result",
    "ResumeOptions",
    "RunInterrupted",
    "RunOptions",
    "SendOptions",
    "StoppedError",
    "TableError",
    "UploaderError",
    "UsageError",
    "__version__",
    "check",
    "check_async",
    "propose",
    "propose_async",
    "read_report",
    "read_report_async",
    "results",
    "results_async",
    "resume",
    "resume_async",
    "retry",
    "retry_async",
    "upload",
    "upload_async",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'uploader' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
