"""How a citizen chose to be told of one request: each means once, replies by any, and what happens when none works."""

import html
import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services import handling, journal
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor
from parvis.apps.intake.models import Callback
from parvis.apps.intake.tasks import sweep_calls
from parvis.apps.mail.models import Outgoing
from parvis.apps.push.models import OutgoingPush
from parvis.apps.push.services.devices import record_gone, register_device
from parvis.apps.residents.models import Person, ProofCode
from parvis.apps.residents.queries.accounts import code_of
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.services.texts.incoming import record_opt_out, store
from parvis.apps.telephony.services.texts.outgoing import record_status
from tests.factories import SmallTown, make_person, unique
from tests.push.browser import Subscription

NUMBER = "+14185550123"


@pytest.fixture(autouse=True)
def _quiet_clock(settings: Settings, db: None) -> None:
    settings.PARVIS_TEXTS_KEPT = True
    cache.clear()


def opened(town: SmallTown, person: Person | None) -> Case:
    new_case = NewCase(
        key=unique(), subject=town.streetlight, nature=Nature.REQUEST, channel="web", words="Il fait noir.",
        address=town.address, person=person,
    )  # fmt: skip
    return open_case(new_case, by=Actor.citizen()).case


def choose(client: Client, case: Case, **boxes: str) -> None:
    response = client.post(f"/suivi/{case.secret}/avis/", boxes)
    assert response.status_code == 302, html.unescape(response.content.decode())
    if boxes.get("phone"):
        assert response["Location"].endswith("/avis/code/")
        code = code_of(ProofCode.objects.latest("pk").uid)
        assert client.post(response["Location"], {"code": code}).status_code == 302


def answered(case: Case, town: SmallTown, words: str = "Nous y serons jeudi.") -> Entry:
    handling.answer(case_id=case.pk, words=words, by=town.technician)
    return case.entries.filter(kind=Entry.Kind.ANSWERED).latest("seq")


def letters(case: Case) -> int:
    return Outgoing.objects.filter(thread=case.reference.lower()).count()


def told_texts() -> list[OutgoingText]:
    return list(OutgoingText.objects.filter(key__startswith="told/"))


def holds(case: Case) -> bool:
    return list(journal.verify(Case.objects.filter(pk=case.pk))) == [(case.reference, [])]


