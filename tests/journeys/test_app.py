"""The installed app in Chromium, at 360 px, on a network that fails: OUTREACH 13, by number."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.browser import assert_accessible
from tests.journeys.faulty_network import Network, network_to
from tests.journeys.marks import soak
from tests.journeys.phone import NARROW, Phone
from tests.journeys.service import Service
from tests.journeys.steps import Sample, sample, until
from tests.journeys.steps_records import Records

WORDS = "Trou profond devant chez nous, sans réseau"
UNREAD = "self.parvisStore.get('kept', 'unread').then(kept => kept?.tags.length ?? 0)"


@pytest.fixture
def network(service: Service) -> Iterator[Network]:
    """The network between the phone and the product."""
    with network_to(service.url) as one:
        yield one


@pytest.fixture
def phone(browser: Browser, network: Network, tmp_path: Path) -> Iterator[Phone]:
    """A phone at the end of that network."""
    one = Phone(browser, tmp_path / "profile", network.url)
    yield one
    one.close()


def photo(colour: str) -> dict[str, Any]:
    out = BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def ready(page: Page, url: str, town: Sample) -> None:
    """Opens a form once, and waits until the device keeps it."""
    page.goto(f"{url}/demande/{town.road}/")
    kept = f"caches.open('pages').then(cache => cache.match('/demande/{town.road}/')).then(Boolean)"
    until(lambda: page.evaluate(kept), "the form is kept on the device")
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker is in charge")


def fill(page: Page, town: Sample, words: str, colours: tuple[str, ...] = ("red", "green", "blue")) -> None:
    """Goes through the steps of the form, up to what is to be checked."""
    page.set_input_files("#id_photos", [photo(colour) for colour in colours])  # type: ignore[arg-type]
    go_on(page, "where")
    page.fill("#id_place", town.place)
    page.keyboard.press("Escape")
    go_on(page, "what")
    page.fill("#id_words", words)
    for group in page.locator("#asked fieldset").all():
        group.locator("input").first.check()
    go_on(page, "you")
    page.locator("[name=who][value=nobody]").check()
    go_on(page, "check")


def go_on(page: Page, step: str) -> None:
    """Past what must be read first, to that step."""
    reached = page.locator(f"html[data-step={step}]")
    read = page.locator("section.here :is(.known, [data-decide]):focus, #danger .alarm:focus")  # where the step stops
    while not reached.count():  # each thing to be read is brought into view once
        page.locator("[data-next]").click()
        expect(reached.or_(read).first).to_be_attached()


def go_through(page: Page) -> None:
    """From the first step to the last, with what is already filled in."""
    for step in ("where", "what", "you", "check"):
        go_on(page, step)


def send(page: Page) -> None:
    page.locator(".send .btn").click()


def waits(page: Page) -> None:
    expect(page).to_have_url(re.compile(r"/app/envoi/\?cle="))
    expect(page.locator(".outbox")).to_contain_text("attend le réseau")


def test_13_a_report_with_three_photos_survives_the_browser_and_arrives_once(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    assert phone.context
    network.down = True
    phone.context.set_offline(True)
    page.goto(f"{network.url}/demande/{town.road}/")
    fill(page, town, WORDS)
    send(page)
    waits(page)
    expect(page.locator(".outbox")).to_contain_text("3 photos")
    assert_accessible(page)
    phone.kill()

    network.down = False
    network.after = [500]
    page = phone.open()
    page.goto(f"{network.url}/app/")
    until(lambda: network.sendings, "it is sent at the next opening")
    page.wait_for_timeout(300)
    page.goto(f"{network.url}/app/")
    until(lambda: network.sendings >= 2, "it is sent again after a failure")
    expect(page.locator("#device-requests li")).to_have_count(1)
    cases = list(records.cases(words=WORDS))
    assert len(cases) == 1, "the first sending was done, and answered 500"
    assert records.photos(cases[0].reference) == 3
    expect(page.locator("#device-requests")).to_contain_text(cases[0].reference)
    expect(page.locator(".outbox")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)

    announced(page, phone, network, cases[0])


def announced(page: Page, phone: Phone, network: Network, case: Any) -> None:
    """A push announces the agent's answer; its count is on the icon, and clears once the app is in front."""
    note = (
        f'{{"web_push":8030,"notification":{{"title":"{case.reference}","body":"Réparé","tag":"case",'
        f'"navigate":"{network.url}/suivi/{case.secret}/"}}}}'
    )
    push(page, phone, network, note)
    shown = notifications(page)
    assert len(shown) == 1
    assert (shown[0]["title"], shown[0]["body"]) == (case.reference, "Réparé")
    assert shown[0]["url"].endswith(f"/suivi/{case.secret}/")


