"""Settings of every gateway process: one TOML file, overruled by the environment, secrets as references.

Everything is validated before a process starts; all faults are reported at once as ``ConfigFault``.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.domain.alarm_places import require_tellable
from gateway.domain.errors import ConfigFault

_PLACES = (Path(__file__).parent / "config", Path(__file__).parent.parent / "config")  # an installed wheel; a clone
CONFIG = next((place for place in _PLACES if place.is_dir()), _PLACES[0])
DEFAULT_FILE = CONFIG / "gateway.toml"
PREFIX = "LAEGEBRO_"
_ORIGIN: Final = re.compile(
    r"https?://(?:(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
)
_PORTS: Final = {"http": 80, "https": 443}


def _http_url(text: str) -> str:
    if not text.startswith(("http://", "https://")) or text.endswith("/"):
        raise ValueError("must start with http:// or https:// and end without a slash")
    return text


HttpUrl = Annotated[str, AfterValidator(_http_url)]


def require_origin(name: str, text: str) -> None:
    """Raises ``ValueError`` naming the setting. Anything more would change the policy it is written into."""
    if not _ORIGIN.fullmatch(text):
        raise ValueError(f"{name}: must be http(s)://host, perhaps with a port; https://*.host for all of a domain")


def covers(allowed: str, url: str) -> bool:
    """Whether ``allowed`` is the origin ``url``, or covers its host."""
    if not _ORIGIN.fullmatch(url) or "*" in url:
        return False
    wanted, given = urlsplit(allowed), urlsplit(url)
    if wanted.scheme != given.scheme or _port(allowed) != _port(url):
        return False
    host, own = wanted.hostname or "", given.hostname or ""
    return own.endswith(host[1:]) and own != host[1:] if host.startswith("*.") else own == host


def _port(url: str) -> int:
    found = _ORIGIN.fullmatch(url)
    return int(found["port"] or _PORTS[urlsplit(url).scheme]) if found else 0


class Settings(BaseModel):
    """Frozen; field names are the TOML keys, ``LAEGEBRO_<NAME>`` the environment's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["production", "demo"] = "production"
    public_url: HttpUrl
    live_url: HttpUrl
    media_url: HttpUrl
    media_urls: str = ""  # of further media processes, with blanks between; https://*.host for all of a domain
    database_url: str
    owner_database_url: str = ""  # who owns the tables, where that is another role: for what changes the schema
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
    proxies: int = Field(1, ge=0, le=9)  # reverse proxies in front: so many addresses of X-Forwarded-For are theirs
    rate_factor: float = Field(1, gt=0)  # every rate times this (rate_limits.py)
    yderregister_days: int = Field(35, ge=1)  # after so many days a register is too old
    sor_days: int = Field(8, ge=1)
    sikrede_days: int = Field(35, ge=1)

    # whom people of clinics, and those who are not logged in, can call
    support_name: str = ""
    support_phone: str = ""
    support_mail: str = ""
    support_link: str = ""

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
    alarm_slow_seconds: float = Field(10, gt=0)
    alarm_clock_seconds: float = Field(30, gt=0)
    alarm_disk_percent: int = Field(10, ge=0, le=100)

    # what connections made in the console may lead to (docs/operating.md)
    console_networks: str = ""  # internal nets, as CIDR with blanks between; none: public addresses only
    console_secrets: str = ""  # folder with one below it for each owner; "" = no new reference to a secret
    production_hosts: str = ""  # hosts that no test connection may lead to, with blanks between

    subprocessors: str = ""  # as the console's record says it: "Name: what they get; Name: …"

    # the audit trail (docs/operating.md)
    audit_key: str = ""
    audit_heads: str = ""
    audit_syslog: str = ""
    audit_syslog_ca: str = ""

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

    @model_validator(mode="after")
    def _lines_are_safe(self) -> Settings:
        """In production pages and their news share a host, and nothing crosses a net in clear. All faults at once."""
        faults = [f"{name}: {words}" for name, words in _unsafe(self)] if self.environment == "production" else []
        if faults:
            raise ValueError("\n".join(faults))
        return self

    @property
    def subprocessor_list(self) -> list[tuple[str, str]]:
        """Each with what it gets."""
        parts = (each.partition(":") for each in self.subprocessors.split(";") if each.strip())
        return [(name.strip(), what.strip()) for name, _, what in parts]

    @model_validator(mode="after")
    def _console_networks_are_nets(self) -> Settings:
        for each in self.console_networks.split():
            try:
                ip_network(each)
            except ValueError:
                raise ValueError("console_networks: must be nets as 10.20.0.0/16, with blanks between") from None
        return self

    @model_validator(mode="after")
    def _media_urls_are_origins(self) -> Settings:
        for url in self.media_urls.split():
            require_origin("media_urls", url)
        return self

    @property
    def media_url_list(self) -> list[str]:
        """Where pages may find a media process."""
        return [self.media_url, *self.media_urls.split()]

    def is_media_origin(self, url: str) -> bool:
        return any(covers(allowed, url) for allowed in self.media_url_list)

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def live_host(self) -> str:
        """The session's cookie belongs to the host of ``public_url``: a stream elsewhere would get none."""
        return urlsplit(self.live_url).hostname or ""

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    def cookie(self, name: str) -> str:
        """The name as it is on the wire: bound to this host wherever the line is encrypted (gateway/web/cookies.py)."""
        return f"__Host-{name}" if self.secure_cookies else name

    def key_bytes(self, reference: str) -> bytes:
        """32 key bytes behind a reference; a wrong length is a ``ConfigFault``."""
        try:
            raw = base64.b64decode(secret(reference), validate=True)
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise ConfigFault(f"{reference}: must hold 32 bytes in base64")
        return raw


