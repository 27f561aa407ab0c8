"""The types of transforms, and the base class of their options."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

# From a text, never empty, to a text, maybe empty. Raises InvalidValue.
Transform = Callable[[str], str]

# Values of those cells of a column that it converts quickly, and None for the others, which have to be repaired, say.
# It is given whole cells, also empty ones, and is never wrong about a value.
TidyCells = Callable[[Sequence[str]], list[str | None]]


@dataclass(frozen=True)
class ColumnTransform:
    """A transform that converts the tidy cells of a column more quickly together than one by one.

    Attributes:
        convert: Converts one text.
        convert_tidy: Converts the tidy cells of a column.
    """

    convert: Transform
    convert_tidy: TidyCells

    def __call__(self, value: str) -> str:
        """Convert a value. Raises InvalidValue."""
        return self.convert(value)


@dataclass(frozen=True)
class NeedsRegion:
    """A transform that also reads a second column of the row, which names the country.

    Attributes:
        column: The name of that column.
        convert: Called with the value and the text of that column.
    """

    column: str
    convert: Callable[[str, str], str]

    def __call__(self, value: str, region_text: str) -> str:
        """Convert a value; `region_text` may be empty. Raises InvalidValue."""
        return self.convert(value, region_text)


class Options(BaseModel, ABC):
    """The options of one transform as a mapping writes them. Validators raise ValueError with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The option that a bare text stands for, as in `{name: first}`; empty if there is none.
    bare_option: ClassVar[str] = ""

    @abstractmethod
    def transform(self) -> Transform | NeedsRegion:
        """Return the transform that these options describe."""
