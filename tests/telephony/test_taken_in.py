"""What becomes of a text: the citizen's words on the request it answers, a waiting contact, or a refusal of texts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.journal import verify
from parvis.apps.directory.models import Actor
from parvis.apps.intake import tasks as intake_tasks
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Alert, Contact, ReceivedText, SentText
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.intake.services.texts.received import take_in_text
from parvis.apps.intake.services.texts.sent import TextToSend, send_text, take_text_back
from parvis.apps.telephony.models import IncomingText, NumberRefusal, OutgoingText
from parvis.apps.telephony.services.texts import incoming
from parvis.apps.telephony.services.texts.outgoing import queue_text, send_due
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from tests.counting import statements
from tests.factories import SmallTown, make_person, unique

ANNE = "+14505550123"
Outcome = IncomingText.Outcome


def came(body: str, sender: str = ANNE, **values: Any) -> IncomingText:
    text, _new = incoming.store(provider_id=unique("SM"), sender=sender, body=body, **values)
    return take_in_text(text_id=text.pk)


def in_hand(town: SmallTown, **values: Any) -> Contact:
    return contacts.receive(Arrival(channel="phone", key=unique(), by=Actor.staff(town.agent), **values))


def opened_in(contact: Contact, town: SmallTown) -> Case:
    by = Actor.staff(town.agent)
    request = NewRequest(unique(), town.streetlight, words="Il fait noir.", by=by, contact_id=contact.pk)
    return open_request(request).case


def sent(contact: Contact, town: SmallTown, text: TextToSend, phone: str = ANNE, key: str = "") -> SentText:
    return send_text(contact_id=contact.pk, key=key or unique(), phone=phone, text=text, by=town.agent)


def follow(case: Case) -> TextToSend:
    return TextToSend(SentText.Kind.FOLLOW, case_id=case.pk)


def later(settings: Settings, **gap: int) -> None:
    settings.PARVIS_NOW = (clock.now() + timedelta(**gap)).isoformat()


@pytest.fixture
def leave(settings: Settings, run_jobs: Callable[[], int]) -> Callable[[], None]:
    """leave(): what may no longer be taken back leaves."""

    def go() -> None:
        later(settings, seconds=11)
        send_due()
        run_jobs()

    return go


def test_the_link_of_a_request_leaves_and_the_reply_joins_it(town: SmallTown, leave: Callable[[], None]) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    text = sent(contact, town, follow(case), key="k")
    assert sent(contact, town, follow(case), key="k").pk == text.pk
    leave()
    outgoing = OutgoingText.objects.get()
    assert f"/suivi/{case.secret}/" in outgoing.body and case.reference in outgoing.body
    assert outgoing.state == OutgoingText.State.SENT
    line = case.entries.order_by("-seq")[0]
    assert (line.kind, line.body, line.actor) == ("textlink", "", town.agent), "the link is a secret"
    joined = came("C’est devant le 12, rue du Quai.")
    assert joined.outcome == Outcome.JOINED
    line = case.entries.order_by("-seq")[0]
    assert (line.kind, line.body, line.data["channel"]) == ("replied", "C’est devant le 12, rue du Quai.", "text")
    assert ReceivedText.objects.get(incoming=joined).entry == line
    assert take_in_text(text_id=joined.pk).outcome == Outcome.JOINED
    assert case.entries.count() == line.seq
    assert [fault for _reference, wrong in verify() for fault in wrong] == []


def test_a_danger_in_an_answer_to_a_request_alerts_the_screens(town: SmallTown, leave: Callable[[], None]) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, follow(case))
    leave()
    assert came("Il y a une forte odeur de gaz dans la cave.").outcome == Outcome.JOINED
    assert Alert.objects.get(kind="danger").case == case


def test_the_same_words_twice_are_one_line(town: SmallTown, leave: Callable[[], None]) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, follow(case))
    leave()
    assert [came("Oui").outcome, came("Oui").outcome] == [Outcome.JOINED, Outcome.JOINED]
    assert case.entries.filter(kind="replied").count() == 1


def test_words_about_a_request_are_read_by_staff_and_citizen(
    town: SmallTown, leave: Callable[[], None], client: Client
) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, TextToSend(SentText.Kind.WORDS, case.pk, words="L’équipe passe demain."))
    leave()
    assert "L’équipe passe demain." in client.get(f"/suivi/{case.secret}/").text
    client.force_login(town.agent)
    page = client.get(f"/desk/cases/{case.reference}/").text
    assert "Texto envoyé" in page and "L’équipe passe demain." in page


def test_a_reply_to_an_old_text_or_to_none_waits_for_an_agent(
    town: SmallTown, leave: Callable[[], None], settings: Settings, client: Client
) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, follow(case))
    leave()
    later(settings, days=31)
    assert came("Et puis?").outcome == Outcome.NEW
    person = make_person("Luc Roy", phone="+14505550199")
    assert came("Le lampadaire clignote.", "+14505550199", files=2).outcome == Outcome.NEW
    waiting = Contact.objects.get(phone="+14505550199")
    assert (waiting.person, waiting.channel, waiting.state) == (person, "text", "waiting")
    client.force_login(town.agent)
    page = client.get("/desk/waiting/").text
    assert "Texto" in page and "Le lampadaire clignote." in page and "Et puis?" in page
    assert "2 images" in page
    client.post(f"/desk/waiting/{waiting.pk}/take/")
    assert "Le lampadaire clignote." in client.get(f"/desk/contacts/{waiting.pk}/").text


def test_a_closed_request_opens_again_unless_they_only_thank(town: SmallTown, leave: Callable[[], None]) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, follow(case))
    leave()
    handling.close(case_id=case.pk, reason="done", words="Remplacé.", proof="Remplacé.", by=town.technician)
    assert came("Merci beaucoup!").outcome == Outcome.NEW
    assert came("C’est encore éteint.").outcome == Outcome.JOINED
    case.refresh_from_db()
    assert case.state != "closed"


def test_danger_is_put_first(town: SmallTown, client: Client) -> None:
    came("Quand ouvre la piscine?", "+14505550101")
    came("Ça sent le gaz dans ma maison", "+14505550102")
    client.force_login(town.agent)
    page = client.get("/desk/waiting/").text
    assert page.index("le gaz") < page.index("la piscine")
    assert "danger" in page


def test_the_list_costs_the_same_whatever_its_length(town: SmallTown, client: Client) -> None:
    client.force_login(town.agent)
    costs = []
    for number in range(4):
        came(f"Message {number}", f"+1450555020{number}")
        client.get("/desk/waiting/")
        with statements() as queries:
            client.get("/desk/waiting/")
        costs.append(len(queries))
    assert len(set(costs)) == 1, costs


@pytest.mark.parametrize(("word", "back"), [("STOP", "START"), ("Arrêt", "unstop")])
def test_a_number_that_refuses_gets_nothing_until_it_comes_back(
    word: str, back: str, town: SmallTown, leave: Callable[[], None]
) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    late = sent(contact, town, follow(case))
    assert came(word).outcome == Outcome.STOP
    leave()
    late.outgoing.refresh_from_db()
    assert late.outgoing.result == OutgoingText.Result.REFUSED
    assert not case.entries.filter(kind="textlink").exists()
    assert Contact.objects.filter(channel="text").count() == 0
    with pytest.raises(Invalid) as refusal:
        sent(contact, town, follow(case))
    assert refusal.value.fields.keys() == {"phone"}
    assert came(back).outcome == Outcome.START
    assert sent(contact, town, follow(case)).pk


def test_a_text_is_taken_back_for_a_moment(town: SmallTown, leave: Callable[[], None]) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    text = sent(contact, town, follow(case))
    take_text_back(sent_id=text.pk, by=town.agent)
    take_text_back(sent_id=text.pk, by=town.agent)
    leave()
    text.outgoing.refresh_from_db()
    assert text.outgoing.state == OutgoingText.State.CANCELLED
    assert not case.entries.filter(kind="textlink").exists()
    gone = sent(contact, town, follow(case))
    leave()
    with pytest.raises(Conflict):
        take_text_back(sent_id=gone.pk, by=town.agent)
    with pytest.raises(NotFound):
        take_text_back(sent_id=gone.pk, by=town.agent_and_technician)


def test_only_a_request_of_the_contact_may_be_sent(town: SmallTown) -> None:
    elsewhere = opened_in(in_hand(town), town)
    with pytest.raises(Invalid):
        sent(in_hand(town), town, follow(elsewhere))
    assert OutgoingText.objects.count() == 0


def test_a_text_left_behind_by_its_job_is_taken_in(town: SmallTown, settings: Settings) -> None:
    text, _new = incoming.store(provider_id="SM1", sender=ANNE, body="Bonjour")
    later(settings, minutes=6)
    intake_tasks.sweep_texts()
    text.refresh_from_db()
    assert text.outcome == Outcome.NEW


def test_words_erased_by_law_take_the_texts_and_their_numbers(
    town: SmallTown, leave: Callable[[], None], run_jobs: Callable[[], int]
) -> None:
    contact = in_hand(town)
    case = opened_in(contact, town)
    sent(contact, town, follow(case))
    sent(contact, town, TextToSend(SentText.Kind.WORDS, case.pk, words="Votre voisin Zacharie"))
    leave()
    came("Mon voisin Zéphirin")
    came("STOP")
    reply = case.entries.get(kind="replied")
    for seq in (reply.seq, 1):
        erase_words(case_id=case.pk, seq=seq, ground="A-2.1, a. 28", by=town.privacy_officer)
        run_jobs()
    kept = str([*OutgoingText.objects.values(), *IncomingText.objects.values(), *NumberRefusal.objects.values()])
    for words in ("Zacharie", "Zéphirin", ANNE, case.secret):
        assert words not in kept
    with pytest.raises(Invalid):
        queue_text(key=unique(), to=ANNE, body="Bonjour")
