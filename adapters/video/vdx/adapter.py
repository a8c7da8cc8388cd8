"""One connection to VDX under our own client: a meeting for each call, found again by its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from adapters.video.vdx import mapping
from adapters.video.vdx.mapping import Json
from adapters.video.vdx.settings import Settings
from adapters.wire.answer import Answer, parse_json, refusal_of
from adapters.wire.http import PeerHttp
from adapters.wire.oauth.login import BackendServices, TokenAt
from adapters.wire.oauth.own_certificate import showing
from adapters.wire.transport import Transport
from gateway.domain.call_room import CallRoom, RoomStanding
from gateway.domain.errors import PeerBusy, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.peers.trial import Probe, TrialStep

ATTEMPTS = 3  # at one meeting: VDX found no unique short id (code 24) and asks to be asked again
RULES = (400, 406)  # both bring a detailed_error_code
SPEAKS = "VDX Video-API v2"
ACCEPT = {"Accept": "application/hal+json, application/json"}


class Adapter:
    """Implements ``ports.CallRooms``. Calls nobody until it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        secrets: Callable[[str], str],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name, self.settings = name, settings
        parts = urlsplit(settings.token_url)
        trust, limit = showing(settings.tls_certificate, settings.tls_key, secrets), settings.total_timeout
        self._login = PeerHttp(
            name, f"{parts.scheme}://{parts.netloc}", total_timeout=limit, transport=Transport(trust=trust)
        )
        client = settings.client(secrets)
        self._auth = auth = BackendServices(
            self._login, TokenAt(settings.token_url), client, settings.scope, clock=clock
        )
        self._http = PeerHttp(name, settings.base_url, total_timeout=limit, auth=auth, transport=Transport(trust=trust))

    def close_connections(self) -> None:
        self._http.close()
        self._login.close()

    def trial(self) -> Sequence[Probe]:
        return (
            Probe(TrialStep.LOGIN, self._auth.log_in, SPEAKS),
            Probe(TrialStep.METADATA, lambda: self._object(self._read("v2/info")), SPEAKS),
        )

    def open(self, key: UUID, at: datetime) -> CallRoom:
        """From the pool where there is one; a pool that is empty (20) gives a meeting of its own, which VDX provisions
        first. Any other refusal is final."""
        kinds = [mapping.POOL, mapping.NORMAL] if self.settings.pool else [mapping.NORMAL]
        for kind in kinds:
            code, made = self._asked(mapping.meeting_for(key, at, self.settings, kind))
            if made is not None:
                return self._room(made)
            if code == mapping.NOT_UNIQUE:
                return self._room(self._known(key))
            if code != mapping.POOL_EMPTY:
                raise PeerRefused(self.name, f"vdx-{code}")
        raise PeerBusy(self.name, f"vdx-{mapping.POOL_EMPTY}")

    def look(self, reference: str) -> CallRoom:
        meeting = self._meeting(reference)
        return CallRoom(reference, RoomStanding.GONE) if meeting is None else self._room(meeting)

    def close(self, reference: str, at: datetime) -> CallRoom:
        """A meeting that has no room yet is deleted; one that has is ended by its time, and VDX takes it down."""
        meeting = self._meeting(reference)
        if meeting is None:
            return CallRoom(reference, RoomStanding.GONE)
        scheduling = self._scheduling(meeting)
        status = scheduling.get("provisionStatus")
        if status == mapping.AWAITS:
            return self._deleted(reference)
        if status == mapping.PROVISIONED:
            self._ended(reference, at)
            return CallRoom(reference, RoomStanding.CLOSING)
        return self._whole(meeting, scheduling)

    def _asked(self, meeting: Json) -> tuple[int, Json | None]:
        """The meeting, or the code of the refusal."""
        for _ in range(ATTEMPTS):
            answer = self._http.send("POST", "v2/meetings", meeting, headers=ACCEPT, expect=RULES)
            if answer.status not in RULES:
                return 0, self._object(answer)
            code = self._code(answer)
            if code != mapping.TRY_AGAIN:
                return code, None
        raise PeerBusy(self.name, f"vdx-{mapping.TRY_AGAIN}")

    def _code(self, answer: Answer) -> int:
        """A refusal without a code is no word of VDX' own."""
        try:
            code = mapping.error_code(parse_json(answer.body))
        except ValueError:
            code = 0
        if not code:
            raise refusal_of(answer)
        return code

    def _known(self, key: UUID) -> Json:
        """The meeting that has the key already. Where VDX gave it a uuid of its own, it is found by its label."""
        found = self._meeting(str(key))
        if found is None:
            found = next(iter(self.labelled(key)), None)
        if found is None or not _has_key(found, key):
            raise PeerRefused(self.name, f"vdx-{mapping.NOT_UNIQUE}")
        return found

    def labelled(self, key: UUID) -> Sequence[Json]:
        """The meetings of that call that our client may see."""
        listed = self._read(f"v2/meetings?label={quote(str(key))}").json()
        return [each for each in listed if _has_key(each, key)] if isinstance(listed, list) else []

    def _deleted(self, reference: str) -> CallRoom:
        """Refused with 13 where VDX has begun to provision it meanwhile: then it is ended once that is done."""
        answer = self._http.send("DELETE", f"v2/meetings/{reference}", headers=ACCEPT, expect=(*RULES, 404))
        if answer.status not in RULES:
            return CallRoom(reference, RoomStanding.GONE)
        code = self._code(answer)
        if code != mapping.NOT_DELETABLE:
            raise PeerRefused(self.name, f"vdx-{code}")
        return CallRoom(reference, RoomStanding.PREPARING)

    def _ended(self, reference: str, at: datetime) -> None:
        answer = self._http.send(
            "PATCH", f"v2/meetings/{reference}", mapping.ending(at), headers=ACCEPT, expect=(*RULES, 404)
        )
        if answer.status in RULES and (code := self._code(answer)) != 12:  # 12: no longer provisioned
            raise PeerRefused(self.name, f"vdx-{code}")

    def _meeting(self, reference: str) -> Json | None:
        answer = self._http.get(f"v2/meetings/{reference}", headers=ACCEPT, expect=(404,))
        return None if answer.is_absence else self._object(answer)

    def _room(self, meeting: Json) -> CallRoom:
        return self._whole(meeting, self._scheduling(meeting))

    def _whole(self, meeting: Json, scheduling: Json) -> CallRoom:
        try:
            return mapping.room_of(meeting, scheduling, self.settings)
        except mapping.Unreadable as fault:
            code = str(fault)
        if code in mapping.PROBLEMS.values():
            raise PeerRefused(self.name, code)
        if code == "foreign-link":
            raise PeerIll(self.name, code)
        raise PeerUnclear(self.name, code)

    def _scheduling(self, meeting: Json) -> Json:
        """By the meeting's own link, else by its uuid."""
        links = meeting.get("_links")
        link = links.get("scheduling-info") if isinstance(links, dict) else None
        href = link.get("href") if isinstance(link, dict) else None
        within = isinstance(href, str) and href.startswith(f"{self._http.base_url}/")
        return self._object(self._read(str(href) if within else f"v2/scheduling-info/{mapping.id_of(meeting)}"))

    def _read(self, path: str) -> Answer:
        return self._http.get(path, headers=ACCEPT)

    def _object(self, answer: Answer) -> Json:
        found = answer.json()
        if not isinstance(found, dict):
            raise answer.unreadable()
        return found


def _has_key(meeting: Any, key: UUID) -> bool:
    return isinstance(meeting, dict) and meeting.get("externalId") == str(key)
