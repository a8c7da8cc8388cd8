"""An organisation's or clinic's own login by OpenID Connect (code flow, PKCE, nonce)."""

from adapters.identity.oidc.adapter import OidcProvider
from adapters.identity.oidc.settings import Settings

Adapter = OidcProvider

__all__ = ["Adapter", "OidcProvider", "Settings"]
