"""The settings: their types, defaults and checks. Where they come from is in `sources.py`."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from uploader.config.api_variants import API_VARIANTS, PUBLISHER_V2_5, ApiVariant, Endpoints
from uploader.config.base_url import is_loopback, normalize_base_url
from uploader.config.keyring import KEPT
from uploader.config.ledger_place import LedgerPlace, parse_ledger_url, parse_team_key
from uploader.config.sources import SECRETS, env_name
from uploader.config.user import absolute_path, default_home
from uploader.config.value_types import Quota, parse_age, parse_quota
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError

Seconds = Annotated[float, Field(gt=0, lt=1e9)]

SANDBOX = "sandbox"  # the enterprise of the sandbox, whose port differs each time
LIVE_SANDBOX = "sandbox.cvtr.io"
# What an API variant without an endpoint cannot do.
MISSING_ENDPOINT = {"result": "does not report validation results", "leads": "does not list a campaign's leads"}


class Settings(BaseModel):
    """Everything that is not in the mapping. Secrets never show in `repr` or in an error."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    profile: str | None = None
    api: str = PUBLISHER_V2_5.name
    enterprise: str = ""
    base_url: str = "https://{enterprise}.cvtr.io"
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    api_key: SecretStr = SecretStr("")
    grant_type: str = "https://convertr.cvtr.io/grants/api_key"
    username: str = ""
    password: SecretStr = SecretStr("")
    campaign_api_key: SecretStr = SecretStr("")
    publisher_id: PositiveInt | None = None
    concurrency: int = Field(default=8, ge=1, le=100)
    rate_limit: Quota | None = Quota(3000, 300)
    login_rate_limit: Quota | None = Quota(100, 300)
    result_rate_limit: Quota | None = Quota(1400, 300)
    timeout: Seconds = 60
    connect_timeout: Seconds = 10
    patience: Seconds = 120
    result_pause: Seconds = 5
    result_patience: Seconds = 1800
    home: Path = Field(default_factory=default_home)
    ledger: SecretStr = SecretStr("")
    team_key: SecretStr = SecretStr("")
    endpoints: Endpoints = Field(default_factory=Endpoints)
    proxy: SecretStr = SecretStr("")
    ca_bundle: Path | None = None
    retention: timedelta | None = None
    _sources: dict[str, str] = PrivateAttr(default_factory=dict)
    _unknown_names: tuple[str, ...] = PrivateAttr(default=())
    _platform_flags: PlatformFlags = PrivateAttr(default=PlatformFlags())

    @field_validator("api")
    @classmethod
    def _api(cls, value: str) -> str:
        if value not in API_VARIANTS:
            known = ", ".join(API_VARIANTS)
            raise ValueError(f"unknown API variant {value!r} (known: {known}){did_you_mean(value, API_VARIANTS)}")
        return value

    @model_validator(mode="after")
    def _complete_endpoints(self) -> Self:
        given = self.endpoints.model_dump(exclude_none=True)
        self.endpoints = self.api_variant.endpoints.model_copy(update=given)
        return self

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object, info: ValidationInfo) -> object:
        """Remove blanks and line ends that were pasted with a value; a password may have them.

        Only a path may have bytes that are not text.
        """
        if isinstance(value, str) and info.field_name not in {"home", "ca_bundle"} and value != wire_text(value):
            raise ValueError("it is not valid text; write it in UTF-8")
        return value.strip() if isinstance(value, str) and info.field_name != "password" else value

    @field_validator("rate_limit", "login_rate_limit", "result_rate_limit", mode="before")
    @classmethod
    def _quota(cls, value: object) -> object:
        return value if value is None or isinstance(value, Quota) else parse_quota(str(value))

    @field_validator("retention", mode="before")
    @classmethod
    def _retention(cls, value: object) -> object:
        if value is None or isinstance(value, timedelta):
            return value
        age = parse_age(str(value)) if value != "" else None  # a plain number would be taken for seconds
        if age == timedelta(0):
            raise ValueError("use at least 1d, so that reports can still be fixed and retried")
        return age

    @field_validator("ledger", "team_key", mode="before")
    @classmethod
    def _shared_ledger(cls, value: object, info: ValidationInfo) -> object:
        parse = parse_ledger_url if info.field_name == "ledger" else parse_team_key
        return parse(value) if isinstance(value, str) else value

    @field_validator("home")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return absolute_path(value)

    @field_validator("enterprise")
    @classmethod
    def _enterprise(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9-]+", value):
            raise ValueError("use only the name before .cvtr.io")
        return value.lower()

    @field_validator("proxy", mode="before")
    @classmethod
    def _proxy(cls, value: object) -> object:
        if isinstance(value, str) and value.strip().lower() not in {"", "off"}:
            try:
                parts = urlsplit(value.strip())
                is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
            except ValueError:
                is_valid = False
            if not is_valid:
                raise ValueError("write it as http://HOST:PORT, or 'off' to use no proxy")
        return value

    @property
    def proxy_url(self) -> str | None:
        """The proxy for the platform; None for a direct connection. It may hold a password.

        Without the setting it is the system's (HTTPS_PROXY, NO_PROXY). This machine is never reached through a proxy.
        """
        parts = urlsplit(self.url)
        given = self.proxy.get_secret_value()
        if is_loopback(self.url) or given.lower() == "off":
            return None
        if given:
            return given
        proxy = getproxies().get(parts.scheme)
        return None if not proxy or proxy_bypass(parts.netloc) else proxy

    @property
    def ledger_place(self) -> LedgerPlace:
        """Where the ledger is."""
        url, key = self.ledger.get_secret_value(), self.team_key.get_secret_value()
        return LedgerPlace(self.home, url, key, self.is_sandbox)

    @property
    def lacks_enterprise(self) -> bool:
        """Whether the base URL needs an enterprise that is not set."""
        return "{enterprise}" in self.base_url and not self.enterprise

    @property
    def url(self) -> str:
        """The base URL, normalized. Raises UsageError if it is incomplete or invalid."""
        if self.lacks_enterprise:
            raise UsageError("No enterprise is set.", "Set UPLOADER_ENTERPRISE to the name before .cvtr.io.")
        return normalize_base_url(self.base_url.replace("{enterprise}", self.enterprise))

    @property
    def scope(self) -> str:
        """The platform's name in the ledger: the name before `.cvtr.io`, else the host.

        A sandbox under an enterprise's name is not taken for the platform, nor an enterprise called "sandbox" for one.
        """
        place = urlsplit(self.url).netloc
        return SANDBOX if self.is_sandbox else place if place == LIVE_SANDBOX else place.removesuffix(".cvtr.io")

    @property
    def is_sandbox(self) -> bool:
        """Whether the platform is a sandbox on this machine."""
        return self.enterprise == SANDBOX and is_loopback(self.base_url)

    def source_of(self, name: str) -> str:
        """Return where a setting comes from: "flag", "environment", ".env", a file and its profile, or "default"."""
        return self._sources.get(name, "default")

    def value_of(self, name: str) -> Any:
        """Return the value of one of `SETTING_NAMES`, such as `endpoints__lead`."""
        outer, _, inner = name.partition("__")
        value = getattr(self, outer)
        return getattr(value, inner) if inner else value

    @property
    def unknown_names(self) -> tuple[str, ...]:
        """Names that look like settings but are none, with the nearest setting and where they are."""
        return self._unknown_names

    def set_sources(self, sources: Mapping[str, str], unknown_names: Sequence[str]) -> None:
        """Record where the settings come from, and names that are not settings."""
        self._sources, self._unknown_names = dict(sources), tuple(unknown_names)

    @property
    def platform_flags(self) -> PlatformFlags:
        """The flags with which these settings were chosen, for commands that reports suggest."""
        return self._platform_flags

    def set_platform_flags(self, flags: PlatformFlags) -> None:
        """Record the flags with which these settings were chosen."""
        self._platform_flags = flags

    @property
    def api_variant(self) -> ApiVariant:
        """The API variant in use."""
        return API_VARIANTS[self.api]

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets by setting, in plain text. Never show them."""
        return {name: value.get_secret_value() for name, value in self if name in SECRETS}

    @property
    def credentials(self) -> dict[str, str]:
        """Everything that a login can need by setting, secrets in plain text. Only for requests."""
        return {"grant_type": self.grant_type, "client_id": self.client_id, "username": self.username, **self.secrets}

    @property
    def account(self) -> tuple[str, ...]:
        """What identifies the account that a quota belongs to: address and credentials, in plain text."""
        return (self.url, *(self.credentials[name] for name in self.api_variant.account))

    def endpoint(self, name: str) -> str:
        """Return the path template of an endpoint. Raises UsageError if the API variant has none."""
        template: str | None = getattr(self.endpoints, name)
        if template is None:
            raise UsageError(
                f"{self.api} {MISSING_ENDPOINT.get(name, f'has no endpoint {name!r}')}.",
                f"Use another API variant (UPLOADER_API), or set {env_name('endpoints')}__{name.upper()}.",
            )
        return template

    @property
    def missing_credentials(self) -> list[str]:
        """Which of client id, client secret and API key are not set."""
        secrets = (self.client_id, self.client_secret.get_secret_value(), self.api_key.get_secret_value())
        return [name for name, value in zip(KEPT, secrets, strict=True) if not value]

    @property
    def lacks_kept(self) -> bool:
        """Whether credentials are missing that the keyring may have."""
        return any(set(names) & set(KEPT) for names in self.api_variant.missing(self.credentials))

    def require_complete(self) -> None:
        """Raise UsageError that names everything missing at once: the enterprise and the credentials."""
        if "{enterprise}" in self.base_url and not self.enterprise:
            credentials = self._missing_logins()
            also = f" Also missing: {credentials}." if credentials else ""
            raise UsageError(f"Missing: UPLOADER_ENTERPRISE (the name before .cvtr.io).{also}", _setup_hint())
        self.require_credentials()

    def require_credentials(self) -> None:
        """Raise UsageError that names every missing credential."""
        if missing := self._missing_logins():
            raise UsageError(f"Missing: {missing}.", _setup_hint())
        if bool(self.username) != bool(self.password.get_secret_value()) and self.api_variant.logins:
            raise UsageError("Only one of UPLOADER_USERNAME and UPLOADER_PASSWORD is set.", "Set both, or neither.")

    def _missing_logins(self) -> str:
        """Return the missing credentials of each way to log in, those with a password last; empty if none."""
        ways = sorted(self.api_variant.missing(self.credentials), key=lambda names: "password" in names)
        return "; or ".join(", ".join(map(env_name, names)) for names in ways)


def _setup_hint() -> str:
    """Return how to set what is missing. Only with the package `keyring` is there a keyring to log in with."""
    needs = "" if find_spec("keyring") else " (needs the extra `keyring`)"
    return (
        f"Set it in the environment or in .env; or for credentials, run `{uploader_command('login')}`{needs}. "
        f"See docs/settings.md, and check with `{uploader_command('doctor')}`. "
        "To practice without credentials, add --sandbox."
    )


def wire_text(text: str) -> str:
    """Return text as it can be sent: bytes that the system could not decode become `?`."""
    return text.encode("utf-8", "replace").decode()
