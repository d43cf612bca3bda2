"""What Parvis answers by itself to a message: rarely, never to a machine, never in a loop; and what a danger starts.

The numbers are those of the list of what a mail channel does (docs/build/mail.md).
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from parvis.apps.cases.models import Entry
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.directory.models import Department, User
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.intake.queries import alerts
from parvis.apps.intake.services.mail.automatic import DANGER_LINE, RECEIPT
from parvis.apps.mail.models import Incoming, Mailbox, Outgoing
from parvis.apps.mail.queries import BREAKER_LETTERS
from parvis.apps.mail.rules.threads import reply_address
from parvis.apps.mail.services.automatic import ALARM_RENDERER
from parvis.apps.mail.tasks import message as as_sent
from parvis.lib import clock
from tests.factories import SmallTown, make_person, unique
from tests.intake.test_received_mail import ANNE, case_of, raw, received
from tests.mail.conftest import Post

ROUNDS = 100


@pytest.fixture(autouse=True)
def _mailbox(town: SmallTown) -> Mailbox:
    return Mailbox.objects.create(
        slug="info",
        address="info@anse.exemple.ca",
        department=Department.objects.order_by("pk")[0],
        authority="mail.anse.exemple.ca",
    )


def receipts() -> list[Outgoing]:
    return list(Outgoing.objects.filter(renderer=RECEIPT).order_by("pk"))


def test_19_a_message_is_acknowledged_as_a_machine_may(run_jobs: Callable[[], int], post: Post) -> None:
    received(raw("Mon adresse est le 12, rue Haute.", Message_ID="<a@x.ca>", Subject="Cabanon"))
    run_jobs()
    [letter] = post.received
    assert letter["Auto-Submitted"] == "auto-replied" and letter["X-Auto-Response-Suppress"] == "All"
    assert letter["In-Reply-To"] == letter["References"] == "<a@x.ca>"
    text = str(letter.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "Cabanon" in text and "911" in text and "rue Haute" not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Return-Path": "<>"},
        {"List-Id": "<nouvelles.exemple.ca>"},
        {"Precedence": "bulk"},
        {"X-Auto-Response-Suppress": "All"},
        {"From": "noreply@exemple.ca"},
        {"From": "info@anse.exemple.ca"},
        {"To": "autre@exemple.ca"},
        {"Authentication-Results": "mail.anse.exemple.ca; dmarc=fail header.from=exemple.ca"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_18_nothing_is_answered_to_a_machine_a_list_a_forger_or_oneself(headers: dict[str, str]) -> None:
    received(raw(**headers))
    assert not Outgoing.objects.exists()


def test_20_an_address_gets_one_receipt_in_three_hours_and_two_without_a_person() -> None:
    start = clock.now()
    for hours in (0, 1, 4, 8, 12):
        with clock.at(start + timedelta(hours=hours)):
            received(raw(f"Un message, {hours}.", Subject=f"Sujet {hours}"))
    assert [letter.queued_at - start for letter in receipts()] == [timedelta(0), timedelta(hours=4)]
    Outgoing.objects.create(
        key="x", message_id="<x@y>", to=ANNE, personal=True, queued_at=start + timedelta(hours=13), renderer="-"
    )
    with clock.at(start + timedelta(hours=14)):
        received(raw("Merci, une autre question.", Subject="Autre"))
    assert len(receipts()) == 3


def test_20_when_too_many_would_leave_none_does_and_the_administrators_are_told(town: SmallTown) -> None:
    now = clock.now()
    Outgoing.objects.bulk_create(
        Outgoing(key=f"k{n}", message_id=f"<{n}@y>", to=f"{n}@exemple.ca", reply=True, queued_at=now, renderer="-")
        for n in range(BREAKER_LETTERS)
    )
    for _time in range(2):
        received(raw(Subject=unique()))
    assert not receipts() and Contact.objects.count() == 2
    told = {letter.to for letter in Outgoing.objects.filter(renderer=ALARM_RENDERER)}
    assert told == {town.administrator.email, town.key_maker.email}
    with clock.at(now + timedelta(hours=2)):
        received(raw(Subject=unique()))
    assert len(receipts()) == 1


def answer_of_a_naive_desk(to: str, number: int) -> bytes:
    """A desk that answers everything, says nowhere that it is a machine, and quotes no identifier."""
    words = f"Votre demande {number} est bien reçue."
    return raw(words, From="Autre ville <bureau@autre.example>", To=to, Subject=f"Demande {number} reçue")


@pytest.mark.parametrize("apart", [timedelta(seconds=5), timedelta(hours=5)], ids=["at once", "for weeks"])
def test_30_two_desks_that_answer_each_other_stop(apart: timedelta) -> None:
    now, content = clock.now(), answer_of_a_naive_desk("info@anse.exemple.ca", 0)
    for number in range(1, ROUNDS + 1):
        with clock.at(now + apart * number):
            received(content)
            to = str(as_sent(receipts()[-1]).message()["Reply-To"])  # it goes on, whether we answer or not
            content = answer_of_a_naive_desk(to, number)
    assert 1 <= len(receipts()) < 3
    assert Incoming.objects.filter(outcome="new").count() == ROUNDS


def test_30_our_own_receipt_sent_to_us_is_answered_by_nothing() -> None:
    received(raw())
    [letter] = receipts()
    letter.text, letter.subject, letter.to = "Reçu.", "Reçu", "info@anse.exemple.ca"
    assert received(as_sent(letter).message().as_bytes()).outcome == "ignored"
    assert len(receipts()) == 1


GAS = "Il y a une fuite de gaz dans ma cave, ça sent très fort."


def test_a_danger_alerts_the_screens_and_tells_the_sender_to_call_911(town: SmallTown) -> None:
    received(raw(GAS, Subject="Urgent"))
    [alert] = Alert.objects.all()
    assert alert.kind == "danger" and alert.by is None and "gaz" in alert.words
    assert alerts.untaken(town.agent) == alerts.untaken(town.manager) == [alert]
    sent = {letter.renderer: letter.to for letter in Outgoing.objects.all()}
    assert sent[DANGER_LINE] == ANNE and RECEIPT not in sent
    assert town.manager.email in sent.values()


def test_the_bar_of_a_danger_leads_to_its_message(town: SmallTown, signed_in: Callable[[User], Client]) -> None:
    incoming = received(raw(GAS, Subject="Urgent"))
    bar = signed_in(town.agent).get("/desk/alerts/changes").content.decode()
    assert f"/desk/inbox/{incoming.received.contact_id}/" in bar


def test_the_bar_sends_a_manager_to_the_alerts_since_messages_are_for_agents(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    received(raw(GAS, Subject="Urgent"))
    bar = signed_in(town.manager).get("/desk/alerts/changes").content.decode()
    assert "/desk/inbox/" not in bar and "/desk/alerts/" in bar


def test_a_danger_erased_by_law_leaves_the_alerts_and_their_letters_too(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    case = case_of(town)
    address = reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)
    received(raw(GAS, To=address))
    run_jobs()
    entry = case.entries.get(kind="replied")
    erase_words(case_id=case.pk, seq=entry.seq, ground="Demande", by=town.privacy_officer)
    run_jobs()
    assert Alert.objects.get().words == ""
    assert not any("gaz" in letter.text for letter in Outgoing.objects.all())


def test_a_danger_in_an_answer_to_a_request_alerts_too(town: SmallTown) -> None:
    case = case_of(town)
    address = reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)
    received(raw(GAS, To=address))
    assert [(alert.case, alert.kind) for alert in Alert.objects.all()] == [(case, "danger")]
    assert Outgoing.objects.filter(renderer=DANGER_LINE, to=ANNE).exists()


def test_a_danger_that_a_machine_writes_alerts_people_and_answers_nothing(town: SmallTown) -> None:
    received(raw(GAS, Return_Path="<>"))
    assert not Outgoing.objects.filter(renderer=DANGER_LINE).exists()


def test_14_a_forged_sender_joins_no_request_by_its_number(town: SmallTown) -> None:
    case = case_of(town)
    failed = "mail.anse.exemple.ca; dmarc=fail header.from=exemple.ca"
    incoming = received(raw("Fermez-la.", Subject=f"Re: {case.reference}", Authentication_Results=failed))
    assert incoming.outcome == "new" and incoming.trust == "failed"


@pytest.mark.parametrize(("verdict", "words"), [("pass", "vérifiée"), ("fail", "n’est pas celle"), ("none", "connue.")])
def test_14_the_agent_reads_how_far_the_sender_is_believed(
    town: SmallTown, signed_in: Callable[[User], Client], verdict: str, words: str
) -> None:
    person = make_person(email=ANNE, name="Anne Roy")
    results = f"mail.anse.exemple.ca; dmarc={verdict} header.from=exemple.ca"
    incoming = received(raw(Authentication_Results=results))
    contact = Contact.objects.get(mails__incoming=incoming)
    assert contact.person == (None if verdict == "fail" else person)
    assert words in signed_in(town.agent).get(f"/desk/inbox/{contact.pk}/").content.decode()


def test_11_someone_else_who_answers_is_named(town: SmallTown) -> None:
    case = case_of(town)
    address = reply_address("info@anse.exemple.ca", case.reference, settings.SECRET_KEY)
    assert received(raw("Je réponds pour Anne.", From="paul@exemple.ca", To=address)).outcome == "joined"
    assert "(paul@exemple.ca)" in Entry.objects.filter(case=case, by_citizen=True).latest("seq").body
