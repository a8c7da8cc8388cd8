"""Where alarms are told: mail by SMTP and webhooks by HTTP, as the settings name them."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from gateway.alarms import words
from gateway.domain.alarm import Alarm, Edge
from gateway.settings import Settings, secret
from gateway.store.people.organisations import Tenant

LIMIT = 10.0  # seconds for one mail or one webhook
MAIL, WEBHOOK = "mail:", "webhook:"
UNTOLD = (OSError, smtplib.SMTPException, httpx.HTTPError)


class NotTold(Exception):
    """One place could not be told; ``code`` says why, never what it answered."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Mailer:
    """An SMTP server as ``alarm_smtp`` names it: ``smtp://``, ``smtp+starttls://`` or ``smtps://[user@]host[:port]``."""

    url: str
    sender: str
    password: str = ""

    def send(self, to: str, alarm: Alarm, edge: Edge) -> None:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, to
        message["Subject"] = words.subject_line(alarm, edge)
        message["Message-ID"] = f"<{alarm.id}.{edge}@laegebro>"  # the same at each try: a mailbox shows it once
        message.set_content(words.text(alarm, edge))
        with self._connected() as server:
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        place = urlsplit(self.url)
        host = place.hostname or ""
        if place.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, place.port or 465, timeout=LIMIT)
        else:
            server = smtplib.SMTP(host, place.port or 25, timeout=LIMIT)
        if place.scheme == "smtp+starttls":
            server.starttls()
        if place.username:
            server.login(place.username, self.password)
        return server


class Places:
    """All places of one gateway; a place's name holds no address that is secret."""

    def __init__(self, settings: Settings) -> None:
        self._mails = settings.alarm_mails
        self._webhooks = settings.alarm_webhook_list
        password = secret(settings.alarm_smtp_password) if settings.alarm_smtp_password else ""
        self._mailer = Mailer(settings.alarm_smtp, settings.alarm_mail_from, password)
        self._key = secret(settings.alarm_webhook_key).encode() if settings.alarm_webhook_key else b""

    def targets(self, tenants: Sequence[Tenant]) -> Mapping[UUID | None, Sequence[str]]:
        """Names of places: under None those of operations, told of every alarm; an organisation's own beside."""
        ours = [*(MAIL + to for to in self._mails), *(f"{WEBHOOK}{n}" for n in range(len(self._webhooks)))]
        told: dict[UUID | None, Sequence[str]] = {None: ours}
        if self._mailer.url:
            told.update({t.id: [MAIL + to for to in t.alarm_mails] for t in tenants})
        return told

    def tell(self, target: str, alarm: Alarm, edge: Edge) -> None:
        """``NotTold`` where it did not arrive."""
        try:
            if target.startswith(MAIL):
                self._mailer.send(target.removeprefix(MAIL), alarm, edge)
            else:
                self._post(int(target.removeprefix(WEBHOOK)), alarm, edge)
        except UNTOLD as fault:
            raise NotTold(type(fault).__name__) from None

    def _post(self, number: int, alarm: Alarm, edge: Edge) -> None:
        if number >= len(self._webhooks):
            return  # the settings name it no more
        body = json.dumps(words.document(alarm, edge), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{alarm.id}.{edge}"}
        if self._key:
            headers["X-Laegebro-Signature"] = "sha256=" + hmac.new(self._key, body, hashlib.sha256).hexdigest()
        answer = httpx.post(self._webhooks[number], content=body, headers=headers, timeout=LIMIT)
        if not answer.is_success:
            raise NotTold(f"http-{answer.status_code}")
