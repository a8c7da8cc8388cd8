"""The door for a peer's XML: what is let in, and that whatever is meant to hurt is refused before it can."""

from __future__ import annotations

import resource

import pytest

from adapters.wire.xml import SIZE_LIMIT, XmlRefused, parse_xml, text_of

BOMB = b'<!DOCTYPE a [<!ENTITY x "ha">' + b"".join(
    f'<!ENTITY x{n} "{f"&x{n - 1};" * 10 if n else "&x;" * 10}">'.encode() for n in range(9)
)
ATTACKS = {
    "billion laughs": (BOMB + b"]><a>&x8;</a>", "doctype"),
    "quadratic": (b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 10_000 + b"</a>", "doctype"),
    "a file": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "doctype"),
    "the network": (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>', "doctype"),
    "lower case": (b"<!doctype a><a/>", "doctype"),
    "after a comment": (b"<?xml version='1.0'?><!-- hello --><!DOCTYPE a><a/>", "doctype"),
    "an entity nobody declared": (b"<a>&x;</a>", "well-formed"),
    "UTF-16": ("<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE a><a/>".encode("utf-16"), "encoding"),
    "UTF-16 without its mark": ("<!DOCTYPE a><a/>".encode("utf-16-le"), "encoding"),
    "UTF-7": (b"<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE a><a/>", "encoding"),
    "EBCDIC": (b"<?xml version='1.0' encoding='cp037'?><a/>", "encoding"),
    "200,000 deep": (b"<a>" * 140_000 + b"</a>" * 140_000, "well-formed"),
    "too long": (b"<a>" + b"x" * SIZE_LIMIT + b"</a>", "size"),
    "a huge attribute": (b'<a b="' + b"x" * (SIZE_LIMIT - 10) + b'"', "well-formed"),
    "nothing": (b"", "empty"),
    "no XML": (b"Planlagt vedligehold", "well-formed"),
    "two roots": (b"<a/><b/>", "well-formed"),
    "a null byte": (b"<a>\x00</a>", "encoding"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_meant_to_hurt_is_refused(name: str) -> None:
    content, reason = ATTACKS[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(XmlRefused) as refusal:
        parse_xml(content, size_limit=max(SIZE_LIMIT, 1_100_000) if name == "200,000 deep" else SIZE_LIMIT)
    assert refusal.value.reason == reason
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kilobytes


def test_the_refusal_says_nothing_of_the_document() -> None:
    with pytest.raises(XmlRefused) as refusal:
        parse_xml(b"<a>0201609995<b></a>")
    assert "0201609995" not in str(refusal.value) and refusal.value.__cause__ is None
    assert refusal.value.__context__ is None


def test_comments_and_instructions_cut_no_text_in_two() -> None:
    root = parse_xml(b"<a><b>019<!-- x -->062<?y z?>1</b></a>")
    assert text_of(root, "b") == "0190621"


def test_danish_letters_survive_the_old_encoding() -> None:
    root = parse_xml("<?xml version='1.0' encoding='ISO-8859-1'?><a>Lægehuset Ådal</a>".encode("latin-1"))
    assert root.text == "Lægehuset Ådal"


def test_text_of_an_element_with_elements_is_no_text() -> None:
    root = parse_xml(b"<a><b>1<c/></b><d> 2 </d></a>")
    assert [text_of(root, "b"), text_of(root, "d"), text_of(root, "e"), text_of(None, "d")] == ["", "2", "", ""]
