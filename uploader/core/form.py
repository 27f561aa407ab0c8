"""The live form and the links of a campaign, read from whatever shape the platform returns them in.

Only what is used has to be readable: ids, and the keys of fields. PHP writes a list whose indexes have gaps as an
object, numbers may be strings, and anything else may be null.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uploader.core.errors import FormError
from uploader.core.model import MAX_ID, field_name, parse_whole_number

# Keys under which a list may be wrapped.
_WRAPPERS = ("data", "forms", "links", "member", "hydra:member", "items")

_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class FormField:
    """A form field. `required` is None if the platform does not say so (the older response shape)."""

    key: str
    hidden: bool = False
    required: bool | None = None

    @property
    def name(self) -> str:
        """The bare name, as a mapping writes it."""
        return field_name(self.key)


@dataclass(frozen=True)
class Form:
    """A form of a campaign.

    Attributes:
        id: The form's id.
        name: Its name; empty if it has none.
        fields: Its fields.
        problem: What cannot be read of it, or empty. Such a form cannot be sent to.
    """

    id: int
    name: str = ""
    fields: tuple[FormField, ...] = ()
    problem: str = ""

    @property
    def keys(self) -> dict[str, str]:
        """The key to post each field under, by bare field name."""
        return {field.name: field.key for field in self.fields}

    @property
    def required(self) -> tuple[str, ...]:
        """The bare names of the fields that the form requires, including hidden ones."""
        return tuple(field.name for field in self.fields if field.required)


@dataclass(frozen=True)
class Link:
    """A tracking link of a campaign: the channel through which a lead came."""

    id: int
    name: str = ""
    channel: str | None = None
    destination: str | None = None

    @property
    def details(self) -> str:
        """Name, channel and destination, as far as they are known: `Autumn webinar, Email, https://…`."""
        return ", ".join(text for text in (self.name, self.channel, self.destination) if text)

    @property
    def description(self) -> str:
        """The id with all details, as links can share a name: `135 (Autumn webinar, Email, https://…)`."""
        return f"{self.id} ({self.details})" if self.details else str(self.id)


def read_forms(body: bytes) -> tuple[Form, ...]:
    """Parse the response of the fields endpoint.

    A form with a defect is kept with its `problem`: it is not absent, and other forms are not affected.

    Raises:
        FormError: The response is not a list of forms, or none of its forms can be read.
    """
    entries = _entries(body, "forms", "FIELDS")
    forms = [_form(entry) for entry in entries]
    found = tuple(form for form in forms if form)
    if entries and not any(not form.problem for form in found):
        problem = next((form.problem for form in found), "a form has no id")
        raise _not_a_list("forms", problem, "FIELDS")
    return found


def read_links(body: bytes) -> tuple[Link, ...]:
    """Parse the response of the links endpoint. Raises FormError if it is not a list of links."""
    entries = _entries(body, "links", "LINKS")
    links = tuple(link for entry in entries if (link := _link(entry)))
    if entries and not links:
        raise _not_a_list("links", "a link has no id", "LINKS")
    return links


def _entries(body: bytes, what: str, endpoint: str) -> list[Any]:
    """Return the entries of a list, of an object in place of a list, or of a list that is wrapped."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise _not_a_list(what, "it is not JSON", endpoint) from None
    if isinstance(data, dict):
        data = next((data[key] for key in _WRAPPERS if isinstance(data.get(key), list | dict)), data)
    entries = _as_list(data)
    if entries is None or any(not isinstance(entry, dict | None) for entry in entries):
        raise _not_a_list(what, "the top level", endpoint)
    return [entry for entry in entries if entry]


def _not_a_list(what: str, problem: str, endpoint: str) -> FormError:
    return FormError(
        f"The platform's response is not a list of {what} ({problem}).",
        f"Check UPLOADER_BASE_URL and UPLOADER_ENDPOINTS__{endpoint}.",
    )


def _as_list(data: Any) -> list[Any] | None:
    """Return a list, or the values of PHP's object in place of a list; None for anything else."""
    if isinstance(data, list):
        return data
    if isinstance(data, dict) and data and all(str(key).isdecimal() for key in data):
        return list(data.values())
    return None


def _form(entry: dict[str, Any]) -> Form | None:
    form_id = _id(entry, ("formId", "id", "form_id"))
    if form_id is None:
        return None
    name = _text(entry.get("formName")) or _text(entry.get("name"))
    fields = _fields(entry.get("fields"))
    if fields is None:
        return Form(form_id, name, problem=f"the fields of form {form_id} cannot be read")
    return Form(form_id, name, fields)


def _fields(data: Any) -> tuple[FormField, ...] | None:
    """Return the fields of a form; None if any of them has no key, as it may be a required one."""
    entries: Sequence[Any] | None = _as_list(data)
    if entries is None and isinstance(data, dict):  # by key
        entries = [{**(value if isinstance(value, dict) else {}), "key": key} for key, value in data.items()]
    if entries is None:
        return None
    fields = [_field(entry) for entry in entries if entry is not None]
    return None if None in fields else tuple(field for field in fields if field)


def _field(entry: Any) -> FormField | None:
    if isinstance(entry, str) and entry.strip():
        return FormField(entry)
    if not isinstance(entry, dict):
        return None
    key = _text(entry.get("key")) or _text(entry.get("name"))
    required = entry.get("required")
    return FormField(key, _flag(entry.get("hidden")), None if required is None else _flag(required)) if key else None


def _link(entry: dict[str, Any]) -> Link | None:
    link_id = _id(entry, ("id", "linkId", "link_id"))
    if link_id is None:
        return None
    texts = (_text(entry.get(key)) for key in ("name", "channel", "destination"))
    name, channel, destination = texts
    return Link(link_id, name, channel or None, destination or None)


def _id(entry: dict[str, Any], keys: Sequence[str]) -> int | None:
    """Return an id, also one that is a string of digits."""
    values = [entry.get(key) for key in keys]
    return next((value for text in values if not isinstance(text, bool) and (value := _number(text))), None)


def _number(value: Any) -> int | None:
    return parse_whole_number(str(value), MAX_ID) if isinstance(value, int | str) else None


def _flag(value: Any) -> bool:
    return value.strip().casefold() in _TRUE if isinstance(value, str) else bool(value)


def _text(value: Any) -> str:
    """Return a text, the name of an object in place of a text, or an empty string."""
    if isinstance(value, dict):
        value = value.get("name")
    return value if isinstance(value, str) else str(value) if isinstance(value, int) and value is not True else ""
