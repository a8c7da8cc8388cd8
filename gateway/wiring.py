"""Introduces everybody to everybody: the only module that knows store, services and adapters together."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from uuid import UUID

from sqlalchemy import Engine

from gateway.access import Access, SessionLimits
from gateway.domain.errors import NotFound
from gateway.domain.organisation import Organisation
from gateway.domain.practice import danish_day
from gateway.domain.records import Signature
from gateway.domain.register_age import RegisterAge
from gateway.logs import log
from gateway.machine import RandomIds
from gateway.masterdata import layouts, resolver, sikrede
from gateway.peers.building import Books, Workshop
from gateway.peers.connected import ConnectedPeers
from gateway.rate_limits import RateLimits
from gateway.services.act import Ports
from gateway.services.whose import Sources
from gateway.settings import Settings, secret
from gateway.store.consultation.entry_shelf import SqlEntryShelf
from gateway.store.consultation.erasure import SqlErasure
from gateway.store.consultation.letters import SqlLetterBook
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.consultation.store import SqlConsultationStore
from gateway.store.consultation.workplaces import SqlWorkplaceBook
from gateway.store.doors.subscriptions import SqlSubscriptionBook
from gateway.store.doors.tokens import SqlFhirTokens
from gateway.store.ground import signing
from gateway.store.ground.clock import DatabaseClock
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import open_engine
from gateway.store.ground.faults import DatabaseFault
from gateway.store.matters.books import MattersBooks
from gateway.store.peers.answers import SqlAnswerBook, SqlPeerAnswers
from gateway.store.peers.connections import SqlConnectionBook
from gateway.store.peers.contract_runs import SqlContractRuns
from gateway.store.peers.drafts import SqlDraftBook
from gateway.store.peers.health import SqlConnectionHealth
from gateway.store.peers.polling import SqlPollBook
from gateway.store.people.books import PeopleBooks
from gateway.store.people.organisations import Tenant
from gateway.store.practice.practices import SqlPracticeBook
from gateway.store.register.insured import SqlInsuredRegister
from gateway.store.register.providers import SqlProviderDirectory
from gateway.store.register.sor import SqlSorDirectory
from gateway.store.stills.shelf import SqlStillShelf
from gateway.store.trail.keeping import SqlAuditKeeping
from gateway.store.trail.sealing import SqlSealing
from gateway.store.trail.verifying import SqlVerifying
from gateway.store.watch.books import WatchBooks
from gateway.wake import Wake
from gateway.waking import WakingStore

BELIEVED = 5.0


@dataclass
class Gateway(PeopleBooks, WatchBooks, MattersBooks):
    """One process's set of parts, built once from the settings."""

    settings: Settings

    def signed(self, signature: Signature) -> Gateway:
        """The same parts in an administrator's hand: whatever they write carries its audit row (signing.py)."""
        return self._over(signing.signed(self.engine, signature, self.vault if signature.name else None))

    def to_read(self) -> Gateway:
        """The same parts, which refuse to write."""
        return self._over(signing.reading(self.engine))

    def _over(self, engine: Engine) -> Gateway:
        other = Gateway(self.settings)
        other.engine, other.clock = engine, self.clock
        return other

    @cached_property
    def clock(self) -> DatabaseClock:
        return DatabaseClock(self.engine)

    @cached_property
    def ids(self) -> RandomIds:
        return RandomIds()

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.settings.database_url)

    @cached_property
    def vault(self) -> Vault:
        s = self.settings
        keys = {name: s.key_bytes(ref) for name, ref in s.former_data_keys.items()}
        keys[s.data_key_id] = s.key_bytes(s.data_key)
        return Vault(keys, s.data_key_id, s.key_bytes(s.index_key))

    @cached_property
    def wake(self) -> Wake:
        return Wake(self.settings.redis_url)

    @cached_property
    def rate_limits(self) -> RateLimits:
        return RateLimits(self.settings.redis_url, self.vault.index, self.settings.rate_factor)

    @cached_property
    def store(self) -> SqlConsultationStore:
        kept, drafts = (partial(self._kept, what) for what in ("text_days", "draft_days"))
        store = WakingStore(self.engine, self.vault, kept=kept, drafts_kept=drafts)
        store.wake = self.wake
        return store

    def _kept(self, what: str, tenant: UUID) -> timedelta | None:
        with suppress(NotFound):
            return self.tenant(tenant).kept(what)
        return None

    @cached_property
    def workplaces(self) -> SqlWorkplaceBook:
        return SqlWorkplaceBook(self.engine, self.vault)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.engine)

    @cached_property
    def erasure(self) -> SqlErasure:
        return SqlErasure(self.engine, self.vault)

    @cached_property
    def stills(self) -> SqlStillShelf:
        return SqlStillShelf(self.engine, self.vault)

    @cached_property
    def sealing(self) -> SqlSealing:
        return SqlSealing(self.engine)

    @cached_property
    def verifying(self) -> SqlVerifying:
        return SqlVerifying(self.engine)

    @cached_property
    def audit_keeping(self) -> SqlAuditKeeping:
        return SqlAuditKeeping(self.engine)

    @cached_property
    def providers(self) -> SqlProviderDirectory:
        return SqlProviderDirectory(self.engine, layouts.opened_yderregister)

    @cached_property
    def insured(self) -> SqlInsuredRegister:
        return SqlInsuredRegister(self.engine, self.vault, sikrede.opened)

    @cached_property
    def sor(self) -> SqlSorDirectory:
        return SqlSorDirectory(self.engine, layouts.opened_sor)

    def register_ages(self) -> tuple[RegisterAge, ...]:
        """Every register, imported or not, as old as it is today in Denmark."""
        s, today = self.settings, danish_day(self.clock.now())
        providers, sor, insured = self.providers.status(), self.sor.status(), self.insured.status()
        return (
            RegisterAge("yderregister", providers.opgdato if providers else None, today, s.yderregister_days),
            RegisterAge("sor", sor.as_of if sor else None, today, s.sor_days),
            RegisterAge("sikrede", insured.as_of if insured else None, today, s.sikrede_days),
        )

    def sources(self, tenant: UUID) -> Sources:
        """Whom a launch of that tenant may ask for the citizen's own doctor."""
        national = self.peers.national_lookup(tenant, self.organisation(tenant).synthetic)
        return Sources(resolver.resolve, self.insured, national)

    @cached_property
    def practices(self) -> SqlPracticeBook:
        return SqlPracticeBook(self.engine)

    @cached_property
    def connections(self) -> SqlConnectionBook:
        return SqlConnectionBook(self.engine)

    @cached_property
    def drafts(self) -> SqlDraftBook:
        return SqlDraftBook(self.engine)

    @cached_property
    def contract_runs(self) -> SqlContractRuns:
        return SqlContractRuns(self.engine)

    @cached_property
    def health(self) -> SqlConnectionHealth:
        return SqlConnectionHealth(self.engine)

    @cached_property
    def entry_shelf(self) -> SqlEntryShelf:
        return SqlEntryShelf(self.engine, self.vault)

    @cached_property
    def fhir_tokens(self) -> SqlFhirTokens:
        return SqlFhirTokens(self.engine)

    @cached_property
    def subscriptions(self) -> SqlSubscriptionBook:
        return SqlSubscriptionBook(self.engine, self.vault)

    @cached_property
    def peer_answers(self) -> SqlPeerAnswers:
        return SqlPeerAnswers(self.engine)

    @cached_property
    def access(self) -> Access:
        s = self.settings
        limits = SessionLimits(
            timedelta(hours=s.session_hours), s.session_idle_minutes, timedelta(hours=s.clinic_session_hours)
        )
        return Access(self, limits, self._form_token)

    def _form_token(self, person: str) -> str:
        return self.vault.index("form-token", person).hex()

    @cached_property
    def peers(self) -> ConnectedPeers:
        books = Books(self.connections, self.practices, SqlPollBook(self.engine))
        workshop = Workshop(self.subscriptions.publish, self.letters, self.sor)
        return ConnectedPeers(self.settings, books, workshop, self.clock, self.organisation)

    @cached_property
    def letters(self) -> SqlLetterBook:
        return SqlLetterBook(self.engine, self.vault)

    @cached_property
    def letter_answers(self) -> SqlAnswerBook:
        return SqlAnswerBook(self.engine)

    @cached_property
    def ports(self) -> Ports:
        """What an act may ask (services/act.py)."""
        known = (self.store, self.clock, self.ids, self.practices, self.providers)
        return Ports(*known, self.organisation, self.peers.announcing)

    def build_peers(self) -> None:
        """Build every connected adapter now; where the database is away, each is built at its first use."""
        try:
            self.peers.build_all()
        except DatabaseFault:
            log(__name__).warning("peers-not-built-yet")

    @cached_property
    def media_secret(self) -> str:
        return secret(self.settings.media_secret)

    @cached_property
    def _tenants_seen(self) -> dict[UUID, tuple[float, Tenant, Organisation]]:
        return {}

    def organisation(self, tenant: UUID) -> Organisation:
        """The tenant as the services need it, believed for ``BELIEVED`` seconds."""
        return self._tenant_seen(tenant)[2]

    def tenant(self, tenant: UUID) -> Tenant:
        """As it was set up, believed as long."""
        return self._tenant_seen(tenant)[1]

    def _tenant_seen(self, tenant: UUID) -> tuple[float, Tenant, Organisation]:
        known = self._tenants_seen.get(tenant)
        if known is None or time.monotonic() - known[0] > BELIEVED:
            found = self.organisations.tenant(tenant)
            if found is None:
                raise NotFound("tenant")
            known = self._tenants_seen[tenant] = (time.monotonic(), found, found.organisation)
        return known
