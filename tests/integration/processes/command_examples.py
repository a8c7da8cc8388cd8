"""Each command of ``laegebro`` once: on a world where it has something to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from gateway.connecting import maintaining, second_person, upgrading
from gateway.connecting.second_person import Wanted
from gateway.domain.identifiers import Cpr
from gateway.domain.log_review.review import Judgement, bounds
from gateway.domain.note import review
from gateway.domain.note.still import StillRefusal
from gateway.domain.oversight import RiskyAct
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.maintenance import Hours, Plan
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import danish_day
from gateway.domain.records import AuditRow, Signature
from gateway.domain.scope import SystemScope
from gateway.domain.uptake.statistics import months_over
from gateway.domain.wish import Wish, WishKind
from gateway.matters import reviewing
from gateway.matters.incidents import Span
from gateway.matters.setup import deciding
from gateway.store.consultation.tables import consultation_key
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import Stanza
from gateway.store.people.organisations import Workplace
from gateway.store.watch.key_copies import SqlKeyCopies
from gateway.wiring import Gateway
from tests.support.clinic_world import TENANTS
from tests.support.consultations import NURSE, PRACTICE, draft, placed
from tests.unit.domain.stories import STILL, in_review, pictured
from tests.unit.masterdata import register_files

WHO, WHY = "anna", "sag 4711"
# Commands that reach no database of ours: they start a program, make files, or try a vendor's system on a database
# made for the run.
ELSEWHERE = {"certify", "init"}
# They need more than a database (tests/journey/installing/test_synthetic.py, tests/unit/gateway/test_demo_history.py).
OF_A_DEPLOYMENT = {"synthetic", "demo"}
TONIGHT = "2099-12-08 22:00-02:00"
LATER = Hours(date(2099, 12, 8), time(22), time(23))
PLACE = Workplace(UUID("0192f000-0000-7000-8000-0000000000a1"), "Hjemmesygeplejen Nord")
CITIZEN = Cpr("2512489996")
EMPLOYEE = ("--organisation", TENANTS[0].cvr, "--subject", "FJ-1001")
PURPOSE = re.compile("^(incident|support) (?=sag)")  # as the citizen's own log tells it
THEN, TO_SUPPORT = "2026-06-03 09:00-11:00", ("--purpose", "support", "--case", "sag 4711")
CONNECTIONS = '[[connection]]\nname = "new"\nkind = "gp_system"\nadapter = "browser"\n'


@dataclass
class World:
    """A gateway with an organisation, two connections, a practice and somebody who waits there."""

    folder: Path
    gateway: Gateway
    short_id: str = ""

    def prepare(self) -> None:
        now = datetime.now(UTC)
        self.gateway.organisations.apply_tenant(TENANTS[0], [PLACE])
        for name in ("old", "resting", "other"):
            self.gateway.connections.apply(Stanza(name, "gp_system", "browser", None, {}), "test", "test", now)
        self.gateway.connections.pause("resting", "test", "test", now)
        self.gateway.practices.set_routes(PRACTICE, ["old"])
        for day in (1, 2):
            self.gateway.providers.import_file(self.register(day), "test", now)
        self.short_id = self.gateway.store.commit(placed(draft(at=now), at=now, connections=("old",))).short_id

    def stuck(self, answer: str = "") -> str:
        """The delivery's id, or ``answer``, once its peer has refused it."""
        claimed = self.gateway.outbox.claim(timedelta(minutes=5))
        assert claimed is not None
        self.gateway.outbox.settle(claimed, Outcome.REFUSED, pause=timedelta(0), fault="http-422")
        return answer or str(claimed.id)

    def without_picture(self) -> str:
        """The delivery of a note that its record took without the picture."""
        taken = pictured(replace(in_review(), version=0), datetime.now(UTC), STILL)
        approved = review.approve(taken, taken.cases[0].id, "Aftalt", "Kommune", datetime.now(UTC), NURSE)
        note = self.gateway.store.commit(approved)
        (id,) = [each.id for each in self.gateway.store.deliveries_of(SystemScope(), note.id) if each.kind == "note"]
        claimed = self.gateway.outbox.claim(timedelta(minutes=5), id)
        assert claimed is not None
        self.gateway.outbox.settle(claimed, Outcome.REFUSED, pause=timedelta(0), fault=str(StillRefusal.TOO_LARGE))
        return str(id)

    def differing(self) -> str:
        """A delivery that its peer took and does not show."""
        claimed = self.gateway.outbox.claim(timedelta(minutes=5))
        assert claimed is not None
        self.gateway.outbox.settle(claimed, Outcome.DONE, pause=timedelta(0))
        (one,) = self.gateway.comparisons.page(claimed.connection, 1)
        self.gateway.comparisons.compared(one, "not-in-the-queue")
        return str(one.id)

    def drafted(self, tested: bool = False) -> str:
        """A connection that there is only a draft of."""
        now = self.gateway.clock.now()
        number = self.gateway.drafts.begin(
            Stanza("later", "gp_system", "browser", None, {}, synthetic=True), "test", now
        )
        if tested:
            self.gateway.drafts.passed("later", number, "test", now)
        return "later"

    def speaking(self) -> str:
        """A connection to a test system that is away."""
        names = dict.fromkeys(("our_application", "our_facility", "peer_application", "peer_facility"), "X")
        config = {"host": "127.0.0.1", "port": 1, "tls": False, **names}
        stanza = Stanza("line", "gp_system", "hl7v2", None, config, synthetic=True)
        self.gateway.connections.apply(stanza, "test", "test", self.gateway.clock.now())
        return "line"

    def asked(self) -> str:
        """A colleague's request that a draft come into force."""
        wanted = Wanted(RiskyAct.ACTIVATE, self.drafted(tested=True), "2", "test", None)
        return str(second_person.ask(self.gateway, wanted, "bo", "bo").id)

    def granted_list(self) -> str:
        """Of whom a fault touched, granted by another; the message that failed was to the one who waits."""
        self.stuck()
        now, gateway = self.gateway.clock.now(), self.gateway
        wanted = Wanted(RiskyAct.LIST_AFFECTED, "", Span("", now - timedelta(hours=1), now).detail, WHY, TENANTS[0].id)
        asked = second_person.ask(gateway, wanted, WHO, WHO)
        return str(second_person.grant(gateway, asked, "bo", "bo").id)

    def moved(self) -> str:
        """A connection with settings to go back to."""
        later = Stanza("other", "gp_system", "browser", None, {"label": "Later"})
        self.gateway.connections.apply(later, "test", "test", self.gateway.clock.now())
        return "other"

    def planned(self, *, running: bool = False) -> str:
        """Planned maintenance of a connection, for tomorrow or begun already."""
        g, hours = self.gateway, Hours(danish_day(datetime.now(UTC)) + timedelta(days=not running), time(0), time(0))
        window = maintaining.plan(g, Plan(("old",), hours, "Systemet opgraderes."), None, "test")
        while running and maintaining.run_due(g, lambda _: ({}, "")):
            """Until it has begun."""
        return str(window.id)

    def wish(self) -> str:
        g = self.gateway
        sent = Wish(g.ids.new(), None, "me", WishKind.WISH, "Større bogstaver", "", "", "1", g.clock.now())
        g.wishes.keep(sent)
        return str(sent.id)

    def silent(self) -> str:
        self.gateway.alarms.beat("worker", "one")
        return "worker"

    def granted(self) -> tuple[str, ...]:
        hand = self.gateway.signed(Signature(WHO, "test"))
        hand.workplace_grants.grant(TENANTS[0].id, "FJ-1001", PLACE.name, datetime.now(UTC))
        return (*EMPLOYEE, "--workplace", str(PLACE.id))

    def barred(self) -> tuple[str, ...]:
        books = self.gateway.signed(Signature(WHO, "test")).barrings
        books.bar(books.person(TENANTS[0].id, "", "FJ-1001"), "FJ-1001", TENANTS[0].id, datetime.now(UTC))
        return EMPLOYEE

    def register(self, day: int) -> Path:
        head = register_files.start(f"202603{day:02d}", f"202603{day:02d}070000000000")
        return self.file(f"register-{day}", register_files.register([register_files.yder(name=f"n{day}")], head=head))

    def set_up(self) -> str:
        """The number of a draft that may come into force."""
        return str(deciding.begin(self.gateway.signed(Signature(WHO, "test")), TENANTS[0].id, 0, WHO))

    def month(self) -> str:
        return f"{months_over(danish_day(datetime.now(UTC)))[0]:%Y-%m}"

    def looked(self) -> tuple[str, int]:
        """The last month, drawn, and the one look that is in it."""
        first, tenant = date.fromisoformat(f"{self.month()}-01"), TENANTS[0].id
        who = Actor(ActorKind.EMPLOYEE, str(UUID(int=7)), "Mette", "Sygeplejerske")
        seen = AuditRow(bounds(first)[0], who, "Fjordby", "read", "citizen-search", tenant=tenant, citizen=CITIZEN)
        self.gateway.store.record_audit(seen)
        hand = self.gateway.signed(Signature(WHO, "test"))
        review = reviewing.draw_month(hand, tenant, first, reviewing.Who(WHO, WHO))
        return self.month(), next(iter(review.sample.rules))

    def to_judge(self) -> tuple[str, str]:
        month, row = self.looked()
        return month, f"{row}=justified"

    def judged(self) -> str:
        month, row = self.looked()
        hand, first = self.gateway.signed(Signature(WHO, "test")), date.fromisoformat(f"{month}-01")
        said = reviewing.said(hand, reviewing.Who(WHO, WHO), row, Judgement.JUSTIFIED, "")
        reviewing.judge(hand, TENANTS[0].id, first, said)
        return month

    def keys(self) -> Path:
        """A copy of consultations' keys, which stand in the database no more."""
        gateway = self.gateway
        lines = SqlKeyCopies(gateway.engine, gateway.vault).lines()
        path = self.file("keys", "\n".join(lines).encode())
        with transaction(gateway.engine, SystemScope()) as connection:
            connection.execute(delete(consultation_key))
        return path

    def number(self) -> Path:
        return self.file("number", b"2512489996")

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


