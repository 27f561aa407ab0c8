"""What can be set: by flag, environment, `.env`, profile in `uploader.toml`, keyring, else by default."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    Field,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from uploader.config.api_variants import PUBLISHER_V2_5, RELATIVES, ApiVariant, Endpoints
from uploader.config.base_url import LOOPBACK, address
from uploader.config.duration import age
from uploader.config.keyring import KEPT
from uploader.config.profiles import default_home, folder, read_profile
from uploader.config.quota import Quota, read_quota
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError

PREFIX = "UPLOADER_"


OptionalQuota = Annotated[Quota | None, NoDecode]  # read by its validator, not as JSON
Seconds = Annotated[float, Field(gt=0, lt=1e9)]

# The enterprise that the sandbox plays; its port is another one each time.
REHEARSAL = "sandbox"

# What an API does not do that lacks an endpoint.
LACKS = {"result": "does not tell what became of leads", "leads": "does not list a campaign's leads"}


class Settings(BaseSettings):
    """Everything that is not in the mapping. Secrets never show in `repr` or in an error."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, extra="ignore"
    )

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
    rate_limit: OptionalQuota = Quota(3000, 300)
    login_rate_limit: OptionalQuota = Quota(100, 300)
    result_rate_limit: OptionalQuota = Quota(1400, 300)
    timeout: Seconds = 60
    connect_timeout: Seconds = 10
    patience: Seconds = 120
    result_pause: Seconds = 5
    result_patience: Seconds = 1800
    home: Path = Field(default_factory=default_home)
    endpoints: Endpoints = Field(default_factory=Endpoints)
    ca_bundle: Path | None = None
    retention: timedelta | None = None
    _stated_by: dict[str, str] = PrivateAttr(default_factory=dict)
    _platform_flags: PlatformFlags = PrivateAttr(default=PlatformFlags())

    @field_validator("api")
    @classmethod
    def _api(cls, value: str) -> str:
        if value not in RELATIVES:
            raise ValueError(f"{value!r} is none of {', '.join(RELATIVES)}{did_you_mean(value, RELATIVES)}")
        return value

    @model_validator(mode="after")
    def _complete_endpoints(self) -> Self:
        given = self.endpoints.model_dump(exclude_none=True)
        self.endpoints = self.relative.endpoints.model_copy(update=given)
        return self

    @field_validator("*", mode="before")
    @classmethod
    def _trimmed(cls, value: object, info: ValidationInfo) -> object:
        """No credential begins or ends with a blank or a line's end; where it was pasted from there is one. Passwords
        are people's. Only a path may hold bytes that are no text."""
        if isinstance(value, str) and info.field_name not in {"home", "ca_bundle"} and value != wire_text(value):
            raise ValueError("it is no text: write it in UTF-8")
        return value.strip() if isinstance(value, str) and info.field_name != "password" else value

    @field_validator("rate_limit", "login_rate_limit", "result_rate_limit", mode="before")
    @classmethod
    def _quota(cls, value: object) -> object:
        return value if value is None or isinstance(value, Quota) else read_quota(str(value))

    @field_validator("retention", mode="before")
    @classmethod
    def _retention(cls, value: object) -> object:
        if value is None or isinstance(value, timedelta):
            return value
        kept = age(str(value)) if value != "" else None  # a number is no number of seconds
        if kept == timedelta(0):
            raise ValueError("at least 1d: a report is mended and retried the day after")
        return kept

    @field_validator("home")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return folder(value)

    @field_validator("enterprise")
    @classmethod
    def _enterprise(cls, value: str) -> str:
        if value and not re.fullmatch(r"[A-Za-z0-9-]+", value):
            raise ValueError("give only the name that stands before .cvtr.io")
        return value.lower()

    @property
    def url(self) -> str:
        """The base URL as `address` writes it. Raises UsageError when it is incomplete, or none to send leads to."""
        if "{enterprise}" in self.base_url and not self.enterprise:
            raise UsageError("No enterprise is set.", "Set UPLOADER_ENTERPRISE to the name before .cvtr.io.")
        return address(self.base_url.replace("{enterprise}", self.enterprise))

    @property
    def scope(self) -> str:
        """What the ledger keeps leads under: the name before `.cvtr.io` wherever that was set, else the host.

        The address alone decides, so that a rehearsal under an enterprise's name is not taken for the real thing.
        """
        place = urlsplit(self.url)
        return REHEARSAL if self.is_sandbox else place.netloc.removesuffix(".cvtr.io")

    @property
    def is_sandbox(self) -> bool:
        """Whether the platform is a sandbox on this machine, in this process or another."""
        return self.enterprise == REHEARSAL and urlsplit(self.url).hostname in LOOPBACK

    @property
    def stated_by(self) -> Mapping[str, str]:
        """The settings that came from a "flag" or the "keyring"."""
        return self._stated_by

    @property
    def platform_flags(self) -> PlatformFlags:
        """The flags with which these settings were chosen, for commands that reports suggest."""
        return self._platform_flags

    def set_platform_flags(self, flags: PlatformFlags) -> None:
        """Record the flags with which these settings were chosen."""
        self._platform_flags = flags

    def note_stated(self, by: Mapping[str, str]) -> None:
        """Notes which settings came from there."""
        self._stated_by = {**by}

    @property
    def relative(self) -> ApiVariant:
        """The API that is spoken."""
        return RELATIVES[self.api]

    @property
    def secrets(self) -> dict[str, str]:
        """What must be shown nowhere, by setting, in plain text."""
        return {name: value.get_secret_value() for name, value in self if isinstance(value, SecretStr)}

    @property
    def credentials(self) -> dict[str, str]:
        """Everything that a login can need, by setting, secrets in plain text: for requests alone."""
        known = {"grant_type": self.grant_type, "client_id": self.client_id, "username": self.username}
        return {**known, **self.secrets}

    @property
    def account(self) -> tuple[str, ...]:
        """What tells accounts, and so limits, apart: the address and credentials, in plain text."""
        return (self.url, *(self.credentials[name] for name in self.relative.account))

    def endpoint(self, name: str) -> str:
        """The path template of an endpoint. Raises UsageError when the API has none."""
        template: str | None = getattr(self.endpoints, name)
        if template is None:
            raise UsageError(
                f"{self.api} {LACKS.get(name, f'has no address for {name!r}')}.",
                f"Use another of the APIs (UPLOADER_API), or set {env_name('endpoints')}__{name.upper()}.",
            )
        return template

    @property
    def missing_credentials(self) -> list[str]:
        """Which of client id, client secret and API key are not set."""
        secrets = (self.client_id, self.client_secret.get_secret_value(), self.api_key.get_secret_value())
        return [name for name, value in zip(KEPT, secrets, strict=True) if not value]

    @property
    def lacks_kept(self) -> bool:
        """Whether something is missing, for this API, that the keyring may have."""
        return any(set(names) & set(KEPT) for names in self.relative.missing(self.credentials))

    def require_credentials(self) -> None:
        """Raises UsageError that names every credential that is missing for this API."""
        missing = [", ".join(map(env_name, names)) for names in self.relative.missing(self.credentials)]
        if missing:
            raise UsageError(
                f"Missing: {'; or '.join(missing)}.",
                f"Set them in the environment or in .env here, or `{uploader_command('login')}`; "
                "--sandbox rehearses without.",
            )
        if bool(self.username) != bool(self.password.get_secret_value()) and self.relative.logins:
            raise UsageError("Only one of UPLOADER_USERNAME and UPLOADER_PASSWORD is set.", "Set both or none.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, `.env`, profile: the first that has a value wins."""
        return init_settings, env_settings, dotenv_settings, ProfileSource(settings_cls)


class ProfileSource(PydanticBaseSettingsSource):
    """The profile in `uploader.toml`. Which one, and where UPLOADER_HOME is, the sources before it have said."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: the table is given as a whole."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The profile's values. Raises UsageError for a profile or a setting that does not exist."""
        profile = read_profile(self.current_state.get("profile"), self.current_state.get("home"))
        unknown = sorted(set(profile.values) - set(Settings.model_fields))
        if unknown:
            told = ", ".join(f"{name}{did_you_mean(name, Settings.model_fields)}" for name in unknown)
            raise UsageError(
                f"{profile.file} has what is no setting: {told}",
                "The names are those of the environment without UPLOADER_, in lower case.",
            )
        return profile.values


def wire_text(text: str) -> str:
    """As it could be sent: bytes that the system could not read as text show as ?."""
    return text.encode("utf-8", "replace").decode()


def env_name(setting: str) -> str:
    """`client_id` -> `UPLOADER_CLIENT_ID`."""
    return PREFIX + setting.upper()
