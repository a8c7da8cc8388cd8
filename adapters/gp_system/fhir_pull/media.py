"""Media types with their parameters: ``charset`` says nothing new, ``fhirVersion`` must be ours (R4 §3.1.0.1.10–11).
Pure."""

from __future__ import annotations

from collections.abc import Collection

VERSIONS = ("4.0", "4.0.1", "4")


def accepts(accept: str, written: Collection[str]) -> bool:
    """Whether one of the ranges of an Accept header takes one of those types (RFC 9110 §12.5.1)."""
    return any(_takes(each, written) for each in _split(accept))


def _takes(media_range: str, written: Collection[str]) -> bool:
    kind, parameters = _read(media_range)
    families = {each.split("/")[0] + "/*" for each in written}
    named = kind in {*written, *families, "*/*"}
    return named and _is_ours(parameters) and not _is_refused(parameters.get("q", "1"))


def is_readable(content_type: str, read: Collection[str]) -> bool:
    """A body of one of those types, in UTF-8 (R4 §2.6.2), and of our version where it says one."""
    kind, parameters = _read(content_type)
    charset = parameters.get("charset", "utf-8").lower().replace("_", "-")
    return kind in read and charset in ("utf-8", "utf8", "us-ascii") and _is_ours(parameters)


def _is_ours(parameters: dict[str, str]) -> bool:
    return parameters.get("fhirversion", "4.0") in VERSIONS


def _is_refused(quality: str) -> bool:
    try:
        return float(quality) <= 0
    except ValueError:
        return False


def _read(text: str) -> tuple[str, dict[str, str]]:
    """The type, and its parameters by name in small letters."""
    kind, *rest = _split(text, ";") or [""]
    pairs = (each.partition("=") for each in rest)
    return kind.strip().lower(), {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _split(header: str, at: str = ",") -> list[str]:
    """At signs that stand in no quotes."""
    parts, quoted = [""], False
    for sign in header:
        quoted ^= sign == '"'
        if sign == at and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return [each for each in parts if each.strip()]
