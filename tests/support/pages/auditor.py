"""An auditor's questions (AD18), each answered from the console's first page, and the presses it took.

``furnished_for_audit`` makes on a stage what the questions are about; ``QUESTIONS`` presses through the pages by what
stands on them and compares the answer. A text that is typed is no press; a choice in a list is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import update

from gateway.access import CONSOLE_COOKIE
from gateway.connecting import second_person
from gateway.connecting.second_person import Wanted
from gateway.domain.consultation import queueing
from gateway.domain.oversight import TENANT_ROLES, RiskyAct
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import Actor, ActorKind
from gateway.domain.practice import COPENHAGEN, danish_day
from gateway.domain.records import RESTORE_TRIED, AuditRow, Signature
from gateway.domain.scope import SystemScope
from gateway.domain.session import Grant
from gateway.domain.uptake.statistics import months_over
from gateway.store.consultation.tables import consultation as root
from gateway.store.ground.engine import db_now, transaction
from tests.support.consultations import NURSE, draft, placed
from tests.support.pages.hands import Hands
from tests.support.pages.sheet import Showing
from tests.unit.web.acts.console_exercises import a_draft, owed_note
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import CPR, OWN, TENANT

SUBPROCESSORS = "Hosting Vest A/S: databasen, krypteret; Post Nord: alarmer uden oplysninger om nogen"
CONSENT = {
    "consent_wording": "2026-2",
    "consent_text": "Borgeren siger ja til video.",
    "consent_approved_by": "Jurist Juul",
}
CHANGED = "eoj-aendret"
MOST_PRESSES = 5


def furnished_for_audit(stage: Stage) -> None:
    """A citizen somebody wrote about, a fault, a month long ago, a change by two, a refusal and a drill."""
    gateway, now = stage.gateway, stage.now
    owed_note(stage)
    stage.at("waiting")
    while (mine := gateway.outbox.claim(timedelta(minutes=1))) is not None:
        gateway.outbox.settle(mine, Outcome.NOT_DONE, pause=timedelta(hours=1), fault="away")
    long_ago = Grant("subject-gerda", "Gerda Gammel", "Sygeplejerske", "Fjordby", False, "idp")
    gateway.employees.recognise(TENANT, long_ago, now - timedelta(days=300))
    _in_that_month(stage)
    draft_ = a_draft(stage, tested=True, name=CHANGED)
    wanted = Wanted(RiskyAct.ACTIVATE, CHANGED, str(draft_["number"]), "Ny adresse", TENANT)
    asked = second_person.ask(gateway, wanted, "karen", "Karen Kollega")
    second_person.grant(gateway.signed(Signature("bo", "approvals grant")), asked, "bo", "Bo Berg")
    stage.colleague.client.get(f"/k/{stage.at('waiting').id}")
    stage.administrator().client.get("/konsol/besked/00000000-0000-0000-0000-000000000000")
    tried = AuditRow(
        now, Actor(ActorKind.ADMIN, "drift"), "", "write", RESTORE_TRIED, basis="Alt kunne læses på 14 min."
    )
    gateway.store.record_audit(tried)
    _reviewed(stage)
    found = gateway.organisations.tenant(TENANT)
    assert found is not None
    gateway.organisations.apply_tenant(replace(found, settings={**found.settings, **CONSENT}))


def _reviewed(stage: Stage) -> None:
    """Last month's looks are drawn, and one of them is found to be without a reason."""
    first, admin = months_over(danish_day(stage.now))[0], stage.admin
    at = datetime(first.year, first.month, 9, 12, tzinfo=UTC)
    who, about = Actor(ActorKind.EMPLOYEE, str(UUID(int=77)), "Mette Holm", "Sygeplejerske"), stage.at("waiting")
    row = AuditRow(at, who, "Fjordby", "read", "page-note", about.id, about.cases[0].id, "treatment", tenant=TENANT)
    stage.gateway.store.record_audit(row)
    address, token = f"/konsol/tilsyn/stikproeve/{first:%Y-%m}", {"csrf_token": admin.csrf}
    admin.client.post(f"{address}/traek", data=token)
    seq = re.findall(r'data-seq="(\d+)"', admin.client.get(address).get_data(as_text=True))[0]
    said = {"seq": seq, "judgement": "not-justified", "note": "Ingen opgave hos borgeren"}
    assert admin.client.post(f"{address}/vurder", data=token | said).status_code == 303


