"""Identity providers: one OpenID Connect realm per organisation."""
