"""What a transform is, and the base of the models that check the options it is written with."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

# Never called with an empty text; may return one; raises InvalidValue.
Transform = Callable[[str], str]


@dataclass(frozen=True)
class NeedsRegion:
    """A transform that also needs the text of another column of the same row: the one named `column`."""

    column: str
    convert: Callable[[str, str], str]

    def __call__(self, value: str, region_text: str) -> str:
        """`region_text` is that column's text, maybe empty. Raises InvalidValue."""
        return self.convert(value, region_text)


class Options(BaseModel, ABC):
    """The options of one transform as they stand in a mapping; validators raise ValueError with the fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @abstractmethod
    def transform(self) -> Transform | NeedsRegion:
        """The transform that these options describe."""