def the_month(stage: Stage) -> date:
    """Six months ago: its texts are long gone."""
    return months_over(danish_day(stage.now))[5]


def _in_that_month(stage: Stage) -> None:
    first = the_month(stage)
    begun = datetime(first.year, first.month, 14, 9, tzinfo=UTC)
    asked = placed(replace(draft(TENANT, at=begun), synthetic=True), OWN, at=begun, connections=())
    ended = stage.gateway.store.commit(queueing.withdraw(asked, "solved", begun + timedelta(minutes=5), NURSE))
    with transaction(stage.gateway.engine, SystemScope()) as connection:
        due = db_now(connection) - timedelta(days=3650)  # the first of all that are due
        connection.execute(update(root).where(root.c.id == ended.id).values(erase_after=due))
    stage.gateway.erasure.erase_texts()


@dataclass
class Visit:
    """One administrator at her screen, from the console's first page on."""

    shown: Showing
    page: Page
    hands: Hands
    colleague: Page
    milliseconds: list[float] = field(default_factory=list)

    def begin(self) -> None:
        self.page.goto(self.shown.origin + "/konsol", wait_until="load")
        self.hands.did()

    def press(self, testid: str) -> None:
        self.page.get_by_test_id(testid).first.click()
        self.page.wait_for_load_state("load")

    def through(self, group: str, room: str) -> None:
        """By the menu: its word, then the page."""
        self.page.get_by_test_id("menu").filter(has_text=group).click()
        self.press(room)

    def fill(self, testid: str, text: str) -> None:
        self.page.get_by_test_id(testid).fill(text)

    def timed(self, request: Request) -> None:
        if request.is_navigation_request() and request.url.startswith(self.shown.origin):
            self.milliseconds.append(request.timing["responseEnd"])


