"""Settings of every gateway process: one TOML file, overruled by the environment, secrets as references.

Everything is validated before a process starts; all faults are reported at once as ``ConfigFault``.
"""

from __future__ import annotations

import base64
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.domain.alarm_places import require_tellable
from gateway.domain.errors import ConfigFault

DEFAULT_FILE = Path(__file__).parent.parent / "config" / "gateway.toml"
PREFIX = "LAEGEBRO_"


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or text.endswith("/"):
        raise ValueError("must start with http:// or https:// and end without a slash")
    return text


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Settings(BaseModel):
    """Frozen; field names are the TOML keys, ``LAEGEBRO_<NAME>`` the environment's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["production", "demo"] = "production"
    public_url: HttpUrl
    live_url: HttpUrl
    media_url: HttpUrl
    database_url: str
    redis_url: str
    data_key: str
    data_key_id: str = "1"
    former_data_keys: dict[str, str] = Field(default_factory=dict)
    index_key: str
    media_secret: str
    client_key: str
    lease_seconds: float = Field(30, gt=0)
    poll_seconds: float = Field(3, gt=0)
    quiet_seconds: float = Field(120, gt=0)
    session_hours: int = Field(10, ge=1, le=24)
    session_idle_minutes: int = Field(30, ge=1)
    clinic_session_hours: int = Field(12, ge=1, le=24)
    yderregister_days: int = Field(35, ge=1)  # after so many days a register is too old
    sor_days: int = Field(8, ge=1)
    sikrede_days: int = Field(35, ge=1)

    # alarms (docs/operating.md)
    alarm_mail_to: str = ""  # addresses, with commas between
    alarm_mail_from: str = ""
    alarm_smtp: str = ""
    alarm_smtp_password: str = ""
    alarm_webhooks: str = ""  # addresses, with blanks between
    alarm_webhook_key: str = ""
    alarm_overdue_minutes: float = Field(5, gt=0)
    alarm_unknown_minutes: float = Field(15, gt=0)
    alarm_ill_seconds: float = Field(60, gt=0)
    alarm_silent_seconds: float = Field(60, ge=15)

    @model_validator(mode="after")
    def _alarms_can_be_told(self) -> Settings:
        require_tellable(self.alarm_smtp, self.alarm_mail_from, self.alarm_mails, self.alarm_webhook_list)
        return self

    @property
    def alarm_mails(self) -> list[str]:
        return [to.strip() for to in self.alarm_mail_to.split(",") if to.strip()]

    @property
    def alarm_webhook_list(self) -> list[str]:
        return self.alarm_webhooks.split()

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    def key_bytes(self, reference: str) -> bytes:
        """32 key bytes behind a reference; a wrong length is a ``ConfigFault``."""
        try:
            raw = base64.b64decode(secret(reference), validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise ConfigFault(f"{reference}: must hold 32 bytes in base64")
        return raw


def secret(reference: str) -> str:
    """The value behind ``env:NAME`` or ``file:/path``; anything else is refused: no secret sits in our own files."""
    scheme, _, rest = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(rest)
        if not value:
            raise ConfigFault(f"{reference}: the environment variable is not set")
        return value
    if scheme == "file":
        try:
            return Path(rest).read_text(encoding="utf-8").strip()
        except OSError as fault:
            raise ConfigFault(f"{reference}: cannot be read ({fault.strerror})") from fault
    # Not repeated, not even in part: what stands here is likely to be the secret itself.
    raise ConfigFault("secret reference: must be env:NAME or file:/path, not a value")


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the file and the environment; raises ``ConfigFault`` with one line per fault."""
    env = os.environ if environ is None else environ
    path = file or Path(env.get(f"{PREFIX}CONFIG", DEFAULT_FILE))
    values = _read(path)
    for name in Settings.model_fields:
        overruled = env.get(PREFIX + name.upper())
        if overruled is not None:
            values[name] = overruled
    try:
        return Settings.model_validate(values)
    except ValidationError as fault:
        lines = [_line(e) for e in fault.errors(include_input=False)]
        raise ConfigFault(*lines) from None


def _line(fault: Any) -> str:
    """A check over several fields names them itself."""
    where, said = ".".join(str(part) for part in fault["loc"]), str(fault["msg"])
    return f"{where}: {said}" if where else said.removeprefix("Value error, ")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigFault(f"{path.name}: cannot be read ({fault.strerror})") from fault
    except tomllib.TOMLDecodeError as fault:
        raise ConfigFault(f"{path.name}: {fault}") from fault
