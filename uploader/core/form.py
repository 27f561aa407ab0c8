"""The live form and the links of a campaign, as the platform returns them."""

from typing import TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from uploader.core.errors import FormError
from uploader.core.model import field_name


class FormField(BaseModel):
    """A form field. `required` is None if the platform does not say so (the older response shape)."""

    model_config = ConfigDict(frozen=True)

    key: str
    hidden: bool = False
    required: bool | None = None

    @property
    def name(self) -> str:
        """The bare name, as a mapping writes it."""
        return field_name(self.key)


class Form(BaseModel):
    """A form of a campaign, read from either response shape: bare keys, or keys with flags."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(validation_alias=AliasChoices("formId", "id"))
    name: str = Field(default="", validation_alias=AliasChoices("formName", "name"))
    fields: tuple[FormField, ...]

    @field_validator("fields", mode="before")
    @classmethod
    def _normalize_shape(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [{"key": field} if isinstance(field, str) else field for field in value]

    @property
    def keys(self) -> dict[str, str]:
        """The key to post each field under, by bare field name."""
        return {field.name: field.key for field in self.fields}

    @property
    def required(self) -> tuple[str, ...]:
        """The bare names of the fields that the form requires, including hidden ones."""
        return tuple(field.name for field in self.fields if field.required)


class Link(BaseModel):
    """A tracking link of a campaign: the channel through which a lead came."""

    model_config = ConfigDict(frozen=True)

    id: int
    name: str = ""
    channel: str | None = None
    destination: str | None = None

    @property
    def description(self) -> str:
        """The id with all details, as links can share a name: `135 (Autumn webinar, Email, https://…)`."""
        details = ", ".join(text for text in (self.name, self.channel, self.destination) if text)
        return f"{self.id} ({details})" if details else str(self.id)


T = TypeVar("T")
_FORMS = TypeAdapter(tuple[Form, ...])
_LINKS = TypeAdapter(tuple[Link, ...])


def read_forms(body: bytes) -> tuple[Form, ...]:
    """Parse the response of the fields endpoint. Raises FormError if it is not a list of forms."""
    return _read(_FORMS, body, "forms")


def read_links(body: bytes) -> tuple[Link, ...]:
    """Parse the response of the links endpoint. Raises FormError if it is not a list of links."""
    return _read(_LINKS, body, "links")


def _read(adapter: TypeAdapter[T], body: bytes, what: str) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "top level"
        raise FormError(
            f"The platform's response is not a list of {what} ({where}: {error.errors()[0]['msg']}).",
            f"Check UPLOADER_BASE_URL and UPLOADER_ENDPOINTS__{'FIELDS' if what == 'forms' else 'LINKS'}.",
        ) from None
