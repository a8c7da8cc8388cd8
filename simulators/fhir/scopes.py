"""What a token lets its bearer do (SMART App Launch 2.x scopes, and the older read/write words)."""

import re

_SCOPE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]*|\*)\.(c?r?u?d?s?|read|write|\*)")
_OLD_WORDS = {"read": "rs", "write": "cud", "*": "cruds"}


def allowed(scope: str, kind: str, letter: str) -> set[str]:
    """The contexts (`patient`, `user`, `system`) in which `letter` (c, r, u, d or s) is granted for this type."""
    contexts = set()
    for word in scope.split():
        match = _SCOPE.fullmatch(word.split("?")[0])
        if match is None:
            continue
        context, of, rights = match.groups()
        if of in (kind, "*") and letter in _OLD_WORDS.get(rights, rights):
            contexts.add(context)
    return contexts


def granted(requested: str, contexts: set[str]) -> str:
    """The part of a request this server gives: known words, and resource scopes in the contexts of the flow."""
    plain = {"openid", "fhirUser", "profile", "launch", "launch/patient"} if "system" not in contexts else set()
    kept = []
    for word in requested.split():
        match = _SCOPE.fullmatch(word)
        if word in plain or (match is not None and match.group(1) in contexts):
            kept.append(word)
    return " ".join(kept)
