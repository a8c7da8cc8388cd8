"""Our own rules over the source, beside ruff's S rules (flake8-bandit): each finds lines that must not be there.

A rule is a function of one node of a module; it answers what is wrong, or nothing. ``EXCUSED`` names the lines that may
stand, each with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping

from tests.architecture.source import PRODUCT, modules, name_of, nodes_of

Rule = Callable[[ast.AST], bool]
PERSONAL = {"cpr", "citizen", "identifier", "birth_date", "employee_text", "clinic_text", "actor_name", "record_ref"}
EXCUSED: Mapping[str, Mapping[str, str]] = {
    "parses_xml": {
        "adapters/wire/xml.py": "the one parser: no entities, no network, no DTD",
        "gateway/masterdata/hardened.py": "registers read in pieces; a DTD is refused before the parser",
        "adapters/wire/xmlschema.py": "our own schema files, with the same parser",
    },
    "hashes_weakly": {
        "adapters/wire/dgws/idcard.py": "the fingerprint that DGWS 1.0.1 prescribes, not a protection",
        "adapters/wire/oauth/client_key.py": "x5t, the name of a certificate (RFC 7515 §4.1.7), beside x5t#S256",
    },
    "guesses": {
        "workers/task.py": "spreads retries; guards nothing",
        "gateway/store/consultation/outbox.py": "spreads retries; guards nothing",
    },
    "waits_for_ever": {"gateway/certify/mllp_network.py": "a test line on this machine, ended by the certification"},
    "builds_a_pattern": {
        "adapters/wire/er7.py": "the mark is re.escape of one character",
        "gateway/domain/identifiers.py": "made once, of constants of that module",
        "adapters/wire/trial/shown.py": "made once, of constants of that module",
    },
}


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of a name or attribute; empty where it is neither."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value) or '?'}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def called(node: ast.AST) -> str:
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def keywords(node: ast.AST) -> dict[str, ast.expr]:
    return {k.arg: k.value for k in node.keywords if k.arg} if isinstance(node, ast.Call) else {}


def imports(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def runs_text(node: ast.AST) -> bool:
    """Code, templates or objects made from text."""
    names = {"eval", "exec", "compile", "render_template_string", "jinja2.Template", "yaml.load", "__import__"}
    return called(node) in names or bool(imports(node) & {"pickle", "marshal", "shelve", "dill", "jsonpickle"})


def asks_a_shell(node: ast.AST) -> bool:
    shell = keywords(node).get("shell")
    return called(node) in {"os.system", "os.popen"} or (shell is not None and not is_false(shell))


def believes_any_certificate(node: ast.AST) -> bool:
    given = keywords(node)
    if is_false(given.get("verify")) or is_false(given.get("check_hostname")):
        return True
    if isinstance(node, ast.Assign) and is_false(node.value):
        return any(dotted(target).endswith("check_hostname") for target in node.targets)
    return dotted(node).endswith(("CERT_NONE", "_create_unverified_context"))


def parses_xml(node: ast.AST) -> bool:
    parsers = {"fromstring", "parse", "XMLParser", "iterparse", "XML", "XMLPullParser", "fromstringlist"}
    name = called(node)
    if name.startswith("etree.") and name.removeprefix("etree.") in parsers:
        return True
    libraries = ("xml.etree", "xml.dom", "xml.parsers", "defusedxml", "xmltodict", "lxml.html", "lxml.objectify")
    strange = {name for name in imports(node) if name.startswith("xml.sax") and "saxutils" not in name} - {"xml.sax"}
    return bool(strange) or any(name.startswith(libraries) for name in imports(node))


def hashes_weakly(node: ast.AST) -> bool:
    return called(node) in {"hashlib.md5", "hashlib.sha1", "hashlib.new", "hashes.MD5", "hashes.SHA1"}


def guesses(node: ast.AST) -> bool:
    return bool(imports(node) & {"random"}) or called(node).startswith(("random.", "numpy.random"))


def waits_for_ever(node: ast.AST) -> bool:
    """A line to another machine without a limit of time."""
    name, given = called(node), keywords(node)
    web = {"httpx." + each for each in ("Client", "AsyncClient", "get", "post", "put", "request", "stream")}
    if name in web | {"aiohttp.ClientSession", "ClientSession", "smtplib.SMTP", "smtplib.SMTP_SSL", "urlopen"}:
        return "timeout" not in given or is_none(given["timeout"])
    if name == "socket.create_connection":
        return isinstance(node, ast.Call) and len(node.args) < 2 and "timeout" not in given
    return name.endswith("Redis.from_url") and not {"socket_timeout", "socket_connect_timeout"} & set(given)


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def tells_of_a_person(node: ast.AST) -> bool:
    """Somebody's number, name or text handed to a log line, a metric, a job or Redis."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    sink = node.func.attr
    of_a_log = sink in {"debug", "info", "warning", "error", "exception"} and called(node.func.value) == "log"
    of_redis = "redis" in dotted(node.func.value).lower() and sink in {
        "set",
        "setex",
        "publish",
        "hset",
        "lpush",
        "get",
    }
    if not (of_a_log or of_redis or sink in {"labels", "send_task", "apply_async", "delay"}):
        return False
    handed = [*node.args, *(keyword.value for keyword in node.keywords)]
    return any(names_a_person(part) for each in handed for part in ast.walk(each))


def names_a_person(node: ast.AST) -> bool:
    word = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return word in PERSONAL


def enciphers_by_other_means(node: ast.AST) -> bool:
    """Cipher libraries beside the one we use, and its modes without authentication."""
    strange = ("Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "jwt", "M2Crypto", "OpenSSL")
    low = "cryptography.hazmat.primitives.ciphers."
    return any(
        name.split(".")[0] in strange or (name.startswith(low) and not name.startswith(f"{low}aead"))
        for name in imports(node)
    )


def builds_a_pattern(node: ast.AST) -> bool:
    name = called(node)
    if not name.startswith("re.") or name == "re.escape" or not isinstance(node, ast.Call) or not node.args:
        return False
    return isinstance(node.args[0], ast.JoinedStr)


def asks_a_document(node: ast.AST) -> bool:
    """XPath made of values."""
    if not called(node).endswith((".xpath", ".XPath")) or not isinstance(node, ast.Call) or not node.args:
        return False
    return not isinstance(node.args[0], ast.Constant)


RULES: tuple[Rule, ...] = (
    runs_text, asks_a_shell, believes_any_certificate, parses_xml, hashes_weakly, guesses, waits_for_ever,
    tells_of_a_person, enciphers_by_other_means, builds_a_pattern, asks_a_document,
)  # fmt: skip


def found_by(rule: Rule) -> Iterator[str]:
    """``file:line`` of everything in the product that the rule refuses and nobody has excused."""
    for path in modules(*PRODUCT):
        name = name_of(path)
        if name not in EXCUSED.get(rule.__name__, {}):
            yield from (f"{name}:{getattr(node, 'lineno', 0)}" for node in nodes_of(path) if rule(node))
