"""What is left of a reader who was erased by law, or is no longer kept: nothing, in any table."""

import re
from collections import deque
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.services.incoming import store_message
from parvis.apps.newsletter import tasks
from parvis.apps.newsletter.models import ContactPoint, Issue, IssueDelivery
from parvis.apps.newsletter.queries import issues
from parvis.apps.newsletter.services.issues import Words, save_issue, send_now
from parvis.apps.newsletter.services.subscriber_erasure import purge
from parvis.lib.clock import at, now
from tests.everywhere import tables_holding
from tests.factories import SmallTown, unique
from tests.newsletter.smtp import MailServer

pytestmark = pytest.mark.django_db
WHO = "louise.planted@exemple.ca"
FORM = {"email": WHO, "news": "on", "alerts": "on", "address": "", "website": ""}
DSN = (
    "From: MAILER-DAEMON@exemple.ca\r\nTo: {to}\r\nSubject: Undelivered\r\nMessage-ID: <{name}@x>\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n{who} is full\r\n--b\r\n"
    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; {who}\r\n"
    "Status: 4.2.2\r\nDiagnostic-Code: smtp; 452 {who} is full\r\n\r\n--b--\r\n"
)


def confirmed(client: Client, run_jobs: Callable[[], int]) -> ContactPoint:
    """Someone who subscribed on the site, confirmed by the letter, and asked again afterwards."""
    client.post("/abonnement/", FORM)
    run_jobs()
    letter = Outgoing.objects.get(to=WHO)
    path = re.search(r"https?://[^/\s]+(/abonnement/\S+/)", letter.text)
    assert path
    client.post(f"{path[1]}confirmer/")
    Client().post("/abonnement/", FORM)
    run_jobs()
    return ContactPoint.objects.get(target=WHO)


def test_an_erased_reader_is_in_no_table(
    mail_server: MailServer,
    issue: Issue,
    town: SmallTown,
    client: Client,
    run_jobs: Callable[[], int],
    signed_in: Callable[..., Client],
) -> None:
    point = confirmed(client, run_jobs)
    mail_server.data[WHO] = deque([f"452 4.2.2 <{WHO}> is full", "250 taken"])
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    with at(now() + timedelta(hours=1)):
        tasks.send_waiting()
    letter = next(one for one in mail_server.to(WHO) if "issue-" in one.sender)
    leave = letter.message["List-Unsubscribe"].partition("mailto:")[2].partition("?")[0]
    store_message(DSN.format(to=letter.sender, who=WHO, name="dsn").encode())
    away = f"From: {WHO}\r\nTo: {letter.sender}\r\nSubject: Absente\r\nAuto-Submitted: auto-replied\r\n\r\nAbsente\r\n"
    store_message(away.encode())
    store_message(f"From: {WHO}\r\nTo: {leave}\r\nSubject: partir\r\n\r\npartir\r\n".encode())
    for incoming in Incoming.objects.order_by("pk"):
        take_in_mail(incoming_id=incoming.pk)
    assert set(Incoming.objects.values_list("outcome", flat=True)) <= {"ignored", "bounce"}
    assert tables_holding(WHO) >= {"mail_outgoing.to", "newsletter_issuedelivery.to", "mail_incoming.from_address"}
    signed_in(town.privacy_officer).post(f"/desk/newsletter/subscribers/{point.pk}/erase/", {"ground": "demandé"})
    assert not ContactPoint.objects.exclude(target="").exists()
    assert tables_holding(WHO, WHO.partition("@")[0]) == set()
    assert issues.figures([issue.pk])[issue.pk].sent == 1  # the figures stay


def test_a_request_never_confirmed_leaves_no_address_behind(
    town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    client.post("/abonnement/", FORM)
    run_jobs()
    assert tables_holding(WHO) == {"mail_outgoing.to", "newsletter_contactpoint.target"}
    with at(now() + timedelta(days=31)):
        assert purge() == 1
    assert tables_holding(WHO) == set()


def test_what_the_mail_server_says_of_all_letters_names_no_reader(
    mail_server: MailServer, issue: Issue, town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    confirmed(client, run_jobs)
    mail_server.rcpt[WHO] = deque([f"421 4.3.2 <{WHO}> come back"])
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    wait = issues.server_wait()
    assert wait and "come back" in wait.words and WHO not in wait.words
    mail_server.rcpt.clear()
    mail_server.mail.append(f"550 5.7.1 not allowed to write to {WHO}")
    other = save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor)
    send_now(issue_id=other.pk, by=town.communications)
    with at(now() + timedelta(minutes=5)):
        tasks.send_waiting()
    assert Issue.objects.filter(state=Issue.State.PAUSED, held_reason__contains="not allowed").exists()
    assert "newsletter_issue.held_reason" not in tables_holding(WHO)
    assert "newsletter_journal.words" not in tables_holding(WHO)


def test_a_reader_of_a_thousand_letters_is_erased_and_a_neighbour_in_name_is_not(
    mail_server: MailServer,
    reader: Callable[..., ContactPoint],
    issue: Issue,
    town: SmallTown,
    run_jobs: Callable[[], int],
    signed_in: Callable[..., Client],
) -> None:
    short, longer = reader("a@exemple.ca"), reader("maria@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    for one in (short, longer):
        letter = mail_server.to(one.target)[0]
        store_message(DSN.format(to=letter.sender, who=one.target, name=f"dsn-{one.pk}").encode())
    for incoming in Incoming.objects.order_by("pk"):
        take_in_mail(incoming_id=incoming.pk)
    assert Incoming.objects.filter(outcome="bounce").count() == 2
    old = Issue.objects.bulk_create(
        Issue(key=unique(), title_fr="Avant", sender="Anse", postal_address="1, rue", created_at=day, changed_at=day)
        for day in [now()] * 1100
    )
    IssueDelivery.objects.bulk_create(
        IssueDelivery(
            issue=each, point=short, to=short.target, domain="exemple.ca", language="fr", state="sent", queued_at=now()
        )
        for each in old
    )
    url = f"/desk/newsletter/subscribers/{short.pk}/erase/"
    assert signed_in(town.privacy_officer).post(url, {"ground": "demandé"}).status_code == 302
    assert not IssueDelivery.objects.filter(to=short.target).exists()
    kept = Incoming.objects.filter(erased_at=None)
    assert [longer.target in incoming.text for incoming in kept] == [True]
    assert IssueDelivery.objects.filter(to=longer.target).count() == 1
