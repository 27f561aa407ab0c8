"""What may stand in a mapping file, as pydantic models."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, field_validator, model_validator


class FieldSpec(BaseModel):
    """Where one form field's value comes from, and what it must look like.

    `column` names one or more columns (the first that is not empty counts), `template` joins columns,
    `value` is a constant: one of the three. `default` stands in for an empty cell.
    """

    model_config = ConfigDict(extra="forbid")

    column: str | list[str] | None = None
    template: str | None = None
    value: str | None = None
    default: str | None = None
    required: bool = False
    values: dict[str, str] = {}
    transform: list[str | dict[str, Any]] = []
    allowed: str | list[str] | None = None
    pattern: str | None = None
    min_length: NonNegativeInt | None = None
    max_length: PositiveInt | None = None
    type: Literal["email"] | None = None

    @field_validator("transform", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, (str, dict)) else value

    @field_validator("transform")
    @classmethod
    def _one_name_each(cls, value: list[str | dict[str, Any]]) -> list[str | dict[str, Any]]:
        if any(isinstance(step, dict) and len(step) != 1 for step in value):
            raise ValueError("write each transform as NAME or {NAME: {option: …}}")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "FieldSpec":
        given = [name for name in ("column", "template", "value") if getattr(self, name) is not None]
        if len(given) != 1:
            what = " and ".join(given) or "nothing"
            raise ValueError(f"needs one of column, template or value, and has {what}")
        return self

    @property
    def columns(self) -> list[str]:
        """The columns named under `column`."""
        return [self.column] if isinstance(self.column, str) else self.column or []


class MappingFile(BaseModel):
    """The whole file. Ids may be absent: flags and settings can give them."""

    model_config = ConfigDict(extra="forbid")

    version: Literal["1"]
    campaign: PositiveInt | None = None
    form: PositiveInt | None = None
    link: PositiveInt | None = None
    publisher: PositiveInt | None = None
    sheet: str | None = None
    fields: dict[str, FieldSpec] = {}
    ignore: list[str] = []
    duplicates: list[str] | None = None