def who_looked(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-log-review")
    visit.fill("cpr", CPR)
    visit.fill("case", "Sag 2026-17")
    visit.press("show-list")
    expect(visit.page.get_by_test_id("access-list")).to_contain_text("godkendte notatet om dig til journalen")


def who_could_have(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-access")
    then = visit.shown.stage.now.astimezone(COPENHAGEN) - timedelta(days=270)
    visit.fill("day", f"{then:%d.%m.%Y}")
    visit.press("show-day")
    expect(visit.page.get_by_test_id("of-day")).to_be_visible()
    expect(visit.page.get_by_test_id("holder").filter(has_text="Gerda Gammel")).to_have_count(1)


def text_is_gone(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-erasure")
    visit.page.get_by_test_id("month").select_option(f"{the_month(visit.shown.stage):%Y-%m}")
    visit.press("show-month")
    begun, erased = (int(visit.page.get_by_test_id(each).inner_text()) for each in ("begun", "erased"))
    assert begun >= erased >= 0.9 * begun > 0, (begun, erased)
    expect(visit.page.get_by_test_id("sampled").first).to_contain_text("LB-")


def whom_a_fault_hit(visit: Visit) -> None:
    """The number after three presses, the names after five and a colleague's approval."""
    visit.through("Tilsyn", "nav-incident")
    today = visit.shown.stage.now.astimezone(COPENHAGEN)
    for name, text in (("day", f"{today:%d.%m.%Y}"), ("begins", "00.00"), ("ends", "23.59")):
        visit.page.locator(f"#field-{name}").fill(text)
    visit.press("count")
    expect(visit.page.get_by_test_id("affected")).to_contain_text("kom mindst én ikke igennem")
    visit.fill("reason", "Udfald i køen")
    visit.press("ask")
    expect(visit.page.get_by_test_id("asked")).to_be_visible()
    visit.colleague.goto(visit.shown.origin + "/konsol/godkendelser")
    visit.colleague.get_by_test_id("grant").first.click()
    visit.page.reload()
    visit.press("open-list")
    expect(visit.page.get_by_test_id("citizen").first).to_contain_text("LB-")


def who_changed_it(visit: Visit) -> None:
    visit.page.locator(f'[data-connection="{CHANGED}"] a').first.click()
    expect(visit.page.get_by_test_id("history")).to_contain_text("Karen Kollega + Bo Berg")


def which_sub_processors(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-processing")
    expect(visit.page.get_by_test_id("subprocessors")).to_contain_text("Hosting Vest A/S")


def what_is_refused(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-refusals")
    expect(visit.page.get_by_test_id("refusal").first).to_contain_text("det er ikke hendes, eller det findes ikke")


def last_restore(visit: Visit) -> None:
    visit.through("Drift", "nav-surroundings")
    expect(visit.page.get_by_test_id("drill")).to_contain_text("Alt kunne læses på 14 min.")


def this_years_samples(visit: Visit) -> None:
    visit.through("Tilsyn", "nav-reviews")
    first = months_over(danish_day(visit.shown.stage.now))[0]
    row = visit.page.locator(f'[data-month="{first:%Y-%m}"]')
    expect(row).to_contain_text("Udtrukket")
    row.get_by_role("link").click()
    expect(visit.page.get_by_test_id("note").first).to_have_text("Ingen opgave hos borgeren")


def which_wording(visit: Visit) -> None:
    visit.through("Organisation", "nav-setup")
    visit.fill("day", f"{visit.shown.stage.now.astimezone(COPENHAGEN):%d.%m.%Y}")
    visit.press("show-day")
    valid = visit.page.get_by_test_id("valid")
    for words in ("2026-2", "Borgeren siger ja til video.", "Jurist Juul"):
        expect(valid).to_contain_text(words)


QUESTIONS: Mapping[str, Callable[[Visit], None]] = {
    "who_looked_at_this_citizen": who_looked,
    "who_could_have": who_could_have,
    "this_years_samples_and_findings": this_years_samples,
    "text_is_gone": text_is_gone,
    "whom_a_fault_hit": whom_a_fault_hit,
    "which_consent_wording_was_valid_and_who_approved_it": which_wording,
    "who_changed_this_connection": who_changed_it,
    "which_sub_processors_got_what": which_sub_processors,
    "what_is_refused_and_who_tried": what_is_refused,
    "when_was_a_restore_last_tried": last_restore,
}


def asked(visit: Visit) -> Iterator[tuple[str, int]]:
    """Each question and its presses and choices."""
    for name, ask in QUESTIONS.items():
        visit.begin()
        ask(visit)
        did = visit.hands.did()
        yield name, did["press"] + did["choice"]


@contextmanager
def visiting(browser: Browser, shown: Showing) -> Iterator[Visit]:
    """An administrator with every role of her organisation, and a colleague like her."""
    g, codes = shown.stage.gateway, tuple(map(str, TENANT_ROLES))
    grant = Grant("subject-bo", "Bo Berg", "", "Fjordby Kommune", False, "idp", "", codes)
    other, _session = g.access.open_console(TENANT, grant, shown.stage.now, id=g.ids.new())
    contexts = [browser.new_context(locale="da-DK", timezone_id="Europe/Copenhagen") for _ in range(2)]
    for context, token in zip(contexts, (shown.stage.admin.token, other), strict=True):
        context.add_cookies([{"name": CONSOLE_COOKIE, "value": token, "url": shown.origin}])
    hands = Hands(contexts[0], shown.origin)
    visit = Visit(shown, contexts[0].new_page(), hands, contexts[1].new_page())
    visit.page.on("requestfinished", visit.timed)
    try:
        yield visit
    finally:
        for context in contexts:
            context.close()