def push(page: Page, phone: Phone, network: Network, data: str) -> None:
    """Hands a push, and waits until the worker has shown its notice, which it then counts as unread.

    The notices shown are read only once all are handed over: Chromium forgets one that is read before it is shown.
    """
    before = page.evaluate(UNREAD)
    deliver(page, phone, network, data)
    until(lambda: page.evaluate(UNREAD) > before, "the notice is shown")


def deliver(page: Page, phone: Phone, network: Network, data: str) -> None:
    """Hands a push to the service worker, as the browser does."""
    assert phone.context
    client = phone.context.new_cdp_session(page)
    versions: list[dict[str, Any]] = []
    client.on("ServiceWorker.workerRegistrationUpdated", lambda event: versions.extend(event["registrations"]))
    client.send("ServiceWorker.enable")
    here = f"{network.url}/"
    until(
        lambda: [one for one in told(page, versions) if one["scopeURL"] == here], "the browser tells the registration"
    )
    identifier = [one["registrationId"] for one in versions if one["scopeURL"] == here and not one["isDeleted"]][-1]
    client.send("ServiceWorker.deliverPushMessage", {"origin": network.url, "registrationId": identifier, "data": data})


def told(page: Page, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the browser told so far; its events come while the page is asked something."""
    page.evaluate("0")
    return events


def notifications(page: Page) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = page.evaluate(
        """async () => (await (await navigator.serviceWorker.ready).getNotifications())
             .map(({title, body, data}) => ({title, body, url: data.url}))"""
    )
    return shown


@soak
def test_09_and_19_the_worker_always_shows_something_and_counts_what_is_unread(
    phone: Phone, network: Network, service: Service
) -> None:
    page = phone.open()
    ready(page, network.url, sample(service))
    network.down = True
    for data in ("", "not json", '{"web_push":8030}'):
        push(page, phone, network, data)
    shown = notifications(page)
    assert len(shown) == 3 and {one["title"] for one in shown} == {"Nouvelles de la ville"}
    assert page.evaluate(UNREAD) == len(shown), "each is unread"
    network.down = False
    page.goto(f"{network.url}/app/")
    until(lambda: page.evaluate(UNREAD) == 0, "read once the app is in front")


@soak
def test_14_without_background_sync_it_leaves_at_the_next_opening(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    network.down = True
    page.goto(f"{network.url}/demande/{town.road}/")
    words = f"{WORDS}, sans synchronisation"
    fill(page, town, words, ("red",))
    send(page)
    waits(page)
    network.down = False
    page.goto(f"{network.url}/app/")
    until(lambda: list(records.cases(words=words)), "it arrived")
    assert len(list(records.cases(words=words))) == 1


def test_15_after_a_500_then_a_409_the_draft_is_kept_with_the_words_of_the_town(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    network.before = [(500, ""), (500, ""), (409, '{"words": "Ce sujet est fermé.", "errors": {}}')]
    page.goto(f"{network.url}/demande/{town.road}/")
    words = f"{WORDS}, refusée d’abord"
    fill(page, town, words, ("red", "green"))
    expect(page.locator("#photos img")).to_have_count(2)
    send(page)
    expect(page).to_have_url(re.compile(r"/app/envoi/\?cle="))
    box = page.locator(".outbox")
    expect(box).to_be_visible()
    page.reload()
    expect(box).to_contain_text("Ce sujet est fermé.")
    assert_accessible(page)
    box.get_by_role("link").click()
    expect(page.locator("#id_words")).to_have_value(words)
    expect(page.get_by_text("Ce sujet est fermé.")).to_be_visible()
    expect(page.locator("#photos img")).to_have_count(2)
    assert list(records.cases(words=words)) == []
    go_through(page)
    send(page)
    again = page.get_by_role("button", name="Envoyer la mienne maintenant")
    expect(again.or_(page.locator(".receipt .number"))).to_be_visible()
    if again.is_visible():
        again.click()
    expect(page.locator(".receipt .number")).to_be_visible()
    assert len(list(records.cases(words=words))) == 1
    page.goto(f"{network.url}/app/")
    expect(page.locator(".outbox")).to_have_count(0)


@soak
def test_15_a_waiting_request_read_again_stays_while_it_is_mended_and_arrives_once(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    network.down = True
    page.goto(f"{network.url}/demande/{town.road}/")
    words, mended = f"{WORDS}, à relire", f"{WORDS}, relue"
    fill(page, town, words, ("red",))
    send(page)
    waits(page)
    page.locator(".outbox [data-mend]").click()
    expect(page.locator("#id_words")).to_have_value(words)
    state = "self.parvisStore.all('outbox').then(all => all.map(one => one.state).join())"
    until(lambda: page.evaluate(state) == "editing", "it is held back")
    network.down = False
    assert page.evaluate("self.parvisStore.sendAll()") is True
    assert page.evaluate(state) == "editing"
    for step in ("where", "what"):
        go_on(page, step)
    page.fill("#id_words", mended)
    for step in ("you", "check"):
        go_on(page, step)
    send(page)
    mine = page.get_by_role("button", name="Envoyer la mienne maintenant")
    expect(mine.or_(page.locator(".receipt .number"))).to_be_visible()
    if mine.is_visible():
        mine.click()
    expect(page.locator(".receipt .number")).to_be_visible()
    assert len(list(records.cases(words=mended))) == 1
    assert list(records.cases(words=words)) == []


@soak
def test_15_a_request_that_left_while_it_was_mended_leads_to_its_receipt(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    network.down = True
    page.goto(f"{network.url}/demande/{town.road}/")
    words = f"{WORDS}, partie entre-temps"
    fill(page, town, words, ("red",))
    send(page)
    waits(page)
    page.locator(".outbox [data-mend]").click()
    expect(page.locator("#id_words")).to_have_value(words)
    until(
        lambda: page.evaluate("self.parvisStore?.all('outbox').then(([one]) => one.state === 'editing')"), "held back"
    )
    network.down = False
    page.evaluate(
        """async () => {
             const [one] = await self.parvisStore.all('outbox')
             await self.parvisStore.put('outbox', { ...one, edited: Date.now() - 31 * 60_000 })
             await self.parvisStore.sendAll()
           }"""
    )
    go_through(page)
    send(page)
    expect(page.locator(".receipt .number")).to_be_visible()
    assert len(list(records.cases(words=words))) == 1


@soak
def test_15_a_request_mended_twice_on_a_network_that_loses_the_answers_is_made_once(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    first, second, third = (f"{WORDS}, {version}" for version in ("écrite", "récrite", "récrite encore"))
    network.before = [(500, "")] * 20  # nothing arrives
    page.goto(f"{network.url}/demande/{town.road}/")
    fill(page, town, first, ("red",))
    send(page)
    for words, failing in ((second, True), (third, False)):
        waits(page)
        page.locator(".outbox [data-mend]").click()
        until(lambda: page.evaluate("self.parvisStore?.all('outbox').then(([one]) => one.state)") == "editing", "held")
        network.before, network.after = [], [502] * 20 if failing else []  # all arrives, and no answer comes back
        for step in ("where", "what"):
            go_on(page, step)
        page.fill("#id_words", words)
        for step in ("you", "check"):
            go_on(page, step)
        send(page)
        mine = page.get_by_role("button", name="Envoyer la mienne maintenant")
        expect(mine.or_(page.locator(".outbox, .receipt .number")).first).to_be_visible()
        if mine.is_visible():
            mine.click()
    expect(page.locator(".receipt .number")).to_be_visible()
    expect(page.locator("main")).to_contain_text("y manque peut-être")
    assert [case.words for case in records.cases(words__startswith=f"{WORDS}, ") if "écrit" in case.words] == [second]


@soak
def test_16_a_shared_photo_opens_the_form(phone: Phone, network: Network, service: Service) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    page.set_content(
        f"""<form method="post" action="{network.url}/partage/" enctype="multipart/form-data">
        <input name="text" value="{town.broken}"><input type="file" name="photos"><button>Partager</button></form>"""
    )
    page.set_input_files("input[type=file]", photo("red"))  # type: ignore[arg-type]
    page.get_by_role("button", name="Partager").click()
    expect(page).to_have_url(re.compile(r"/signaler/\?q="))
    expect(page.locator("#photos img")).to_have_count(1)
    expect(page.locator("#id_words")).to_have_value(town.broken)


@soak
def test_17_a_module_without_a_hash_is_the_one_of_the_server_and_staff_pages_are_left_alone(
    phone: Phone, network: Network, service: Service
) -> None:
    page = phone.open()
    ready(page, network.url, sample(service))
    page.evaluate(
        """async () => {
             const shell = (await caches.keys()).find(name => name.startsWith('shell-'))
             await (await caches.open(shell)).put('/static/ui/keys.js', new Response('former release'))
           }"""
    )
    read = """() => fetch('/static/ui/keys.js', { cache: 'no-store' }).then(one => one.text(), () => 'nothing')"""
    assert "export" in page.evaluate(read)
    network.down = True
    assert page.evaluate(read) == "former release", "better than nothing, without a network"
    network.down = False
    page.goto(f"{network.url}/staff/login/")
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker controls the site")
    network.down = True
    assert page.evaluate(read) == "nothing"


@soak
def test_17_a_new_version_never_breaks_an_open_form(
    phone: Phone, network: Network, service: Service, records: Records
) -> None:
    town, page = sample(service), phone.open()
    ready(page, network.url, town)
    words = f"{WORDS}, pendant une mise à jour"
    fill(page, town, words, ("red",))
    network.release = "next-"
    page.evaluate("navigator.serviceWorker.ready.then(one => one.update())")
    until(lambda: page.evaluate("navigator.serviceWorker.ready.then(one => Boolean(one.waiting))"), "the new one waits")
    expect(page.locator("#id_words")).to_have_value(words)
    page.go_back()
    page.go_back()
    page.go_back()
    page.locator("[data-map]").click()  # its module was never loaded
    expect(page.locator(".map-pin")).to_be_visible()
    assert phone.context
    other = phone.context.new_page()
    other.goto(f"{network.url}/app/")
    other.get_by_role("button", name="L’utiliser").click()
    new = "navigator.serviceWorker.getRegistration().then(one => !one.waiting && !one.installing)"
    until(lambda: page.evaluate(new), "in use")
    page.bring_to_front()
    expect(page.locator("#id_words")).to_have_value(words)
    for step in ("what", "you", "check"):
        go_on(page, step)
    send(page)
    mine = page.get_by_role("button", name="Envoyer la mienne maintenant")
    expect(mine.or_(page.locator(".receipt .number"))).to_be_visible()
    if mine.is_visible():
        mine.click()
    expect(page.locator(".receipt .number")).to_be_visible()
    assert len(list(records.cases(words=words))) == 1


def choose(page: Page, url: str, address: str) -> None:
    page.goto(f"{url}/app/")
    page.fill("#id_adresse", address)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator(".at")).to_contain_text(address)


def test_18_offline_the_day_is_dated_and_what_lapsed_is_gone(phone: Phone, network: Network, service: Service) -> None:
    town, page = sample(service), phone.open()
    choose(page, network.url, town.place)
    kept = "caches.open('pages').then(cache => cache.match('/app/')).then(Boolean)"
    until(lambda: page.evaluate("Boolean(navigator.serviceWorker.controller)"), "the worker is in charge")
    page.reload()
    until(lambda: page.evaluate(kept), "the day is kept")
    assert_accessible(page)
    network.down = True
    page.evaluate(
        """async () => {
             const cache = await caches.open('pages')
             const text = await (await cache.match('/app/')).text()
             const alert = (id, until) => `<a class="app-alert" id="${id}" href="#" data-lapses="${until}">x</a>`
             const added = alert('lapsed', '2020-01-01T00:00:00Z') + alert('current', '2999-01-01T00:00:00Z')
             const html = text.replace('<ul class="day">', added + '<ul class="day">')
             await cache.put('/app/', new Response(html, { headers: { 'Content-Type': 'text/html; charset=utf-8' } }))
           }"""
    )
    page.clock.install()
    page.clock.fast_forward("00:30:00")
    page.goto(f"{network.url}/app/")
    expect(page.locator(".at")).to_contain_text(town.place)
    page.clock.fast_forward("12:00")
    page.clock.run_for(61_000)
    expect(page.locator("[data-offline]")).to_contain_text("date de")
    expect(page.locator("#current")).to_be_visible()
    expect(page.locator("#lapsed")).to_have_count(0)
    page.clock.fast_forward("25:00:00")
    page.clock.run_for(61_000)
    expect(page.locator(".day [data-fresh]")).to_have_count(0)
    expect(page.locator("#current")).to_be_visible()


@soak
def test_02_nothing_asks_for_a_permission_before_a_tap(phone: Phone, network: Network, service: Service) -> None:
    page = phone.open()
    page.add_init_script(
        """self.asked = 0; Notification.requestPermission = async () => { self.asked++; return 'denied' };
           Object.defineProperty(Notification, 'permission', { get: () => 'default' })"""
    )
    page.goto(f"{network.url}/avis/")
    box = page.locator("[data-tell]")
    expect(box).to_contain_text("Votre navigateur vous demandera la permission")
    assert page.evaluate("self.asked") == 0
    assert_accessible(page)
    box.get_by_role("button").click()
    expect(box).to_contain_text("refuse les avis")
    assert page.evaluate("self.asked") == 1


@soak
def test_01_the_app_is_installable(phone: Phone, network: Network, service: Service) -> None:
    page = phone.open()
    choose(page, network.url, sample(service).place)
    assert phone.context
    client = phone.context.new_cdp_session(page)
    manifest = client.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one for one in errors if one["errorId"] != "in-incognito"] == []


@soak
def test_01_the_steps_are_shown_on_an_iphone(browser: Browser, service: Service) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Version/18.4 Safari/604.1"
    context = browser.new_context(user_agent=agent, viewport=NARROW)
    page = context.new_page()
    page.goto(f"{service.url}/app/")
    expect(page.locator("[data-install-steps]")).to_contain_text("écran d’accueil")
    assert_accessible(page)
    context.close()
