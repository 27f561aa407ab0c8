"""The keys of a mapping file, as pydantic models. Their descriptions appear in editors."""

from typing import Annotated, Any, Literal, Optional

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

# Where a value can come from: a field has exactly one of them.
SOURCES = ("column", "template", "value")

PLACEHOLDER = "…"  # in the lines that `uploader map` leaves to fill in

TEXTS = Annotated[list[str], Field(min_length=1)]


class Condition(BaseModel):
    """What the cell of a column must be, so that its row is sent; of several keys, all must hold.

    A text stands for `equals`, a list for `in`. Case and outer blanks make no difference.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    equals: str | None = Field(None, description="The cell is this text.")
    in_: TEXTS | None = Field(None, alias="in", description="The cell is one of these texts.")
    not_: Optional["Condition"] = Field(
        None, alias="not", description="The cell is not this text, none of this list, or does not meet this condition."
    )
    contains: TEXTS = Field([], description="The cell contains this text, or one of this list.")
    empty: bool | None = Field(None, description="true: the cell is empty. false: it is not.")

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: object) -> object:
        if value is None:
            raise ValueError("is empty; for rows whose cell is empty, write {empty: true}")
        if isinstance(value, str):
            return {"equals": value}
        if isinstance(value, dict) and (empty := next((key for key, one in value.items() if one is None), None)):
            raise ValueError(f"nothing follows {empty!r}; for rows whose cell is empty, write {{empty: true}}")
        return {"in": value} if isinstance(value, list) else value

    @field_validator("contains", mode="before")
    @classmethod
    def _wrap_single(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check_given(self) -> "Condition":
        if not self.model_fields_set:
            raise ValueError(f"needs {describe_conditions()}")
        if not all(map(str.strip, self.contains)):
            raise ValueError("contains: every cell contains an empty text; write at least one character")
        return self


def describe_conditions() -> str:
    """Return the keys of a condition: `equals, in, not, contains or empty`."""
    *names, last = [known.alias or name for name, known in Condition.model_fields.items()]
    return f"{', '.join(names)} or {last}"


class FieldSpec(BaseModel):
    """Where one form field's value comes from, and what it must look like.

    Exactly one of three sources: `column` names one or more columns (the first that is not empty is used), `template`
    joins columns, `value` is a fixed value. `default` is used for empty cells.
    """

    model_config = ConfigDict(extra="forbid")

    column: str | TEXTS | None = Field(None, description="One or more columns: the first that is not empty is used.")
    template: str | None = Field(None, description='Columns joined, in braces: "{First Name} {Last Name}".')
    value: str | None = Field(None, description="A fixed value, the same for every row.")
    default: str | None = Field(None, description="The value for empty cells.")
    required: bool = Field(False, description="A row without a value is invalid and not sent.")
    values: dict[str, str] = Field(
        {}, description="The cell's text: the value to send. Case and outer blanks make no difference."
    )
    transform: list[str | dict[str, Any]] = Field(
        [], description="One transform or a list, applied in order: a name, or {name: {option: value}}."
    )
    allowed: str | list[str] | None = Field(
        None, description="The only values that are sent: a list, or a CSV file relative to this file's folder."
    )
    must_be: TEXTS = Field(
        [],
        description="The final value must be this, or one of this list; a row with any other is invalid: no consent.",
    )
    pattern: str | None = Field(None, description="A regular expression that the whole value must match.")
    min_length: NonNegativeInt | None = Field(None, description="The smallest number of characters.")
    max_length: PositiveInt | None = Field(None, description="The largest number of characters.")
    type: Literal["email"] | None = Field(
        None, description="`email`: the value must be an e-mail address. A field named email always has this type."
    )

    @field_validator("transform", "must_be", mode="before")
    @classmethod
    def _wrap_single(cls, value: object) -> object:
        return [value] if isinstance(value, (str, dict)) else value

    @field_validator("transform")
    @classmethod
    def _check_single_name(cls, value: list[str | dict[str, Any]]) -> list[str | dict[str, Any]]:
        if any(isinstance(step, dict) and len(step) != 1 for step in value):
            raise ValueError("write each transform as NAME or {NAME: {option: …}}")
        return value

    @field_validator("value")
    @classmethod
    def _check_filled_in(cls, value: str | None) -> str | None:
        if value == PLACEHOLDER:
            raise ValueError(f"write the value in place of {PLACEHOLDER}")
        return value

    @model_validator(mode="after")
    def _check_source(self) -> "FieldSpec":
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            raise ValueError(f"needs exactly one of column, template or value, but has {found}")
        return self

    @field_validator("max_length")
    @classmethod
    def _check_bounds(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_length")
        if value is not None and least is not None and value < least:
            raise ValueError(f"{value} is less than min_length, {least}")
        return value

    @property
    def columns(self) -> list[str]:
        """The columns named under `column`."""
        return [self.column] if isinstance(self.column, str) else self.column or []


class MadeAgainst(BaseModel):
    """The form that a mapping was proposed for. Fields are required, hidden, both, neither (empty), or unknown."""

    model_config = ConfigDict(extra="forbid")

    date: str = Field(description="The date of the proposal.")
    form: PositiveInt = Field(description="The form's id.")
    fields: dict[str, str] = Field(description="Its fields on that date: required, hidden, both, neither or unknown.")


class MappingFile(BaseModel):
    """The whole file. Ids can also come from flags and settings."""

    model_config = ConfigDict(extra="forbid")

    version: Literal["1"] = Field(description="The version of the file format; always 1.")
    campaign: PositiveInt | None = Field(None, description="The campaign's id; --campaign overrides it.")
    form: PositiveInt | None = Field(None, description="The form's id, as `uploader forms` lists it.")
    link: PositiveInt | None = Field(None, description="The tracking link's id, as `uploader links` lists it.")
    publisher: PositiveInt | None = Field(None, description="Your publisher id; --publisher overrides it.")
    sheet: str | None = Field(None, description="The sheet of a workbook. Default: the first with the mapped columns.")
    where: dict[str, Condition] = Field(
        default_factory=dict,
        description="Column: what its cell must be. Rows for which this does not hold are skipped, not sent.",
    )
    fields: dict[str, FieldSpec] = Field({}, description="Form field: where its value comes from.")
    ignore: list[str] = Field([], description="Columns left out on purpose. Any other unused column causes a warning.")
    duplicates: list[str] | None = Field(
        None, description="The fields that identify a lead. Default: [email]; [] to look for no duplicates."
    )
    quality: Literal["warn", "platform", "off"] = Field(
        "warn",
        description="What to do about values that the platform's later checks may reject (the word “test”, …): `warn` "
        "in the report, `platform` makes such rows invalid, `off` ignores them.",
    )
    suppressed: str | None = Field(
        None, description="A file of e-mail addresses that must not be sent, plain or as MD5, SHA-1 or SHA-256 hashes."
    )
    made_against: MadeAgainst | None = Field(
        None, description="The form this mapping was proposed for: `uploader check` shows what has changed since."
    )