Example = Callable[[World], tuple[Any, ...]]
CHANGING: dict[str, Example] = {
    "connections apply": lambda w: (w.file("c.toml", CONNECTIONS.encode()), "--why", WHY),
    "connections pause": lambda w: ("old", WHY),
    "connections resume": lambda w: ("resting", "--why", WHY),
    "connections rollback": lambda w: (w.moved(), "--reason", WHY),
    "connections retire": lambda w: ("other", "--reason", WHY),
    "connections draft": lambda w: ("new", w.file("c.toml", CONNECTIONS.encode()), "--reason", WHY),
    "connections replace": lambda w: (w.speaking(), "--new", f"caller_certificate={'ab' * 32}", "--reason", WHY),
    "connections try": lambda w: (w.drafted(), "--reason", WHY),
    "connections send-sample": lambda w: (w.speaking(), "cpr", "--reason", WHY),
    "connections certify": lambda w: (w.speaking(), "--reason", WHY),
    "connections activate": lambda w: (w.drafted(tested=True), "--reason", WHY),
    "connections drop": lambda w: (w.drafted(), "--reason", WHY),
    "maintenance plan": lambda w: ("old", "--when", TONIGHT, "--words", "Systemet opgraderes.", "--reason", WHY),
    "maintenance cancel": lambda w: (w.planned(), "--reason", WHY),
    "maintenance end": lambda w: (w.planned(running=True), "--reason", WHY),
    "approvals grant": lambda w: (w.asked(), "--reason", WHY),
    "approvals refuse": lambda w: (w.asked(), "--reason", WHY),
    "providers import": lambda w: (w.register(3), "--reason", WHY),
    "providers rollback": lambda w: ("--reason", WHY),
    "route move": lambda w: (PRACTICE.digits, "--to", "other", "--reason", WHY),
    "deliveries replay": lambda w: (w.stuck(), "--reason", WHY),
    "deliveries replay-many": lambda w: ("--only", w.stuck("connection=old"), "--yes", "--rate", 50, "--reason", WHY),
    "deliveries written-by-hand": lambda w: (w.stuck(), "--reason", WHY),
    "deliveries without-pictures": lambda w: (w.without_picture(), "--reason", WHY),
    "deliveries give-up": lambda w: (w.stuck(), "--reason", WHY),
    "deliveries settle-difference": lambda w: (w.differing(), "--reason", WHY),
    "people bar": lambda w: (*EMPLOYEE, "--reason", WHY),
    "people unbar": lambda w: (*w.barred(), "--reason", WHY),
    "people grant": lambda w: (*EMPLOYEE, "--workplace", PLACE.name, "--reason", WHY),
    "people revoke": lambda w: (*w.granted(), "--reason", WHY),
    "alarms retire-process": lambda w: (w.silent(), "--reason", WHY),
    "keys put-back": lambda w: ("--from", w.keys(), "--reason", WHY),
    "keys drilled": lambda w: ("--reason", WHY),
    "keys rotate": lambda w: ("--reason", WHY),
    "audit seal": lambda w: ("--to", w.folder, "--reason", WHY),
    "audit export": lambda w: ("--to", w.folder / "list", "--number-from", w.number(), "--reason", WHY),
    "review draw": lambda w: (w.month(), *EMPLOYEE[:2], "--reason", WHY),
    "review show": lambda w: (w.looked()[0], *EMPLOYEE[:2], "--reason", WHY),
    "review judge": lambda w: (*w.to_judge(), *EMPLOYEE[:2], "--reason", WHY),
    "review sign": lambda w: (w.judged(), *EMPLOYEE[:2], "--reason", WHY),
    "review pdf": lambda w: (w.looked()[0], *EMPLOYEE[:2], "--to", w.folder / "month.pdf", "--reason", WHY),
    "review refused": lambda w: (*EMPLOYEE[:2], "--reason", WHY),
    "review erased": lambda w: (*EMPLOYEE[:2], "--reason", WHY),
    "people review": lambda w: (*EMPLOYEE[:2], "--on", "2026-03-01", "--reason", WHY),
    "show": lambda w: (w.short_id, "--reason", WHY),
    "messages find-citizen": lambda w: (*TO_SUPPORT, "--number-from", w.number()),
    "incident count": lambda w: (*EMPLOYEE[:2], "--when", THEN, "--reason", WHY),
    "incident ask": lambda w: (*EMPLOYEE[:2], "--when", THEN, "--reason", WHY),
    "incident list": lambda w: (w.granted_list(), *EMPLOYEE[:2], "--to", w.folder / "list.csv", "--reason", WHY),
    "setup draft": lambda w: (*EMPLOYEE[:2], "--reason", WHY),
    "setup activate": lambda w: (w.set_up(), *EMPLOYEE[:2], "--reason", WHY),
    "setup drop": lambda w: (w.set_up(), *EMPLOYEE[:2], "--reason", WHY),
    "wishes answer": lambda w: (w.wish(), "planned", "Kommer i marts", "--reason", WHY),
    "upgrade announce": lambda w: ("--when", TONIGHT, "--words", "Lægebro opgraderes.", "--reason", WHY),
    "upgrade take-back": lambda w: upgrading.announce(w.gateway, LATER, WHY * 2, "test") and ("--reason", WHY),
    "upgrade": lambda w: ("--reason", WHY),
    "move": lambda w: (),
}
# Their row is about what was looked at, or sent to a test system.
ONLY_LOOKS = {
    "audit export", "keys drilled", "connections send-sample", "review show", "review pdf", "review refused",
    "review erased", "people review", "show", "messages find-citizen", "incident count", "incident list",
}  # fmt: skip
# They begin with an empty database; test_store_moving.py tries the second.
ON_EMPTY = {"upgrade", "move"}
READING: dict[str, Example] = {
    "connections export": lambda w: EMPLOYEE[:2],
    "connections history": lambda w: ("old",),
    "connections diff": lambda w: (w.drafted(),),
    "connections held": lambda w: (w.speaking(),),
    "connections sample": lambda w: (w.speaking(), "cpr"),
    "connections rehearse": lambda w: (w.drafted(),),
    "connections certified": lambda w: ("old",),
    "maintenance list": lambda w: (),
    "approvals list": lambda w: (),
    "providers find": lambda w: (PRACTICE.digits,),
    "providers status": lambda w: (),
    "providers diff": lambda w: (),
    "route show": lambda w: (PRACTICE.digits,),
    "messages find": lambda w: ("LB-NONE-9",),
    "connections list": lambda w: EMPLOYEE[:2],
    "review processing": lambda w: EMPLOYEE[:2],
    "deliveries": lambda w: (),
    "deliveries list": lambda w: (),
    "deliveries show": lambda w: (w.stuck(),),
    "deliveries differences": lambda w: (),
    "people show": lambda w: EMPLOYEE,
    "setup show": lambda w: EMPLOYEE[:2],
    "setup history": lambda w: EMPLOYEE[:2],
    "review list": lambda w: EMPLOYEE[:2],
    "statistics": lambda w: EMPLOYEE[:2],
    "practices list": lambda w: EMPLOYEE[:2],
    "practices invite": lambda w: (PRACTICE.digits, *EMPLOYEE[:2]),
    "alarms": lambda w: (),
    "alarms test": lambda w: (),
    "audit verify": lambda w: (),
    "keys show": lambda w: (),
    "keys copy": lambda w: ("--to", w.folder / "keys"),
    "dump": lambda w: ("--to", w.folder / "dump"),
    "wishes list": lambda w: (),
    "wishes show": lambda w: (w.wish(),),
    "check": lambda w: (),
}
