"""Notices in Firefox, from end to end: OUTREACH 13, by number."""

from pathlib import Path

import pytest

from tests.journeys.firefox import Firefox, firefox, running
from tests.journeys.service import Service
from tests.journeys.steps import sample, until
from tests.push.conftest import serving

pytestmark = [pytest.mark.soak("push"), pytest.mark.skipif(firefox() is None, reason="Firefox is not installed")]

QUEUE = """
from parvis.apps.push.models import Device
from parvis.apps.push.rules.notes import PushNote
from parvis.apps.push.services.outgoing import queue_push
note = PushNote("26-0001-A", "Une équipe passe demain.", "/reponses/", "case", "case-1")
print(queue_push(device_id=Device.objects.get().pk, key="journey", note=note))
"""


OPEN = """
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.queries.subjects import general
from parvis.apps.directory.models import Actor
subject = general()
about = {"subject": subject, "nature": subject.nature, "channel": "web"}
new = NewCase(key="journey-push", words="Un trou", place_text="Ici", **about)
print("secret:" + open_case(new, by=Actor.citizen()).case.secret)
"""
ANSWER = """
from parvis.apps.cases.models import Case
from parvis.apps.cases.services.handling import answer
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
case = Case.objects.get(secret="{secret}")
user = User.objects.filter(memberships__role=Role.MANAGER).first()
answer(case_id=case.pk, words="Une équipe passe demain.", by=user)
print("reference:" + case.reference)
"""


def shell(service: Service, code: str, name: str) -> str:
    """What the code printed after `name`."""
    done = service.command("manage", "shell", "-v0", "-c", code)
    assert f"{name}:" in done.stdout, done.stderr
    return done.stdout.split(f"{name}:")[1].split()[0]


def notifications(browser: Firefox) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = browser.evaluate(
        "navigator.serviceWorker.ready.then(one => one.getNotifications())"
        ".then(all => all.map(one => ({title: one.title, body: one.body, url: one.data.url})))"
    )
    return shown


def test_03_firefox_subscribes_decrypts_shows_and_opens_the_right_page(service: Service, tmp_path: Path) -> None:
    with serving() as push, running(tmp_path / "profile", push.port) as browser:
        browser.open(f"{service.url}/avis/")
        visible = "!document.querySelector('[data-tell]')?.hidden"
        until(lambda: browser.evaluate(visible), "the offer is shown")
        assert not push.subscriptions, "nothing before a tap"
        until(lambda: push.browsers, "the browser is connected to its push service", 30)
        browser.evaluate("document.querySelector('[data-tell] button').click()")
        until(lambda: push.subscriptions, "it subscribes", 30)
        until(lambda: browser.evaluate("Boolean(document.querySelector('[data-leave]'))"), "the town knows it", 30)

        browser.evaluate(f"document.querySelector('#id_place').value = {sample(service).place!r}")
        browser.evaluate("[...document.querySelectorAll('form.notice-choice')].at(-1).submit()")
        kept = "document.querySelector('legend b')?.textContent"
        until(lambda: browser.evaluate(kept) == sample(service).place, "the choice is kept", 30)

        done = service.command("manage", "shell", "-v0", "-c", QUEUE)
        assert "True" in done.stdout, done.stderr
        shown = until(lambda: notifications(browser), "the notice is shown", 30)
        assert (shown[0]["title"], shown[0]["body"]) == ("26-0001-A", "Une équipe passe demain.")
        assert shown[0]["url"] == f"{service.url}/reponses/"
        until(lambda: any(one["code"] == 100 for one in push.acknowledged), "it is acknowledged")
        browser.tap_notification()
        until(lambda: f"{service.url}/reponses/" in browser.urls(), "its page opens", 20)

        browser.open(f"{service.url}/avis/")
        browser.evaluate("document.querySelector('[data-leave]').click()")
        until(lambda: all(one.ended for one in push.subscriptions.values()), "it is left")


def test_an_answer_is_announced_on_the_device_that_asked_for_it(service: Service, tmp_path: Path) -> None:
    secret = shell(service, OPEN, "secret")
    with serving() as push, running(tmp_path / "profile", push.port) as browser:
        browser.open(f"{service.url}/demande/recue/{secret}/")
        until(lambda: browser.evaluate("document.querySelector('[data-tell]')?.hidden === false"), "the offer is shown")
        until(lambda: push.browsers, "the browser is connected to its push service", 30)
        browser.evaluate("document.querySelector('[data-tell] button').click()")
        accepted = "document.querySelector('[data-tell] [data-when=yes]').hidden === false"
        until(lambda: browser.evaluate(accepted), "the device is told of this request", 30)

        reference = shell(service, ANSWER.format(secret=secret), "reference")
        shown = until(lambda: notifications(browser), "the answer is announced", 30)
        assert reference in shown[0]["title"] + shown[0]["body"]
        assert "Une équipe passe demain" not in str(shown), "nothing of what was written is on a locked screen"
        browser.tap_notification()
        until(lambda: f"{service.url}/suivi/{secret}/" in browser.urls(), "its page opens", 20)