def fresh_key() -> str:
    """32 random bytes as ``data_key`` and ``index_key`` hold them."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _unsafe(settings: Settings) -> Iterator[tuple[str, str]]:
    """What production must not say: lines to other machines that are not encrypted, a stream no cookie reaches."""
    if settings.live_host != settings.public_host:
        yield "live_url", "must be on the host of public_url"
    addresses = [(name, getattr(settings, name)) for name in ("public_url", "live_url", "media_url")]
    for name, url in [*addresses, *(("media_urls", each) for each in settings.media_urls.split())]:
        address = urlsplit(url)
        if address.scheme != "https" and not _is_this_machine(address.hostname or ""):
            yield name, "must be https in production"
    redis = urlsplit(settings.redis_url)
    if redis.scheme == "redis" and not _is_this_machine(redis.hostname or "localhost"):
        yield "redis_url", "must be rediss:// to another machine in production"
    database = urlsplit(settings.database_url)
    hosts = [database.hostname or "", *parse_qs(database.query).get("host", [])]
    encrypted = parse_qs(database.query).get("sslmode", [""])[-1] in ("require", "verify-ca", "verify-full")
    far = [host for host in hosts if host and not host.startswith("/") and not _is_this_machine(host)]
    if database.scheme.startswith("postgresql") and far and not encrypted:
        yield "database_url", "must say sslmode=verify-full, verify-ca or require to another machine in production"


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


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
        raise ConfigFault(*(line for each in fault.errors(include_input=False) for line in _lines(each))) from None


def _lines(fault: Any) -> Iterator[str]:
    """A fault of one field with its name; those of the whole name theirs themselves."""
    place = ".".join(str(part) for part in fault["loc"])
    if place:
        yield f"{place}: {fault['msg']}"
    else:
        yield from fault["msg"].removeprefix("Value error, ").splitlines()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigFault(f"{path.name}: cannot be read ({fault.strerror})") from fault
    except tomllib.TOMLDecodeError as fault:
        raise ConfigFault(f"{path.name}: {fault}") from fault
