"""The journeys of a registration: the opening with two parents and an agent, the counter, the treasurer, the time."""

import json
import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from parvis.apps.leisure.models import Registration, RegistrationEvent
from parvis.lib import clock, quebec
from tests.journeys.browser import NARROW, WIDE, Hands, assert_accessible
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import soak
from tests.journeys.service import Service
from tests.journeys.steps import sample, tick, until, write
from tests.journeys.steps_leisure import (
    CARD,
    CLOSED_LATER,
    FATHER,
    MOTHER,
    Bank,
    attempt_of,
    bank_of,
    enter,
    failed_refund,
    group,
    household,
    main_button,
    open_season,
    plan_line,
    press,
    registrations,
    rush_of,
    seen,
    steps_of,
    with_families,
)
from tests.journeys.steps_records import Records

pytestmark = pytest.mark.usefixtures("journals_hold")
LOUISE, MARTIN, GILLES = "Louise Gagné", "Martin Roy", "Gilles Pelletier"
LEA, EMILE = "Léa Gagné-Roy", "Émile Gagné-Roy"
What = RegistrationEvent.What


@pytest.fixture
def bank(service: Service, records: Records) -> Iterator[Bank]:
    """The bank of this machine, in a town that has families."""
    with_families(service)
    with bank_of(service) as there:
        yield there


