"""A list of who looked as a PDF: a citizen's own, or a month's sample. Apart, so that only whoever asks for one loads
ReportLab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Protocol
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer


class Told(Protocol):
    """A title, what the list is, its lines under headings, and what stands below."""

    @property
    def title(self) -> str: ...

    def introduction(self) -> Iterable[str]: ...

    def days(self) -> Iterable[tuple[str, Sequence[str]]]: ...

    def rights(self) -> str: ...


def as_pdf(told: Told) -> bytes:
    """A4, with the standard fonts; a letter they do not have is written as a question mark."""
    out, style = BytesIO(), getSampleStyleSheet()
    document = SimpleDocTemplate(out, pagesize=A4, title=told.title, author="Lægebro", lang="da")
    parts: list[Flowable] = [Paragraph(told.title, style["Title"])]
    parts += [Paragraph(_printable(each), style["BodyText"]) for each in told.introduction()]
    for day, sentences in told.days():
        parts.append(Paragraph(_printable(day), style["Heading3"]))
        parts += [Paragraph(_printable(each), style["BodyText"]) for each in sentences]
    parts += [Spacer(1, 12), Paragraph(_printable(told.rights()), style["BodyText"])]
    document.build(parts)
    return out.getvalue()


def _printable(text: str) -> str:
    return escape(text.encode("cp1252", "replace").decode("cp1252"))
