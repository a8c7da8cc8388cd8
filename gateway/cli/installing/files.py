"""From answers to files: the templates of ``config/deploy/one-machine`` with their ``{{NAMES}}`` replaced."""

from __future__ import annotations

import json
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from adapters.wire.oauth.client_key import new_client_key
from gateway.cli.installing.answers import PORTS, Answers
from gateway.domain.errors import ConfigFault
from gateway.settings import CONFIG, fresh_key

TEMPLATES = CONFIG / "deploy" / "one-machine"
_NAME = re.compile(r"\{\{([A-Z_]+)\}\}")
SECRET_FILE, FILE, FOLDER, PRIVATE_FOLDER = 0o600, 0o644, 0o755, 0o700
_KEYS = {"DATA_KEY": "data-1", "INDEX_KEY": "index", "CLIENT_KEY": "client.pem", "MEDIA_SECRET": "media"}
PRIVATE = ("roles.sql", "turnserver.conf")  # each holds a secret written out, for programs that read no reference


def write_all(folder: Path, answers: Answers) -> list[Path]:
    """The files, in the order of their names. ``ConfigFault`` names those that stand there already; none is written
    over."""
    made = _secrets(answers.database)
    values = _values(folder.resolve(), answers)
    told = _rendered(values) | {"turnserver.conf": _turnserver(values, made["secrets/turn"])}
    told["roles.sql"] = roles_sql(answers.database, made)
    if there := sorted(name for name in {**made, **told} if (folder / name).exists()):
        raise ConfigFault(*(f"{folder / name}: stands there already and is not written over" for name in there))
    try:
        for name, text in {**made, **told}.items():
            _write(folder / name, text, SECRET_FILE if name in made or name in PRIVATE else FILE)
    except OSError as fault:
        raise ConfigFault(f"{fault.filename or folder}: cannot be written ({fault.strerror})") from None
    return sorted(folder / name for name in {**made, **told})


def _write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(PRIVATE_FOLDER if path.parent.name == "secrets" else FOLDER, parents=True, exist_ok=True)
    path.touch(mode)
    path.write_text(text, encoding="utf-8")


def _secrets(database: str) -> dict[str, str]:
    """Fresh ones. PostgreSQL's passwords stand in a file of libpq's own (passfile)."""
    words = {role: secrets.token_urlsafe(24) for role in roles(database)}
    return {
        "secrets/data-1": fresh_key(),
        "secrets/index": fresh_key(),
        "secrets/media": secrets.token_urlsafe(48),
        "secrets/turn": secrets.token_urlsafe(32),
        "secrets/client.pem": new_client_key(),
        "secrets/pgpass": "".join(f"*:*:{database}:{role}:{word}\n" for role, word in words.items()),
    }


def roles(database: str) -> tuple[str, ...]:
    """The owner of the tables, who migrates; then those that the processes and people are."""
    return (database, f"{database}_web", f"{database}_worker", f"{database}_reader")


