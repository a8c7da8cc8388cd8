"""What a run needs before its processes: keys made for it alone, and the file that connects everybody."""

from __future__ import annotations

import base64
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

PASSWORD = "videodemo"  # noqa: S105 - the documented demo word of invented people
ROLES = (
    ("Sygeplejerske", "licensed"),
    ("Social- og sundhedsassistent", "licensed"),
    ("Social- og sundhedshjælper", "other"),
    ("Fysioterapeut", "licensed"),
)
CONSOLE = {
    "laegebro-integration": "integration",
    "laegebro-support": "support",
    "laegebro-arbejdssted": "workplace",
    "laegebro-opsaetning": "setup",
    "laegebro-logkontrol": "log-review",
}
OPERATOR = {"laegebro-operator": "operator"}
USERS = Path(__file__).parent.parent / "identity" / "users.toml"
REGISTER = Path(__file__).parent.parent / "registers" / "yderregister-demo.xml"


def secrets_for_a_run() -> dict[str, str]:
    """Environment variables with fresh keys; nothing of them is written to a file."""
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {
        "LAEGEBRO_SECRET_DATA_1": base64.b64encode(secrets.token_bytes(32)).decode(),
        "LAEGEBRO_SECRET_INDEX": base64.b64encode(secrets.token_bytes(32)).decode(),
        "LAEGEBRO_SECRET_MEDIA": secrets.token_urlsafe(48),
        "LAEGEBRO_SECRET_CLIENT": pem.decode(),
    }


INVENTED, REAL = "synthetic = true", "synthetic = false"


def connections_toml(gateway: str, eoj: str, gp: str, idp: str, *, synthetic: bool = True) -> str:
    """Three organisations, two clinics (Lægerne Torvet inside its own system, Lægehuset Havnen in the browser), and
    the operator, whose people log in to the console alone.

    Not ``synthetic``: the same organisations as if they were real, so that official test numbers are refused.
    """
    people = tomllib.loads(USERS.read_text(encoding="utf-8"))["organisation"]
    employers = [o for o in people if o["kind"] not in ("clinic", "operator")]
    clinics = [o for o in people if o["kind"] == "clinic"]
    parts = [_tenant(o) for o in employers]
    parts += [_clinic(o) for o in clinics]
    parts += [_login(o, idp, f'tenant = "{o["cvr"]}"', "laegebro-start") + _console(CONSOLE) for o in employers]
    parts += [_login(o, idp, f'clinic = "{o["name"]}"', "laegebro-clinic") for o in clinics]
    parts += [_login(o, idp, "", "laegebro-operator") + _console(OPERATOR) for o in people if o["kind"] == "operator"]
    parts += [_care_system(employers[0], eoj), _signed(employers[0], eoj, gateway), _practice_system(gp)]
    parts += ['[[connection]]\nname = "venteværelse"\nkind = "gp_system"\nadapter = "browser"\nsynthetic = true\n']
    parts += [_practice("034835", ["gp-torvet"]), _practice("047155", ["gp-torvet"])]
    parts += [_practice("012041", ["venteværelse"])]
    text = "\n".join(parts)
    return text if synthetic else text.replace(INVENTED, REAL)


def national_look_up(nsp: str, keys: Path) -> str:
    """The operator's agreement on the national look-up, with the keys the simulator has written for its caller."""
    return f"""
[[connection]]
name = "det-gode-cpr-opslag"
kind = "register"
adapter = "dgcpr"
synthetic = true
[connection.settings]
address = "{nsp}/stamdata-cpr-ws/service/DetGodeCPROpslag-1.0.4"
sts_address = "{nsp}/sts/services/NewSecurityTokenService"
sts_issuer = "SIM-STS"
sts_certificates = "file:{keys}/sts.pem"
certificate = "file:{keys}/caller.pem"
key = "file:{keys}/caller.key"
organisation_cvr = "99110007"
organisation_name = "Fjordby Kommune"
"""


def _tenant(organisation: Mapping[str, Any]) -> str:
    places = "\n".join(f'[[tenant.workplace]]\nname = "{u["workplace"]}"' for u in organisation["users"])
    roles = ", ".join(f'["{text}", "{category}"]' for text, category in ROLES)
    return f"""[[tenant]]
name = "{organisation["name"]}"
cvr = "{organisation["cvr"]}"
type = "{organisation["kind"]}"
synthetic = true
[tenant.settings]
roles = [{roles}]
unlocked_handover = true
consent_wording = "2026-1"
support_name = "Digital support, {organisation["name"]}"
support_phone = "99 00 01 99"
{places}
"""


def _clinic(organisation: Mapping[str, Any]) -> str:
    numbers = ", ".join(f'"{n}"' for n in organisation["ydernumre"])
    return f'[[clinic]]\nname = "{organisation["name"]}"\nydernumre = [{numbers}]\nsynthetic = true\n'


def _login(organisation: Mapping[str, Any], idp: str, owner: str, right: str) -> str:
    return f"""[[connection]]
name = "login-{organisation["realm"]}"
label = "{organisation["name"]}"
kind = "identity"
adapter = "oidc"
{owner}
synthetic = true
[connection.settings]
issuer = "{idp}/realms/{organisation["realm"]}"
client_id = "laegebro"
right = "{right}"
subject_claim = "employee_id"
role_claim = "title"
workplace_claim = "workplace"
"""


def _console(roles: Mapping[str, str]) -> str:
    """The organisation's own roles that open the console."""
    return "[connection.settings.console]\n" + "".join(f'{theirs} = "{ours}"\n' for theirs, ours in roles.items())


def _care_system(organisation: Mapping[str, Any], eoj: str) -> str:
    return f"""[[connection]]
name = "eoj-{organisation["realm"]}"
label = "Fjordjournalen"
kind = "eoj"
adapter = "smart_fhir"
tenant = "{organisation["cvr"]}"
synthetic = true
[connection.settings]
issuer = "{eoj}/fhir"
client_id = "laegebro"
client_key = "env:LAEGEBRO_SECRET_CLIENT"
employee_claim = "employee_id"
organisation_cvr = "{organisation["cvr"]}"
"""


def _signed(organisation: Mapping[str, Any], eoj: str, gateway: str) -> str:
    return f"""[[connection]]
name = "eoj-{organisation["realm"]}-signed"
label = "Fjordjournalen"
kind = "eoj"
adapter = "signed_launch"
tenant = "{organisation["cvr"]}"
synthetic = true
[connection.settings]
issuer = "{eoj}"
audience = "{gateway}"
jwks_url = "{eoj}/.well-known/jwks.json"
write_back = "eoj-{organisation["realm"]}"
organisation_cvr = "{organisation["cvr"]}"
"""


def _practice_system(gp: str) -> str:
    return f"""[[connection]]
name = "gp-torvet"
label = "Torvets lægesystem"
kind = "gp_system"
adapter = "fhir_r4"
synthetic = true
[connection.settings]
base_url = "{gp}/fhir"
client_id = "laegebro"
client_key = "env:LAEGEBRO_SECRET_CLIENT"
quiet_period = 4
poll_interval = 2
"""


def _practice(ydernummer: str, routes: list[str]) -> str:
    named = ", ".join(f'"{r}"' for r in routes)
    return f"""[[practice]]
ydernummer = "{ydernummer}"
routes = [{named}]
direct_phone = "99 00 08 35"
synthetic = true
hours = {{ always = true }}
"""
