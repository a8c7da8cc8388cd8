"""Walking through a connection's configuration, whatever its shape. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def texts_in(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Place and words of every text in a configuration, however deep; those of a list share its place."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from texts_in(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts_in(inner, path)
    elif isinstance(value, str):
        yield path, value
