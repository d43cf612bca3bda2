"""The page that says whether mail still comes, the test of a mailbox, and what /readyz says of both."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from parvis.apps.directory.models import Department, User
from parvis.apps.mail.letters import APPROVAL_RENDERER, Awaited
from parvis.apps.mail.models import InboundDelivery, Incoming, Mailbox, Outgoing
from parvis.apps.mail.services.holding import hold_unsent, send_held
from parvis.apps.mail.services.incoming import Arrived, store_message
from parvis.apps.mail.services.outgoing import cancel_letter, erase_letter, queue_letter
from parvis.apps.panels.models import Screen
from parvis.apps.social.models import Account
from parvis.apps.telephony.models import IncomingText, OutgoingCall
from parvis.lib import clock
from tests.factories import SmallTown
from tests.intake.test_received_mail import raw, received

SignedIn = Callable[[User], Client]


def mailbox(slug: str, **values: Any) -> Mailbox:
    department = Department.objects.order_by("pk")[0]
    return Mailbox.objects.create(slug=slug, address=f"{slug}@anse.exemple.ca", department=department, **values)


@pytest.fixture
def silent(town: SmallTown) -> Mailbox:
    return mailbox("taxes", server="imaps://mail.example/INBOX", trouble="connection refused")


def page(client: Client) -> str:
    response = client.get("/desk/channels/")
    assert response.status_code == 200
    return response.content.decode()


def row(text: str, name: str) -> str:
    """The row of the table of a channel."""
    return next(part for part in text.split("<tr>") if name in part.partition("</th>")[0])


@pytest.mark.parametrize(("language", "words"), [("fr", "Muette"), ("en", "Silent")])
def test_a_silent_mailbox_is_said_with_its_reason(
    signed_in: SignedIn, town: SmallTown, silent: Mailbox, language: str, words: str
) -> None:
    User.objects.filter(pk=town.agent.pk).update(language=language)
    text = page(signed_in(User.objects.get(pk=town.agent.pk)))
    assert words in text and "connection refused" in text and silent.address in text


def test_what_came_is_counted_for_each_mailbox(signed_in: SignedIn, town: SmallTown) -> None:
    box = mailbox("info", server="imaps://mail.example/INBOX", succeeded_at=clock.now(), left=3)
    for name in ("a", "b"):
        store_message(raw(Subject=name), Arrived(InboundDelivery.Via.IMAP, box, uid=ord(name)))
    Incoming.objects.filter(pk=Incoming.objects.latest("pk").pk).update(outcome="quarantined")
    text = page(signed_in(town.administrator))
    assert "2 aujourd’hui" in row(text, "info@") and "3 messages à lire" in text and "Muette" not in text
    assert "1 message en quarantaine" in row(text, "info@") and "/desk/inbox/quarantine/" in row(text, "info@")


@pytest.mark.both_databases
def test_what_came_by_receive_mail_is_counted_even_to_no_mailbox(signed_in: SignedIn, town: SmallTown) -> None:
    client = signed_in(town.administrator)
    assert "Rien n’est venu en 7\u00a0jours" in row(page(client), "receive-mail")
    store_message(raw(Subject="a"), Arrived(InboundDelivery.Via.STDIN))
    with clock.at(clock.now() - timedelta(days=3)):
        store_message(raw(Subject="b"), Arrived(InboundDelivery.Via.STDIN))
    with clock.at(clock.now() - timedelta(days=8)):
        store_message(raw(Subject="c"), Arrived(InboundDelivery.Via.STDIN))
    text = row(page(client), "receive-mail")
    assert "Fonctionne" in text and "1 aujourd’hui" in text and "2 en 7\u00a0jours" in text


@pytest.mark.both_databases
def test_letters_that_came_back_are_counted_and_listed_with_their_reason(signed_in: SignedIn, town: SmallTown) -> None:
    client = signed_in(town.administrator)
    assert "Fonctionne" in row(page(client), "Lettres par courriel")
    assert "Aucune lettre n’est revenue" in client.get("/desk/channels/undelivered/").text
    with transaction.atomic():
        for name in ("a", "b", "c"):
            args = [str(next(iter(Awaited))), "Neige", "/desk/", "Luc"]
            queue_letter(key=name, to=f"{name}@citoyens.example", language="fr", renderer=APPROVAL_RENDERER, args=args)
    Outgoing.objects.filter(key="a").update(state="failed", error="550 no such user", subject="Neige")
    Outgoing.objects.filter(key="b").update(state="sent", sent_at=clock.now())
    cancel_letter(key="c")
    text = row(page(client), "Lettres par courriel")
    assert "1 lettre non livrée" in text and "1 aujourd’hui" in text and "/desk/channels/undelivered/" in text
    listed = client.get("/desk/channels/undelivered/").text
    assert "a@citoyens.example" in listed and "550 no such user" in listed and "b@citoyens.example" not in listed
    assert signed_in(town.technician).get("/desk/channels/undelivered/").status_code == 403


@pytest.mark.both_databases
def test_every_channel_is_a_row_that_says_its_state_in_words(signed_in: SignedIn, town: SmallTown) -> None:
    text = page(signed_in(town.administrator))
    for name in ("Réseaux sociaux", "Panneaux"):
        assert "Non configuré" in row(text, name)
    now = clock.now()
    Account.objects.create(network="mastodon", name="Ville", page_id="1", added_at=now, checked_at=now)
    Account.objects.create(network="facebook", name="Parc", page_id="2", added_at=now, dead_at=now, error_code="190")
    for name, seen_at in (("Aréna", now), ("Mairie", now - timedelta(days=1))):
        Screen.objects.create(name=name, secret=name * 4, made_at=now, seen_at=seen_at)
    IncomingText.objects.create(provider_id="1", sender="+14505550123", body="Bonjour", received_at=now)
    call = {"to": "+14505550123", "queued_at": now, "sent_at": now, "state": "sent"}
    OutgoingCall.objects.create(key="heard", result="heard", **call)
    OutgoingCall.objects.create(key="missed", result="unanswered", **call)
    text = page(signed_in(town.administrator))
    assert "Branché" in row(text, "Mastodon, Ville")
    assert "Plus rien ne part" in row(text, "Facebook, Parc") and "/desk/social/" in row(text, "Facebook, Parc")
    assert "1 écran sur 2 va bien" in row(text, "Panneaux") and "/desk/panels/" in row(text, "Panneaux")
    assert "1 aujourd’hui" in row(text, "Textos")
    calls = row(text, "Appels téléphoniques")
    assert "2 aujourd’hui" in calls and '">1</td>' in calls


def test_ten_mailboxes_accounts_and_screens_cost_no_more_queries_than_one(signed_in: SignedIn, town: SmallTown) -> None:
    client, counts = signed_in(town.agent), []
    mailbox("un")
    page(client)
    for more in (0, 9):
        for rank in range(more):
            box = mailbox(f"autre-{rank}", server="imaps://mail.example")
            store_message(raw(Subject=box.slug), Arrived(InboundDelivery.Via.IMAP, box, uid=rank + 1))
            Account.objects.create(network="mastodon", name=box.slug, page_id=box.slug, added_at=clock.now())
            Screen.objects.create(name=box.slug, secret=f"secret-of-{rank:08}", made_at=clock.now())
        with CaptureQueriesContext(connection) as captured:
            page(client)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_a_test_message_says_how_long_it_took_to_come_back(
    signed_in: SignedIn, town: SmallTown, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    settings.PARVIS_MAILBOX = False
    box, client, left_at = mailbox("info"), signed_in(town.agent), clock.now()
    with clock.at(left_at):
        assert client.post(f"/desk/channels/{box.pk}/test/").status_code == 302
        assert client.post(f"/desk/channels/{box.pk}/test/").status_code == 302  # twice in a minute is refused
    letter = Outgoing.objects.get()
    assert letter.to == box.address and "pas encore revenu" in page(client)
    with clock.at(left_at + timedelta(seconds=42)):
        incoming = received(raw("-", From=town.town.email, Message_ID=letter.message_id))
    assert (incoming.outcome, incoming.reason) == ("ignored", "round-trip")
    assert "revenu en 42\u00a0s" in page(client)


def test_without_any_mailbox_the_page_says_where_messages_come(signed_in: SignedIn, town: SmallTown) -> None:
    assert "Aucune adresse" in page(signed_in(town.agent))


def test_readiness_names_the_mailbox_that_is_silent_and_stays_ready(silent: Mailbox) -> None:
    mailbox("info", server="imaps://mail.example/INBOX", succeeded_at=clock.now() - timedelta(seconds=20))
    body = Client().get("/readyz").json()
    assert body["mailboxes"] == {"info": pytest.approx(20, abs=3), "taxes": -1}
    assert any("taxes" in warning for warning in body["warnings"]) and not any("info" in w for w in body["warnings"])


def test_a_mailbox_proposes_its_own_subject_when_none_is_found(signed_in: SignedIn, town: SmallTown) -> None:
    mailbox("info", subject=town.streetlight)
    incoming = received(raw("Zzyzx qwfp.", Subject="Zzyzx"))
    text = signed_in(town.agent).get(f"/desk/inbox/{incoming.received.contact_id}/").content.decode()
    assert town.streetlight.slug in text


@pytest.mark.parametrize(("decision", "says"), [("send", "partent d’ici une minute"), ("settle", "ne repartent pas")])
def test_letters_held_by_a_restored_backup_wait_for_a_person_who_sends_them_or_not(
    signed_in: SignedIn, town: SmallTown, run_jobs: Callable[[], int], decision: str, says: str
) -> None:
    with transaction.atomic():
        for name in ("a", "b"):
            args = [str(next(iter(Awaited))), "Neige", "/desk/", "Luc"]
            queue_letter(key=name, to=f"{name}@citoyens.example", language="fr", renderer=APPROVAL_RENDERER, args=args)
    client = signed_in(town.administrator)
    assert "sont retenues" not in page(client)
    assert hold_unsent() == 2
    run_jobs()
    assert set(Outgoing.objects.values_list("state", "attempts")) == {("held", 0)}
    assert "2 lettres sont retenues" in page(client)
    response = client.post("/desk/channels/held/", {decision: ""}, follow=True)
    assert says in response.content.decode() and "sont retenues" not in response.content.decode()
    assert run_jobs() == (2 if decision == "send" else 0)
    assert set(Outgoing.objects.values_list("state", "attempts")) == {("sent", 1 if decision == "send" else 0)}


def test_a_letter_held_is_erased_or_called_off_like_one_that_waits(town: SmallTown) -> None:
    with transaction.atomic():
        for name in ("a", "b"):
            args = [str(next(iter(Awaited))), "Neige", "/desk/", "Luc"]
            queue_letter(key=name, to=f"{name}@citoyens.example", language="fr", renderer=APPROVAL_RENDERER, args=args)
    hold_unsent()
    assert cancel_letter(key="a")
    erase_letter(key="b")
    assert send_held() == 0
    assert set(Outgoing.objects.values_list("state", "error")) == {("cancelled", "called off"), ("cancelled", "erased")}


def test_who_may_not_see_the_channels_may_not_send_what_is_held(signed_in: SignedIn, town: SmallTown) -> None:
    assert signed_in(town.technician).post("/desk/channels/held/", {"send": ""}).status_code == 403
