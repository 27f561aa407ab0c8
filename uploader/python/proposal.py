"""A proposed mapping, for the caller to look at and complete."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping. It can be given as `mapping=` once nothing is undecided.

    Attributes:
        text: The mapping as YAML, with comments.
        undecided: Ids and fields that are still to be set.
        notes: What the user should know about the file and the campaign.
    """

    text: str
    undecided: tuple[str, ...]
    notes: tuple[str, ...]

    @cached_property
    def mapping(self) -> dict[str, Any]:
        """The mapping as a dictionary, to be completed: `proposal.mapping["fields"]["source"] = {"value": "Web"}`."""
        from uploader.mapping.yaml_reader import read_yaml

        data: dict[str, Any] = read_yaml(self.text).data
        return data

    def save(self, path: str | Path) -> Path:
        """Write the YAML to a new file, and return its path. Raises UsageError if the file exists."""
        from uploader.commands.mapping import write_mapping

        write_mapping(self.text, Path(path))
        return Path(path)
