"""What a report tells beside its rows, whether as a page or in a workbook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.model import Run


@dataclass(frozen=True)
class About:
    """`file` is the input, `report` the report itself, and `mapping` the mapping's file, each as the user would write
    it. `fixes` is YAML by form field; `run` is None for a check; `slowest` are rows and the seconds that their answers
    took."""

    file: Path = Path()
    report: Path = Path()
    mapping: Path | None = None
    run: Run | None = None
    stopped: str = ""
    stopped_hint: str = ""
    form_name: str = ""
    fixes: Mapping[str, str] | None = None
    slowest: Sequence[tuple[int, float]] = ()
