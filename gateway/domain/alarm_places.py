"""Whether the places that alarms are told to can be reached as they are written; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
SMTP = ("smtp", "smtp+starttls", "smtps")


def require_tellable(smtp: str, sender: str, mails: Sequence[str], webhooks: Sequence[str]) -> None:
    """``ValueError`` with the name of each setting that is wrong, and what it must be."""
    faults = [f"alarm_mail_to: {to} is no address" for to in mails if not is_address(to)]
    if mails and not smtp:
        faults.append("alarm_smtp: is needed where alarm_mail_to is set")
    if smtp and not _is_smtp(smtp):
        faults.append("alarm_smtp: must be smtp://, smtp+starttls:// or smtps:// with a host, without a password")
    if smtp and not is_address(sender):
        faults.append("alarm_mail_from: must be an address where alarm_smtp is set")
    for number, url in enumerate(webhooks, 1):
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            faults.append(f"alarm_webhooks: number {number} must start with http:// or https:// and name a host")
    if faults:
        raise ValueError("\n".join(faults))


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text) is not None


def _is_smtp(url: str) -> bool:
    place = urlsplit(url)
    return place.scheme in SMTP and bool(place.hostname) and place.password is None