def test_without_a_choice_the_letter_leaves_as_before(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    answered(case, town)
    assert letters(case) == 2 and not told_texts()


def test_text_and_e_mail_are_each_sent_once_and_the_desk_says_so(
    client: Client, town: SmallTown, signed_in: Callable[..., Client], run_jobs: Callable[[], int]
) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    choose(client, case, email="on", text="on", phone="418 555-0123")
    entry = answered(case, town, "Nous remplaçons le poteau.")
    assert entry.notified_via == "email" and entry.data["via"] == ["email", "text"]
    assert letters(case) == 2
    text = told_texts()[0]
    assert text.to == NUMBER and text.thread == case.reference and f"/suivi/{case.secret}/" in text.body
    assert "poteau" not in text.body, "a text shows on a locked screen"
    assert len(text.body) <= 160 and set(text.body) <= set(map(chr, range(32, 127))) | set("éèàù"), text.body
    run_jobs()
    page = html.unescape(signed_in(town.technician).get(f"/desk/cases/{case.reference}/").content.decode())
    assert "Courriel envoyé" in page and "Texto" in page
    assert holds(case)


def test_text_only_sends_no_e_mail_and_its_reply_joins_the_request(
    client: Client, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    choose(client, case, text="on", phone="418 555-0123")
    handling.ask(case_id=case.pk, words="Quel numéro de poteau?", by=town.technician)
    assert letters(case) == 1, "the receipt, before the choice"
    run_jobs()
    store(provider_id="SM1", sender=NUMBER, body="H-22")
    run_jobs()
    case.refresh_from_db()
    assert case.state == "working" and case.entries.filter(kind=Entry.Kind.REPLIED, body="H-22").exists()


def test_a_number_is_not_written_to_before_its_code(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    response = client.post(f"/suivi/{case.secret}/avis/", {"text": "on", "phone": "418 555-0123"})
    assert client.post(response["Location"], {"code": "12"}).status_code == 422
    answered(case, town)
    assert not told_texts() and letters(case) == 2


def test_a_choice_that_makes_no_sense_is_refused_and_kept(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    for boxes in ({}, {"email": "on", "quiet": "on"}, {"text": "on"}, {"text": "on", "phone": "12"}):
        response = client.post(f"/suivi/{case.secret}/avis/", boxes)
        assert response.status_code == 422, boxes
        for name in set(boxes) - {"phone"}:
            assert re.search(rf'name="{name}"[^>]* checked', response.content.decode()), "what was ticked is kept"
    assert not case.entries.filter(kind=Entry.Kind.CHOSE).exists()


def test_a_person_without_a_file_may_be_told_by_text(client: Client, town: SmallTown) -> None:
    case = opened(town, None)
    choose(client, case, text="on", phone="418 555-0123")
    answered(case, town)
    assert [text.to for text in told_texts()] == [NUMBER]


def test_nothing_is_sent_to_who_asked_for_nothing_until_they_choose_again(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    choose(client, case, quiet="on")
    answered(case, town)
    assert letters(case) == 1
    case.refresh_from_db()
    assert case.quiet_at and not case.notification_failed_at
    choose(client, case, email="on")
    answered(case, town, "Encore.")
    assert letters(case) == 2 and holds(case)


def test_the_same_choice_twice_is_one_entry(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    for _twice in range(2):
        choose(client, case, email="on")
    assert case.entries.filter(kind=Entry.Kind.CHOSE).count() == 1


def test_a_number_that_says_stop_is_told_by_the_way_of_the_file(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    choose(client, case, text="on", phone="418 555-0123")
    record_opt_out(NUMBER, "stop")
    entry = answered(case, town)
    assert entry.notified_via == "email" and not told_texts()


def test_when_nothing_works_any_more_the_staff_see_it(client: Client, town: SmallTown) -> None:
    case = opened(town, None)
    choose(client, case, text="on", phone="418 555-0123")
    record_opt_out(NUMBER, "stop")
    answered(case, town)
    case.refresh_from_db()
    assert case.notification_failed_at and case.entries.filter(kind=Entry.Kind.UNNOTIFIED).exists()
    assert holds(case)
    record_opt_out(NUMBER, "start")
    answered(case, town, "Encore.")
    case.refresh_from_db()
    assert case.notification_failed_at is None


def test_a_text_that_fails_alone_becomes_an_e_mail_then_a_call(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca", phone="+14185550199"))
    choose(client, case, text="on", phone="418 555-0123")
    entry = answered(case, town)
    text = told_texts()[0]
    record_status(provider_id="SM9", text_id=text.pk, news="failed", error="30003")
    for _twice in range(2):
        sweep_calls()
    assert letters(case) == 2 and not Callback.objects.exists()
    Outgoing.objects.filter(key=f"{case.reference}/{entry.seq}").update(state=Outgoing.State.FAILED)
    for _twice in range(2):
        sweep_calls()
    assert Callback.objects.filter(phone="+14185550199").count() == 1


def test_a_text_that_fails_beside_an_e_mail_changes_nothing(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca", phone="+14185550199"))
    choose(client, case, email="on", text="on", phone="418 555-0123")
    answered(case, town)
    record_status(provider_id="SM9", text_id=told_texts()[0].pk, news="failed")
    sweep_calls()
    assert not Callback.objects.exists()
    case.refresh_from_db()
    assert not case.notification_failed_at


def test_a_text_that_fails_with_no_other_way_is_told_to_the_staff(client: Client, town: SmallTown) -> None:
    case = opened(town, None)
    choose(client, case, text="on", phone="418 555-0123")
    answered(case, town)
    record_status(provider_id="SM9", text_id=told_texts()[0].pk, news="failed")
    for _twice in range(2):
        sweep_calls()
    case.refresh_from_db()
    assert case.notification_failed_at and case.entries.filter(kind=Entry.Kind.UNNOTIFIED).count() == 1


def test_a_notice_goes_to_the_device_and_its_end_to_the_file(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    secret = "s" * 43
    device = register_device(secret=secret, language="fr", **Subscription().keys)
    client.cookies["appareil"] = secret
    choose(client, case, push="on")
    entry = answered(case, town)
    assert entry.notified_via == "push" and letters(case) == 1
    push = OutgoingPush.objects.get()
    assert push.url == f"/suivi/{case.secret}/" and case.reference in push.title and "jeudi" not in push.body
    record_gone(tried={device.pk: device.endpoint})
    assert answered(case, town, "Encore.").notified_via == "email"


def test_a_device_is_added_from_the_receipt_and_letters_go_on(client: Client, town: SmallTown) -> None:
    case, nobody = opened(town, make_person(email="j@exemple.ca")), opened(town, None)
    address = "/suivi/{}/appareil/"
    assert client.post(address.format(case.secret)).status_code == 409, "no notices accepted here"
    secret = "s" * 43
    register_device(secret=secret, language="fr", **Subscription().keys)
    client.cookies["appareil"] = secret
    assert client.post(address.format("forged")).status_code == 404
    for _twice in range(2):
        assert client.post(address.format(case.secret)).status_code == 204
    assert client.post(address.format(nobody.secret)).status_code == 204
    answered(case, town)
    assert letters(case) == 2 and OutgoingPush.objects.count() == 1
    assert answered(nobody, town).notified_via == "push" and OutgoingPush.objects.count() == 2
    assert case.entries.filter(kind=Entry.Kind.CHOSE).count() == 1 and holds(case)
    elsewhere = {"sec-fetch-site": "cross-site"}
    assert client.post(address.format(case.secret), headers=elsewhere).status_code == 403


def browser_with_notices(secret: str) -> Client:
    browser = Client()
    register_device(secret=secret, language="fr", **Subscription().keys)
    browser.cookies["appareil"] = secret
    return browser


def test_a_browser_leaves_the_devices_that_it_does_not_show(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    phone, tablet = browser_with_notices("p" * 43), browser_with_notices("t" * 43)
    for browser in (phone, tablet):
        assert 'name="push_shown"' in browser.get(f"/suivi/{case.secret}/avis/").content.decode()
        choose(browser, case, email="on", push="on", push_shown="1")
    assert 'name="push_shown"' not in client.get(f"/suivi/{case.secret}/avis/").content.decode()
    choose(client, case, email="on")
    assert case.notifications.filter(via="push").count() == 2, "this browser showed no box for them"
    choose(phone, case, email="on", push_shown="1")
    assert case.notifications.filter(via="push").count() == 1
    assert not re.search(r'name="push"[^>]* checked', phone.get(f"/suivi/{case.secret}/avis/").content.decode())
    assert re.search(r'name="push"[^>]* checked', tablet.get(f"/suivi/{case.secret}/avis/").content.decode())
    choose(phone, case, push_shown="1")
    assert [row.via for row in case.notifications.all()] == ["push"], "the tablet alone"
    choose(client, case, quiet="on")
    assert not case.notifications.exists()


def test_the_whole_choice_waits_for_its_number_and_comes_with_it(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    phone = browser_with_notices("p" * 43)
    choose(phone, case, email="on", push="on", push_shown="1")
    boxes = {"text": "on", "phone": "418 555-0123", "push_shown": "1"}
    response = phone.post(f"/suivi/{case.secret}/avis/", boxes)
    assert {row.via for row in case.notifications.all()} == {"email", "push"}, "as before, until it is proved"
    phone.post(response["Location"], {"code": code_of(ProofCode.objects.latest("pk").uid)})
    assert [(row.via, row.phone) for row in case.notifications.all()] == [("text", NUMBER)]


def test_a_merged_request_is_told_by_its_own_choice(
    client: Client, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    first, second = (
        opened(town, make_person(email="a@exemple.ca")),
        opened(town, make_person("Luc", email="b@exemple.ca")),
    )
    choose(client, second, text="on", phone="418 555-0123")
    merging.merge(case_id=second.pk, into_id=first.pk, words="Même lampadaire.", by=Actor.staff(town.agent))
    handling.close(case_id=first.pk, reason="done", words="Réparé.", by=town.technician, proof="BT-1")
    run_jobs()
    assert letters(second) == 1 and told_texts()[0].thread == second.reference


def test_the_history_of_the_citizen_says_each_means(client: Client, town: SmallTown) -> None:
    case = opened(town, make_person(email="j@exemple.ca"))
    choose(client, case, email="on", text="on", phone="418 555-0123")
    answered(case, town)
    page = html.unescape(client.get(f"/suivi/{case.secret}/").content.decode())
    assert "Vous avez choisi d’être prévenu par courriel, par texto" in page and "418" in page


def test_a_number_that_costs_more_chosen_long_ago_gets_nothing_and_its_citizen_is_told_by_letter(
    town: SmallTown, client: Client
) -> None:
    case = opened(town, make_person(email="anne@exemple.ca"))
    choose(client, case, text="on", phone="418 555-0123")
    case.notifications.update(phone="+881612345678")
    before = letters(case)
    answered(case, town)
    assert letters(case) == before + 1
    assert not OutgoingText.objects.filter(to="+881612345678").exists()
