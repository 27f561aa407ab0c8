"""What may stand in a mapping file, as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

# Where a value can come from: a field has one of them.
SOURCES = ("column", "template", "value")

COLUMNS = Annotated[list[str], Field(min_length=1)]


class FieldSpec(BaseModel):
    """Where one form field's value comes from, and what it must look like.

    `column` names one or more columns (the first that is not empty counts), `template` joins columns,
    `value` is a constant: one of the three. `default` stands in for an empty cell.
    """

    model_config = ConfigDict(extra="forbid")

    column: str | COLUMNS | None = Field(None, description="The column, or several: the first not empty counts.")
    template: str | None = Field(None, description='Columns put together, in braces: "{First Name} {Last Name}".')
    value: str | None = Field(None, description="A constant, the same for every row.")
    default: str | None = Field(None, description="Stands in for an empty cell.")
    required: bool = Field(False, description="A row without a value is invalid and not sent.")
    values: dict[str, str] = Field(
        {}, description="What the sheet says: what the form wants. Case and outer blanks do not matter."
    )
    transform: list[str | dict[str, Any]] = Field(
        [], description="One transform or a list, applied in order: a name, or {name: {option: value}}."
    )
    allowed: str | list[str] | None = Field(
        None, description="The only values that are sent: a list, or a CSV file seen from this file's folder."
    )
    pattern: str | None = Field(None, description="A regular expression of Python that the whole value must fit.")
    min_length: NonNegativeInt | None = Field(None, description="The fewest characters.")
    max_length: PositiveInt | None = Field(None, description="The most characters.")
    type: Literal["email"] | None = Field(
        None, description="`email`: it must be an e-mail address. A field named email has this type anyway."
    )

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
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            what = " and ".join(given) or "nothing"
            raise ValueError(f"needs one of column, template or value, and has {what}")
        return self

    @field_validator("max_length")
    @classmethod
    def _bounds_fit(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_length")
        if value is not None and least is not None and value < least:
            raise ValueError(f"{value} is less than min_length, {least}: no value could fit")
        return value

    @property
    def columns(self) -> list[str]:
        """The columns named under `column`."""
        return [self.column] if isinstance(self.column, str) else self.column or []


class MadeAgainst(BaseModel):
    """The form that a mapping was proposed for. Marks of fields: required, hidden, both, none, or unknown."""

    model_config = ConfigDict(extra="forbid")

    date: str = Field(description="When it was proposed.")
    form: PositiveInt = Field(description="The form's id.")
    fields: dict[str, str] = Field(description="The form's fields at that time, with their marks.")


class MappingFile(BaseModel):
    """The whole file. Ids may be absent: flags and settings can give them."""

    model_config = ConfigDict(extra="forbid")

    version: Literal["1"] = Field(description="Of this kind of file; always 1.")
    campaign: PositiveInt | None = Field(None, description="The campaign's id; --campaign overrides it.")
    form: PositiveInt | None = Field(None, description="The form's id, as `uploader forms` lists it.")
    link: PositiveInt | None = Field(None, description="The tracking link's id, as `uploader links` lists it.")
    publisher: PositiveInt | None = Field(None, description="Your publisher id; --publisher overrides it.")
    sheet: str | None = Field(None, description="The sheet of a workbook; else the first that has the mapped columns.")
    fields: dict[str, FieldSpec] = Field({}, description="Form field: where its value comes from.")
    ignore: list[str] = Field([], description="Columns left out on purpose; any other unused column is a warning.")
    duplicates: list[str] | None = Field(
        None, description="The fields that tell one lead from another; [email] unless said otherwise, [] for none."
    )
    quality: Literal["warn", "platform", "off"] = Field(
        "warn",
        description="What the platform's own later checks may find (the word “test”, …): `warn` puts it into the "
        "report, `platform` makes such rows invalid, `off` says nothing.",
    )
    suppressed: str | None = Field(
        None, description="A file of e-mails that must not be sent, plain or as MD5, SHA-1 or SHA-256."
    )
    made_against: MadeAgainst | None = Field(
        None, description="The form this mapping was proposed for: `uploader check` says what has changed since."
    )