@pytest.fixture
def agent(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    """A third browser, at the desk."""
    yield from at_a_page(browser, service, request)


def household_page(payer: str, query: str = "") -> str:
    """The page of a household at the desk."""
    return f"/desk/loisirs/menage/{household(payer).public_id}/{query}"


def wait_in_line(mother: Hands, opens_at: datetime) -> None:
    """Takes her place before the hour, is drawn, waits where she sees it, and enters at her turn."""
    page = mother.page
    mother.open("/loisirs/file/")
    press(mother, main_button(mother, "/loisirs/file/"))
    expect(page.locator("[data-state=before]")).to_be_visible()
    seen(mother)
    page.wait_for_timeout(max(0.0, (opens_at - clock.now()).total_seconds() * 1000))
    page.reload()
    expect(page.locator("[data-state=waiting] .rank")).to_contain_text("1")
    seen(mother)
    expect(page.locator("[data-state=turn]")).to_be_visible()  # by itself
    seen(mother)
    press(mother, main_button(mother, "/loisirs/file/entrer/"))
    page.wait_for_url("**/loisirs/")
    seen(mother)


def take_two(mother: Hands, slug: str) -> None:
    """Holds a place for each of her children, together."""
    mother.open(f"/loisirs/{slug}/")
    seen(mother)
    for name in (LEA, EMILE):
        tick(mother, mother.page.locator(".pick label", has_text=name).locator("input"))
    tick(mother, mother.page.locator("#id_together"))
    press(mother, mother.page.locator("form[action^='/loisirs/'] .btn.main"))
    mother.page.wait_for_url("**/loisirs/panier/")
    expect(mother.page.locator(".item")).to_have_count(2)
    seen(mother)


def pay(mother: Hands, bank: Bank) -> None:
    """Pays on the page of the bank, whose webhook comes before the browser is back."""
    page = mother.page
    bank.told(webhook_before_redirect=True)
    press(mother, page.locator("#pay .btn.main"))
    page.wait_for_url(f"{bank.url}/c/pay/*", timeout=20_000)
    write(mother, page.locator("[name=card]"), CARD)
    mother.press("Enter")
    page.wait_for_url("**/paiement/*/?etape=retour")


@pytest.mark.parametrize(
    ("language", "size", "slug"),
    [("fr", NARROW, "camp-relache"), pytest.param("en", WIDE, "soccer-samedi", marks=soak)],
)
def test_the_way_of_a_registration(
    language: str,
    size: ViewportSize,
    slug: str,
    hands: Hands,
    other_hands: Hands,
    agent: Hands,
    service: Service,
    bank: Bank,
) -> None:
    """Points 5, 11 and 30."""
    mother, father = hands, other_hands
    mother.page.set_viewport_size(size)
    enter(mother, service, MOTHER)
    seen(mother)
    open_season(in_seconds=3600)
    plan_line(agent, service, "0.25")  # the first one enters four seconds after the hour
    agent.enter_as(sample(service).agent, household_page(LOUISE, "?channel=phone"))
    told = step_of(agent, "Place r").count()
    opens_at = open_season(in_seconds=8, line=True)
    wait_in_line(mother, opens_at)
    take_two(mother, slug)
    expect(step_of(agent, "Place r")).to_have_count(told + 2)
    pay(mother, bank)
    expect(mother.page.locator("#h-state")).to_have_text(re.compile("C’est payé|It is paid"))
    seen(mother)
    assert "checkout.session.completed" in {one["type"] for one in bank.state()["deliveries"] if one["outcome"] == 200}
    held = registrations(LOUISE, slug)
    assert [row.state for row in held] == ["confirmed", "confirmed"]

    letters_are_sent(service, held)
    steps_are_told(agent, slug)
    what_she_keeps(mother, held)
    enter(father, service, FATHER)
    only_the_shared_child(father)
    day_agrees(service)


def what_she_keeps(mother: Hands, held: list[Registration]) -> None:
    """Her registrations, the receipt, and the proof of the draw."""
    line = held[0].invoice_line
    assert line
    mother.open("/mon-dossier/inscriptions/")
    for row in held:
        expect(mother.page.locator("main")).to_contain_text(row.individual.name)
    seen(mother)
    mother.open(f"/mon-dossier/factures/{line.invoice.public_id}/")
    expect(mother.page.locator("main")).to_contain_text(line.invoice.number)
    seen(mother)
    mother.open(f"/loisirs/file/tirage/{rush_of(held[0]).pk}/")
    seen(mother)


def step_of(agent: Hands, words: str) -> Locator:
    """The steps whose title begins with these words, on the page of the household."""
    return agent.page.locator(".steps-journal > li h3", has_text=re.compile(f"^{words}"))


def letters_are_sent(service: Service, held: list[Registration]) -> None:
    """One receipt, and one confirmation for each child with the file of its meetings."""
    confirmed = service.mail.wait(MOTHER, count=2, subject=str(held[0].group.activity))
    assert len(confirmed) == 2
    for name in (LEA, EMILE):
        (letter,) = (each for each in confirmed if name in each["Subject"])
        (file,) = letter.iter_attachments()
        assert file.get_content_type() == "text/calendar" and b"BEGIN:VEVENT" in file.get_payload(decode=True)
    line = held[0].invoice_line
    assert line
    (payment,) = line.invoice.payments.all()
    assert len(service.mail.wait(MOTHER, subject=payment.number)) == 1


def steps_are_told(agent: Hands, slug: str) -> None:
    """The agent saw each step come by itself, with the second at which it happened."""
    done = steps_of(LOUISE, slug)
    kinds = [What.HELD, What.BILLED, What.ATTEMPTED, What.CONFIRMED]
    assert sorted({step.what for step in done}) == sorted(kinds)
    for step in done:
        at = timezone.localtime(step.at)
        shown = agent.page.locator(f"#step-{step.pk} time b")
        expect(shown).to_have_text(re.compile(rf"^{at.hour}\sh\s{at:%M}\smin\s{at:%S}\ss$"))
    expect(agent.page.locator(".members .state", has_text="Inscription confirmée")).to_have_count(2)
    assert_accessible(agent.page)


def only_the_shared_child(father: Hands) -> None:
    """The other parent has his child in his file, and nothing of the household of the mother."""
    main = father.page.locator("main")
    for path in ("/mon-dossier/", "/mon-dossier/famille/", "/mon-dossier/inscriptions/", "/mon-dossier/factures/"):
        father.open(path)
        expect(main).not_to_contain_text("Léa")
        expect(main).not_to_contain_text(LOUISE)
        seen(father)
    father.open("/mon-dossier/famille/")
    expect(main.locator(".people")).to_contain_text(EMILE)


def day_agrees(service: Service) -> None:
    """The provider, the ledger and the registrations say the same of the day, to the cent."""
    done = service.command("reconcile", "--date", timezone.localdate().isoformat(), "--json")
    said = json.loads(done.stdout)
    assert said["provider_cents"] == said["ledger_cents"] == said["registrations_cents"] > 0
    assert (done.returncode, said["odd"]) == (0, [])


def test_a_senior_registers_at_the_counter_and_pays_in_cash(agent: Hands, service: Service, bank: Bank) -> None:
    """Point 36, its rounding."""
    page, chosen = agent.page, group("aquaforme-vendredi")
    open_season()
    agent.enter_as(sample(service).agent, household_page(GILLES, "?channel=counter"))
    write(agent, page.locator("#id_q"), "aquaforme")
    agent.press("Enter")
    tick(agent, page.get_by_label(GILLES))
    press(agent, page.locator(f"button[name=group][value={chosen.slug}]"))
    expect(page.locator(".in-cart > li")).to_have_count(1)
    assert_accessible(page)
    press(agent, page.locator("button[value=counter]"))
    page.wait_for_url("**/desk/tresorerie/factures/*/")
    (held,) = registrations(GILLES, chosen.slug)
    line = held.invoice_line
    assert line
    owed = line.total_cents
    cash = 5 * round(owed / 5)
    assert cash != owed, "an amount that cash rounds"
    expect(page.locator("#pay-h ~ .to-pay")).to_have_text(quebec.money(owed, "fr", exact=True))
    expect(page.locator("form p.quiet")).to_contain_text(quebec.money(cash, "fr", exact=True))
    assert_accessible(page)
    write(agent, page.locator("#id_received"), "120")
    press(agent, page.locator("form .btn.main"))
    change = quebec.money(12_000 - cash, "fr", exact=True)
    expect(page.locator("#messages")).to_contain_text(change)
    until(lambda: registrations(GILLES, chosen.slug)[0].state == "confirmed", "the place of the senior")
    assert_accessible(page)
    press(agent, page.locator("a[href$='/papier/']"))
    expect(page.locator("h1")).to_contain_text("Reçu")
    expect(page.locator("tfoot")).to_contain_text("Arrondi")
    expect(page.locator("tfoot")).to_contain_text(quebec.money(cash, "fr", exact=True))
    assert_accessible(page)


def test_a_treasurer_records_the_cheque_of_a_refund_that_the_card_did_not_take(
    agent: Hands, hands: Hands, service: Service, bank: Bank
) -> None:
    """Point 27."""
    slug, page = "natation-1-mardi", agent.page
    open_season()
    agent.enter_as(sample(service).agent, household_page(LOUISE, "?q=natation&age=8"))
    tick(agent, page.get_by_label(LEA))
    box = page.get_by_label(EMILE)
    if box.is_checked():
        agent.reach(box)
        agent.press("Space")
    press(agent, page.locator(f"button[name=group][value={slug}]"))
    press(agent, page.locator("button[value=page]"))
    expect(page.locator("#messages")).to_contain_text(MOTHER)
    bank.told(pay=attempt_of(LOUISE).session_id, card=CLOSED_LATER)
    until(lambda: registrations(LOUISE, slug)[0].state == "confirmed", "the place of the child")
    page.reload()
    mine = page.locator(".members .has > li", has_text="Natation")
    press(agent, mine.locator("summary"))
    press(agent, mine.locator("button[value=cancel]"))
    refund = until(lambda: failed_refund(LOUISE), "the refund that the card does not take")
    agent.leave()
    service.command("reconcile", "--date", timezone.localdate().isoformat())

    treasurer, page = hands, hands.page
    treasurer.enter_as(service.someone("treasurer", "tresorerie"), "/desk/tresorerie/")
    expect(page.locator("table.odd tbody tr").first).to_contain_text("Un remboursement que la carte ne prend pas")
    assert page.evaluate(
        "document.querySelector('table.odd').compareDocumentPosition(document.querySelector('.sums')) & 4"
    )
    assert_accessible(page)
    press(treasurer, page.locator("table.odd tbody tr").first.get_by_role("link"))
    waiting = page.locator("#refunds li", has_text=quebec.money(refund.cents, "fr", exact=True))
    write(treasurer, waiting.locator("[name=details]"), "000412")
    press(treasurer, waiting.locator("button[value=cheque]"))
    expect(page.locator("#messages")).to_contain_text("inscrit")
    expect(waiting).to_have_count(0)
    refund.refresh_from_db()
    assert (refund.way, refund.transaction.words) == ("cheque", "000412")


def test_the_time_left_is_said_by_a_screen_reader_at_its_thresholds_only(
    hands: Hands, service: Service, bank: Bank
) -> None:
    """Point 9."""
    page = hands.page
    page.set_viewport_size(NARROW)
    open_season()
    enter(hands, service, FATHER)
    hands.open("/loisirs/eveil-musical-samedi/")
    tick(hands, page.locator(".pick label", has_text=EMILE).locator("input"))
    press(hands, page.locator("form[action^='/loisirs/'] .btn.main"))
    page.wait_for_url("**/loisirs/panier/")
    page.clock.install()
    page.reload()
    timer, voice = page.get_by_role("timer"), page.locator("[data-hold-voice]")
    expect(timer).to_have_attribute("aria-live", "off")
    expect(voice).to_have_attribute("aria-live", "polite")
    page.evaluate(HEARD)
    left = seconds_of(timer)
    for until_left in (301, 299, 121, 119, 31, 29, 5):
        page.clock.fast_forward((left - until_left) * 1000)
        left = until_left
        expect(timer).to_have_text(re.compile(rf"^{left // 60}:{left % 60:02d}$"))
    assert page.evaluate("window.heard") == [
        "Il reste cinq minutes pour payer.",
        "Il reste deux minutes pour payer.",
        "Il reste trente secondes pour payer.",
    ]
    press(hands, page.locator(".drop button").first)
    expect(page.locator(".item")).to_have_count(0)


# What a screen reader says of the live region: each change of its text.
HEARD = """() => {
  window.heard = []
  const voice = document.querySelector("[data-hold-voice]")
  new MutationObserver(() => window.heard.push(voice.textContent.trim()))
    .observe(voice, { childList: true, characterData: true, subtree: true })
}"""


def seconds_of(timer: Locator) -> int:
    """What a timer shows, in seconds."""
    minutes, seconds = timer.inner_text().strip().split(":")
    return int(minutes) * 60 + int(seconds)
