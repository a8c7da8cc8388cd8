"""Keys and tokens: ES256 signatures over claims, and the public half as a key set (RFC 7517, RFC 7518 §3.4)."""

import json
import time
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

Json = dict[str, Any]


class SigningKey:
    """An EC P-256 key made at start, or kept in a file so that a restart does not break pinned keys."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self.kid = key.thumbprint()

    @classmethod
    def generated(cls) -> "SigningKey":
        return cls(ECKey.generate_key("P-256"))

    @classmethod
    def kept_in(cls, path: str | None) -> "SigningKey":
        """The key in `path`, written there first if there is none; without a path a new key each start."""
        if path is None:
            return cls.generated()
        file = Path(path)
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=True)))
        return cls(ECKey.import_key(json.loads(file.read_text())))

    def sign(self, claims: Json, typ: str = "JWT", kid: str = "") -> str:
        """``kid``: under another key's name."""
        return jwt.encode({"alg": "ES256", "kid": kid or self.kid, "typ": typ}, claims, self._key)

    def verify(self, token: str) -> Json:
        """The claims of a token this key signed; raises joserfc's errors otherwise."""
        return dict(jwt.decode(token, self._key, algorithms=["ES256"]).claims)

    def public_jwks(self) -> Json:
        return {"keys": [{**self._key.as_dict(private=False), "kid": self.kid, "alg": "ES256", "use": "sig"}]}


def issued_now(lifetime: int) -> Json:
    """The two time claims."""
    now = int(time.time())
    return {"iat": now, "exp": now + lifetime}
