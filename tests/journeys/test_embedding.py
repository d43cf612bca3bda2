"""The question box and the request form in the town's existing site, which is another origin, without its cookies.

The site is a small server at `localhost`, Parvis one at 127.0.0.1: two different sites to a browser.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from tests.journeys.browser import assert_accessible, wait_until
from tests.journeys.marks import soak
from tests.journeys.service import Service, free_port
from tests.journeys.steps import sample

SHELL = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Ville</title>
<meta name="viewport" content="width=device-width"></head><body style="margin:0"><main><h1>Notre ville</h1>{}
</main></body></html>"""


@dataclass
class Site:
    """The town's existing site: its own pages at `url`, and the same at `unlisted`, an origin that is not listed."""

    url: str
    unlisted: str


@pytest.fixture(scope="module")
def site(service: Service) -> Iterator[Site]:
    port, other = service.site_port, free_port()
    script = '<script src="{0}/integrer.js" data-parvis="{1}" data-lang="{2}" async></script>'
    pages = {
        "/question": script.format(service.url, "question", "fr"),
        "/signaler": script.format(service.url, "signaler", "fr")
        + f'<noscript><a href="{service.url}/signaler/">Signaler un problème</a></noscript>',
        "/english": script.format(service.url, "signaler", "en"),
        "/cadre": f'<iframe src="{service.url}/integre/question/" title="Question" width="300" height="420"></iframe>',
        "/suivi": f'<iframe src="{service.url}/suivi/" title="Suivi"></iframe>',
    }

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = SHELL.format(pages.get(self.path, "")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing is written."""

    servers = [ThreadingHTTPServer(("127.0.0.1", each), Pages) for each in (port, other)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Site(f"http://localhost:{port}", f"http://localhost:{other}")
    for server in servers:
        server.shutdown()
        server.server_close()


def frame_of(page: object) -> FrameLocator:
    return page.frame_locator("iframe")  # type: ignore[attr-defined, no-any-return]


def test_a_question_and_a_request_from_another_site_without_its_cookies(
    site: Site, service: Service, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="fr-CA", reduced_motion="reduce")
    page = context.new_page()
    before = "Object.keys(window).filter((name) => !/^[0-9]+$/.test(name)).sort().join()"
    page.goto(f"{site.url}/")
    names = page.evaluate(before)

    page.goto(f"{site.url}/question")
    inside, frame = frame_of(page), page.locator("iframe")
    expect(frame).to_have_attribute("title", "Poser une question")
    inside.locator("#q").fill(sample(service).broken)
    inner = page.frames[1]
    inside.locator("#q").press("Enter")
    inner.wait_for_url(lambda url: "?" in url and "q=" in url.partition("?")[2])  # the answer, not the empty box
    expect(inside.locator("h1")).to_contain_text(re.compile("."))
    wait_until(page, "document.querySelector('iframe').offsetHeight > 400")
    wait_until(inner, "document.documentElement.scrollHeight <= innerHeight + 1")  # it holds its whole page
    assert inner.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(before) == names, "the script leaves nothing in the page"
    with context.expect_page() as opened:
        inside.locator("main a[href^='/']").first.click()
    assert opened.value.url.startswith(service.url), "a link opens the whole site in a window of its own"
    opened.value.close()
    context.clear_cookies()

    page.goto(f"{site.url}/signaler")
    inside.locator("#id_words").fill(sample(service).broken)
    inside.locator(f"input[name=subject][value={sample(service).road}]").check(force=True)
    inside.locator("#id_place").fill("2625, chemin Bellevue")
    expect(inside.locator("#ahead")).to_contain_text("promesse")  # the questions of the kind come with it
    for group in inside.locator(".asked fieldset").all():
        group.locator("input").first.check(force=True)
    inside.locator("input[name=who][value=nobody]").check(force=True)
    assert_accessible(page)
    assert page.frames[1].evaluate("document.documentElement.scrollWidth <= innerWidth")
    inside.locator(".send .btn").click()
    mine = page.frames[1].get_by_role("button", name="Envoyer la mienne maintenant")
    number = page.frames[1].locator(".receipt .number")
    expect(mine.or_(number).first).to_be_visible(timeout=60_000)  # the proof of work comes first
    if mine.is_visible():
        mine.click()
    expect(number).to_be_visible()
    assert page.url == f"{site.url}/signaler", "the town's page stays"
    assert context.cookies() == [], "nothing of a third party is kept"
    with context.expect_page() as opened:
        inside.locator("a.btn.main").click()
    expect(opened.value.locator("body")).to_contain_text(number.inner_text())
    context.close()


@soak
def test_a_request_in_a_narrow_frame_stays_whole_while_the_network_is_down_then_leaves(
    site: Site, service: Service, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 740}, locale="fr-CA", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.url}/signaler")
    inside, words = frame_of(page), "Le lampadaire clignote, sans réseau"
    inside.locator("#id_words").fill(words)
    inside.locator(f"input[name=subject][value={sample(service).road}]").check(force=True)
    inside.locator("#id_place").fill("2625, chemin Bellevue")
    expect(inside.locator("#ahead")).to_contain_text("promesse")
    for group in inside.locator(".asked fieldset").all():
        group.locator("input").first.check(force=True)
    inside.locator("input[name=who][value=nobody]").check(force=True)
    assert page.frames[1].evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.set_offline(True)
    inside.locator(".send .btn").click()
    expect(inside.locator("[data-unsent]")).to_contain_text("encore ici")
    assert_accessible(page)
    expect(inside.locator("#id_words")).to_have_value(words)
    inside.locator("[data-unsent] button").click()
    expect(inside.locator("[data-unsent]")).to_be_visible()
    context.set_offline(False)
    inside.locator("[data-unsent] button").click()
    mine = page.frames[1].get_by_role("button", name="Envoyer la mienne maintenant")
    number = page.frames[1].locator(".receipt .number")
    expect(mine.or_(number).first).to_be_visible()
    if mine.is_visible():
        mine.click()
    expect(number).to_be_visible()
    context.close()


@soak
def test_a_plain_frame_a_language_a_site_that_is_not_listed_and_no_scripts(
    site: Site, service: Service, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 740}, locale="fr-CA")
    page = context.new_page()
    page.goto(f"{site.url}/cadre")
    expect(frame_of(page).locator("#q")).to_be_visible()
    page.goto(f"{site.url}/english")
    expect(frame_of(page).locator("h1")).to_have_text("Report a problem")
    frame_of(page).locator("#id_words").fill("The streetlight is out")
    frame_of(page).locator("#id_words").blur()
    expect(frame_of(page).locator("#ahead")).to_contain_text(re.compile("promised|Choose what"))
    page.goto(f"{site.url}/suivi")
    expect(frame_of(page).locator("#id_reference, .track")).to_have_count(0)

    page.goto(f"{site.unlisted}/signaler")
    expect(page.locator("p > a", has_text="Signaler un problème")).to_be_visible()
    expect(frame_of(page).locator("form")).to_have_count(0)
    page.locator("p > a").click()
    expect(page).to_have_url(f"{service.url}/signaler/?langue=fr")
    context.close()

    plain = browser.new_context(java_script_enabled=False, locale="fr-CA")
    page = plain.new_page()
    page.goto(f"{site.url}/signaler")
    expect(page.get_by_role("link", name="Signaler un problème")).to_be_visible()
    page.goto(f"{site.url}/cadre")
    frame_of(page).locator("#q").fill(sample(service).broken)
    frame_of(page).locator(".ask .btn").click()
    expect(frame_of(page).locator("h1")).to_contain_text(re.compile("."))
    plain.close()