def roles_sql(database: str, made: Mapping[str, str]) -> str:
    """Statements for PostgreSQL's own administrator; safe to run again."""
    lines = ["-- Run by PostgreSQL's administrator: psql --file roles.sql"]
    for entry in made["secrets/pgpass"].splitlines():
        role, word = entry.split(":")[-2:]
        lines.append(_unless(f"CREATE ROLE {role}", f"pg_roles WHERE rolname = '{role}'"))
        rights = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
        lines.append(f"ALTER ROLE {role} {rights} PASSWORD '{word}';")
    create = f"CREATE DATABASE {database} OWNER {database} ENCODING ''UTF8'' TEMPLATE template0"
    lines.append(_unless(create, f"pg_database WHERE datname = '{database}'"))
    lines.append(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;")
    lines.append(f"GRANT CONNECT ON DATABASE {database} TO {', '.join(roles(database)[1:])};")
    return "\n".join(lines) + "\n"


def _unless(statement: str, there: str) -> str:
    """psql's way of saying IF NOT EXISTS where the statement itself has none."""
    return f"SELECT '{statement}' WHERE NOT EXISTS (SELECT FROM {there})\\gexec"  # noqa: S608 - names of our own


def _turnserver(values: Mapping[str, str], secret: str) -> str:
    """``config/deploy/turnserver.conf`` with this machine's addresses."""
    text = (CONFIG / "deploy" / "turnserver.conf").read_text(encoding="utf-8")
    own = {
        "listening-port": "TURN_PORT",
        "tls-listening-port": "TURNS_PORT",
        "cert": "CERTIFICATE",
        "pkey": "CERTIFICATE_KEY",
    }
    lines = [_with_value(line, own, values) for line in text.rstrip().splitlines()]
    address = values["MEDIA_ADDRESS"]
    more = [f"{key}={address}" for key in ("listening-ip", "relay-ip", "allowed-peer-ip")]
    return "\n".join([*lines, "", *more, f"static-auth-secret={secret}", ""])


def _with_value(line: str, own: Mapping[str, str], values: Mapping[str, str]) -> str:
    """``key=…`` with this machine's value where the key is one of ``own``."""
    key, equals, _ = line.partition("=")
    return f"{key}={values[own[key]]}" if equals and key in own else line


def _rendered(values: Mapping[str, str]) -> dict[str, str]:
    found = {str(file.relative_to(TEMPLATES)): file for file in sorted(TEMPLATES.rglob("*")) if file.is_file()}
    return {name: _filled(file, values, name.endswith(".toml")) for name, file in found.items()}


def _filled(template: Path, values: Mapping[str, str], quoted: bool) -> str:
    """A name that has no value is a fault of the template. In TOML texts are quoted, as JSON writes them."""

    def one(found: re.Match[str]) -> str:
        value = values[found[1]]
        return json.dumps(value, ensure_ascii=False) if quoted and value not in ("true", "false") else value

    return _NAME.sub(one, template.read_text(encoding="utf-8"))


def _values(folder: Path, answers: Answers) -> dict[str, str]:
    public, media = urlsplit(answers.public_url), urlsplit(answers.media_url)
    said = {name.upper(): str(value) for name, value in vars(answers).items()}
    ports = dict(zip(PORTS, answers.ports.split(","), strict=True))
    metrics = int(ports.pop("METRICS"))
    return {
        **said,
        **{f"{name}_PORT": number for name, number in ports.items()},
        **{f"{name}_METRICS_PORT": str(metrics + n) for n, name in enumerate(("RELAY", "WORKER", "LIVE"))},
        **{name: f"file:{folder}/secrets/{file}" for name, file in _KEYS.items()},
        **_databases(folder, answers),
        "DIR": str(folder),
        "BIN": str(Path(sys.executable).parent),
        "RUN": "/run",
        "LOG": "/var/log/nginx",
        "PUBLIC_HOST": public.hostname or "",
        "MEDIA_HOST": media.hostname or "",
        "PUBLIC_ORIGIN": answers.public_url,
        "MEDIA_ORIGIN": answers.media_url,
        "ENVIRONMENT": "demo" if answers.demo else "production",
        "SYNTHETIC": str(answers.demo).lower(),
        "ALARM_FROM": answers.alarm_mail,
    }


def _databases(folder: Path, answers: Answers) -> dict[str, str]:
    """Addresses of one database for its different roles; the passwords stand in libpq's own file. ``database_host`` is
    host:port, or the folder of PostgreSQL's socket."""
    host, file = answers.database_host, f"{folder}/secrets/pgpass"
    here = host.startswith(("/", "127.0.0.1", "localhost"))
    tls = "" if here else "&sslmode=verify-full&sslrootcert=system"
    place, more = ("", f"host={host}&") if host.startswith("/") else (host, "")
    base = f"{place}/{answers.database}?{more}passfile={file}{tls}"
    owner, web, worker, _ = (f"postgresql://{role}@{base}" for role in roles(answers.database))
    return {"OWNER_DATABASE_URL": owner, "DATABASE_URL": web, "WORKER_DATABASE_URL": worker}
