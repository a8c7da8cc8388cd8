"""What an authorization server says no with (RFC 6749 §5.2, §4.1.2.1)."""


class OAuthRefused(Exception):
    """`code` is the protocol's error word; `description` helps the client's developer and holds no secrets."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code, description, status)
        self.code = code
        self.description = description
        self.status = status
