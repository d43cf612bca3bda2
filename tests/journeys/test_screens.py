"""Every screen, with data: no violation of WCAG 2.2 AA and no error, in both languages, themes and widths."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ViewportSize, expect
from pytest_django import DjangoDbBlocker

from parvis.apps.leisure.models import Group
from tests.journeys.browser import NARROW, WIDE, Hands, assert_accessible, assert_narrow_enough
from tests.journeys.conftest import at_a_page
from tests.journeys.marks import each_town, soak
from tests.journeys.service import OTHER_TOWN, SAMPLE_TOWN, Service
from tests.journeys.steps import Call, RequestForm, mark, open_request, sample, to_desk, until
from tests.journeys.steps_records import ALIAS, reading
from tests.journeys.steps_work import Work, say_on_page

pytestmark = pytest.mark.usefixtures("journals_hold")

# Every screen once in `make test`; `make soak` adds the other language, theme, width and town.
LOOKS = [
    pytest.param(SAMPLE_TOWN, "fr", "light", NARROW, id=f"{SAMPLE_TOWN}-fr-light-narrow"),
    pytest.param(SAMPLE_TOWN, "en", "dark", WIDE, id=f"{SAMPLE_TOWN}-en-dark-wide", marks=soak),
    pytest.param(OTHER_TOWN, "en", "light", NARROW, id=f"{OTHER_TOWN}-en-light-narrow", marks=soak),
    pytest.param(OTHER_TOWN, "fr", "dark", WIDE, id=f"{OTHER_TOWN}-fr-dark-wide", marks=soak),
]


@dataclass(frozen=True)
class Data:
    """The data on the screens: an open contact, an open and a closed request, a person; a season and its first group,
    where there is one.
    """

    contact: int
    opened: str
    opened_case: int
    reference: str
    secret: str
    closed: str
    closed_secret: str
    person: int
    season: str
    group: str


@pytest.fixture(scope="module")
def data(browser: Browser, service: Service, django_db_blocker: DjangoDbBlocker) -> Iterator[Data]:
    town = sample(service)
    page = browser.new_context(locale="fr-CA", reduced_motion="reduce").new_page()
    hands = Hands(page, service.url)
    to_desk(hands, town.agent)
    name, words = f"Hormisdas {'Lalib' * 24}", f"un long trou {'o' * 300}"  # long words must not widen the page
    reference = open_request(hands, town, name, email=f"{'hormisdas' * 6}@exemple.ca", words=words)
    closed = open_request(hands, town, "Blanche Vadeboncoeur", phone="450 555-0155")
    call = Call.begin(hands)
    call.hear(town.broken, town.road)
    form = RequestForm.open(call)
    form.kind("comment")
    form.say("merci pour le chemin")
    form.locate(town.typed_place, town.place)
    form.send()
    form.sent()
    contact = call.number
    hands.leave()
    hands.enter_as(town.technician)
    work = Work.open(hands, reference)
    work.say(work.start("d", "ask"), "Quelle longueur?")
    work.send(reference)
    work = Work.open(hands, closed)
    panel = work.start("c", "close")
    mark(hands, "reason", "answered", panel)
    work.say(panel, "C'était déjà réparé.")
    work.send(closed)
    with django_db_blocker.unblock(), reading(service) as records:
        until(lambda: records.calls(closed), "the call about the closed request")
        case, ended = records.case(reference), records.case(closed)
        hands.leave()
        hands.open(f"/suivi/{case.secret}/")
        say_on_page(hands, "reply", "Deux mètres.")
        aloud = records.matters(contact)[-1].case_id
        first = Group.objects.using(ALIAS).select_related("season").order_by("pk").first()
        result = Data(
            contact=contact, opened=f"/desk/contacts/{contact}/?case={aloud}", opened_case=aloud or 0,
            reference=reference, secret=case.secret, closed=closed, closed_secret=ended.secret,
            person=case.person_id or 0, season=first.season.slug if first else "", group=first.slug if first else "",
        )  # fmt: skip
    yield result
    hands.leave()
    to_desk(hands, town.agent)  # which closes the open contact
    page.context.close()


def screens(service: Service, data: Data) -> dict[str, list[str]]:
    """The paths to visit, by username ("" for the public)."""
    town = sample(service)
    here = f"/desk/contacts/{data.contact}/"
    case = f"/desk/cases/{data.reference}/"
    agent = [
        "/desk/?stay=1", data.opened, f"{here}?text={town.asked}&pane=read", f"{here}?pane=case&subject={town.road}",
        f"{here}?pane=transfer", f"{here}?pane=callback", f"{here}?pane=not_ours", f"{here}?pane=unanswered",
        f"{here}?pane=place", f"{here}?pane=incident", f"{here}?pane=alert", f"{here}?pane=say",
        f"{here}?pane=text", "/desk/waiting/", "/desk/inbox/social/",
        "/desk/recent/", "/desk/callbacks/",
        "/desk/search/", "/desk/search/?q=Laliberté&state=open", "/desk/search/?q=xyzzy", "/desk/views/",
        f"/desk/people/{data.person}/", "/dev/mail/", "/dev/texts/", "/dev/texts/write/", "/dev/calls/",
        "/desk/continuity/", "/desk/continuity/paper/", "/desk/publishing/",
        "/desk/places/codes/", "/desk/places/codes/new/", "/desk/places/codes/list/", "/desk/places/codes/map/",
        f"/desk/people/{data.person}/history/", f"/desk/people/{data.person}/merge/",
        "/desk/letters/", "/desk/organisations/", "/desk/tresorerie/factures/", "/desk/tresorerie/factures/?q=xyzzy",
    ]  # fmt: skip
    technician = [
        f"/desk/queue/{town.roads}/", f"{case}?queue={town.roads}", case, f"{case}?do=close",
        f"{case}?do=pass-on", f"{case}?do=ask", f"{case}?do=visit", f"{case}history/",
        f"{case}similar/", f"{case}merge/?with={data.closed}", f"{case}public/",
        f"{case}later/", "/desk/mine/", "/desk/snippets/", "/desk/snippets/new/",
        f"/desk/cases/{data.closed}/", "/desk/comments/", "/desk/streets/", "/desk/streets/notices/new/",
    ]  # fmt: skip
    anyone = [
        "/", f"/?q={town.asked}", "/?q=xylophone+quantique", "/?q=la+rue", "/reponses/", f"/reponses/{town.answer}/",
        f"/reponses/{town.answer}/?merci=non", f"/reponses/{town.road}/", "/suivi/", "/open311/", "/api/v1/",
        "/demande/", f"/demande/?q={town.broken}", f"/demande/{town.road}/?q={town.broken}",
        f"/demande/recue/{data.secret}/",
        f"/suivi/{data.secret}/", f"/suivi/{data.closed_secret}/", "/suivi/forgedlink/",
        f"/suivi/{data.secret}/tout/", "/suivi/tout/",
        "/mon-adresse/", "/mon-adresse/?q=qqqq+zzzz",
        "/carte/", "/carte/?rue=rue+Inconnue", f"/carte/{data.reference}/", f"/carte/{data.reference}/moi-aussi/",
        f"/mon-adresse/?q={town.typed_place}", "/mon-adresse/1/",
        "/abonnement/", "/infolettre/",
        "/nouvelles/", "/nouvelles/?rue=rue+Inconnue", "/alertes/?adresse=qqqq", "/travaux/", "/seances/",
        "/evenements/", "/confidentialite/", "/accessibilite/", "/donnees-ouvertes/",
        "/signaler/", "/avis/", "/app/", "/staff/login/",
        "/mon-dossier/", "/loisirs/", "/loisirs/?age=8&places=1", "/loisirs/?q=xylophone", "/loisirs/file/",
        "/loisirs/panier/", "/mon-dossier/inscriptions/",
    ]  # fmt: skip
    officer = service.someone("privacy_officer")
    figures = [f"/desk/opinions/?by={axis}&since=all" for axis in ("subject", "month")]
    figures += [
        "/desk/incidents/",
        "/desk/incidents/new/",
        "/desk/outreach/",
        "/desk/outreach/calendar/",
        "/desk/outreach/new/",
        "/desk/outreach/figures/",
        "/desk/newsletter/",
        "/desk/newsletter/new/",
        "/desk/newsletter/subscribers/",
        "/desk/newsletter/deliverability/",
        "/desk/keys/",
        "/desk/webhooks/",
        "/desk/outside-servers/",
        "/desk/social/",
        "/desk/panels/",
        "/desk/panels/playlists/",
        "/desk/rules/",
        "/desk/rules/new/",
        "/desk/offboarding/",
        "/desk/absences/",
        "/desk/staff/",
    ]
    leisure = ["/desk/loisirs/", "/desk/loisirs/listes/", "/desk/approbations/"]
    if data.group:
        anyone.append(f"/loisirs/{data.group}/")
        season = f"/desk/loisirs/saison/{data.season}/"
        of_group = f"/desk/loisirs/groupe/{data.group}/"
        leisure += [
            season,
            f"{season}copier/",
            f"{season}garder/",
            of_group,
            f"{of_group}annuler/",
            f"{of_group}liste/",
        ]
    seen = {"": anyone, town.agent: agent, town.technician: technician}
    for who, paths in (
        (officer, ["/desk/access-log/", "/desk/access-log/?stated=1", "/desk/disclosures/", f"{case}?do=erase"]),
        (service.someone("administrator"), figures),
        (service.someone("leisure_manager"), leisure),
        (service.someone("treasurer"), ["/desk/tresorerie/"]),
    ):
        seen[who] = [*seen.get(who, []), *paths]  # one person of a small town may hold several roles
    return seen


@pytest.fixture
def eyes(browser: Browser, service: Service, request: pytest.FixtureRequest) -> Iterator[Hands]:
    yield from at_a_page(browser, service, request)


def be(eyes: Hands, who: str, language: str) -> None:
    """Signs in as `who`, or signs out when it is "", and sets the language."""
    eyes.leave()
    if who:
        eyes.enter_as(who)
    eyes.page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": eyes.url}])


@pytest.mark.parametrize(("service", "language", "light", "width"), LOOKS, indirect=["service"])
def test_every_screen_is_accessible(
    eyes: Hands, service: Service, data: Data, language: str, light: Literal["light", "dark"], width: ViewportSize
) -> None:
    eyes.forgive(r"^404 GET .*/(suivi/forgedlink/|mon-adresse/\?q=qqqq.*)$")
    page = eyes.page
    page.set_viewport_size(width)
    page.emulate_media(color_scheme=light)
    wrong: list[str] = []
    for who, paths in screens(service, data).items():
        be(eyes, who, language)
        for path in paths:
            eyes.open(path)
            try:
                assert page.evaluate("document.documentElement.lang") == f"{language}-CA", path
                assert_accessible(page)
                assert_narrow_enough(page)
            except AssertionError as error:
                wrong.append(str(error))
    for who, (first, *_) in screens(service, data).items() if language != "fr" else ():
        be(eyes, who, "fr")  # the language is saved with the account, and other journeys expect French
        eyes.open(first)
    assert not wrong, f"{language} {light} {width['width']}\n" + "\n".join(wrong)


@soak
def test_the_secret_of_a_key_is_read_whole_on_a_phone(eyes: Hands, service: Service) -> None:
    eyes.page.set_viewport_size(NARROW)
    eyes.enter_as(service.someone("administrator"), "/desk/keys/")
    eyes.fill("Quel programme s’en servira", "Tableau de bord")
    eyes.reach(eyes.page.locator("[name=scopes]").first)
    eyes.press("Space")
    eyes.choose("button", "Faire la clé")
    secret = eyes.page.locator("code[data-focus]")
    expect(secret).to_be_focused()
    assert secret.evaluate("code => code.getBoundingClientRect().right <= innerWidth")
    eyes.open("/desk/keys/")
    expect(secret).to_have_count(0)  # it is shown only once


NOT_WHOLE = """all => all.filter(one => {
  const box = one.getBoundingClientRect(), y = (box.top + box.bottom) / 2
  return ![box.left + 1, box.right - 1].every(x => one.contains(document.elementFromPoint(x, y)))
}).map(one => one.textContent.trim())"""


# What stands in the bar, each whole and on the same line as the rest.
PARTS = ".bar > .brand, .screens > li > a, .screens summary, .bar > .find, .bar > .commands, .bar > .who"
MIDDLES = """all => all.filter(one => one.checkVisibility()).map(one => {
  const box = one.getBoundingClientRect(); return (box.top + box.bottom) / 2
})"""
ROLES = ("agent", "technician", "editor", "manager", "privacy_officer")


@each_town
@soak
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("width", "tall"), [(1280, 48), (1024, 60)])
def test_the_bar_is_one_line_for_each_role(eyes: Hands, service: Service, width: int, tall: int, language: str) -> None:
    eyes.page.set_viewport_size({"width": width, "height": 768})
    for role in ROLES:
        who = sample(service).agent if role == "agent" else service.someone(role)
        be(eyes, who, language)
        eyes.open("/desk/?stay=1" if role == "agent" else "/staff/")
        parts = eyes.page.locator(PARTS)
        middles = parts.evaluate_all(MIDDLES)
        assert eyes.page.locator(".bar").evaluate("bar => bar.offsetHeight") <= tall, who
        assert max(middles) - min(middles) < 6 and not parts.evaluate_all(NOT_WHOLE), who
        be(eyes, who, "fr")  # the language is saved with the account


# The three figures of a busy hour: the counter, the contacts to take, the calls to make.
BUSY = """figures => { figures.innerHTML = `<dl class="figures">${
  '<div><dt>12</dt><dd><a href="/desk/waiting/">à prendre</a><br>le plus ancien 42:10</dd></div>'.repeat(3)}</dl>` }"""


@each_town
@soak
@pytest.mark.parametrize("width", [1024, 1280, 1440, 1600, 1920])
def test_a_busy_hour_covers_nothing_of_the_bar(eyes: Hands, service: Service, width: int) -> None:
    eyes.page.set_viewport_size({"width": width, "height": 900})
    be(eyes, sample(service).agent, "fr")
    eyes.open("/desk/?stay=1")
    eyes.page.locator("#figures").evaluate(BUSY)
    assert eyes.page.locator(".bar").evaluate("bar => bar.offsetHeight") <= 60
    assert not eyes.page.locator(PARTS).evaluate_all(NOT_WHOLE)
    assert not eyes.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert_accessible(eyes.page)


@each_town
@soak
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("width", "text"), [(360, "100%"), (1280, "200%")])
def test_screens_without_room_stand_under_menu(
    eyes: Hands, service: Service, width: int, text: str, language: str
) -> None:
    eyes.page.set_viewport_size({"width": width, "height": 800})
    for who in (sample(service).agent, sample(service).technician, service.someone("administrator")):
        be(eyes, who, language)
        eyes.open("/desk/absences/")
        eyes.page.evaluate("text => { document.documentElement.style.fontSize = text }", text)
        menu = eyes.page.locator(".plus > summary")
        eyes.reach(menu)
        eyes.press("Enter")
        opened = eyes.page.locator(".screens > li > :is(a, details) >> visible=true")
        assert opened.count() == eyes.page.locator(".screens > li").count() > 0
        assert not eyes.page.evaluate("document.documentElement.scrollWidth > innerWidth"), (who, language)
        eyes.reach(eyes.page.locator(".screens details > summary").last)
        eyes.press("Enter")
        expect(eyes.page.locator(".screens [href='/desk/absences/']")).to_be_visible()
        assert_accessible(eyes.page)
        eyes.press("Escape")
        expect(menu).to_be_focused()
        expect(eyes.page.locator(".screens")).to_be_hidden()
        be(eyes, who, "fr")  # the language is saved with the account


def test_a_menu_opens_and_closes_by_keyboard_and_leads_to_its_screen(eyes: Hands, service: Service) -> None:
    eyes.page.set_viewport_size(WIDE)
    be(eyes, service.someone("administrator"), "fr")
    eyes.open("/desk/queue/")
    menus = eyes.page.locator(".screens details > summary")
    eyes.reach(menus.last)
    eyes.press("Enter")
    absences = eyes.page.locator(".screens [href='/desk/absences/']")
    expect(absences).to_be_visible()
    eyes.press("Escape")
    expect(absences).to_be_hidden()
    expect(menus.last).to_be_focused()
    eyes.press("Enter")
    eyes.reach(absences)
    eyes.press("Enter")
    expect(eyes.page.locator("h1")).to_have_text("Absences")
    eyes.press("ControlOrMeta+k")
    eyes.type("abon")
    expect(eyes.page.locator("#palette-list [aria-selected=true]")).to_contain_text("Abonnés")
