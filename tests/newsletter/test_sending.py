"""The sending of the letters, over the wire: points 30 to 35 of outreach."""

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.test import Client
from django.utils.timezone import localtime
from pytest_django import Settings

from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.mail.services.incoming import store_message
from parvis.apps.newsletter import tasks
from parvis.apps.newsletter.models import Consent, ContactPoint, Issue, IssueDelivery, SenderLease, Subscription
from parvis.apps.newsletter.queries import issues
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services import alerts, sending
from parvis.apps.newsletter.services.importing import COLUMNS, import_subscribers
from parvis.apps.newsletter.services.issues import Words, pause, resume, retry, save_issue, schedule, send_now
from parvis.apps.newsletter.services.subscriber_erasure import purge
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol, leave_all
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.services.carriers import Addressed
from parvis.apps.telephony.services.texts.outgoing import queue_texts
from parvis.lib.clock import at, now
from parvis.lib.errors import Conflict, Invalid
from tests.factories import SmallTown, unique
from tests.newsletter.smtp import DROP, MailServer

pytestmark = pytest.mark.django_db
Reader = Callable[..., ContactPoint]
Run = Callable[[], int]
State = IssueDelivery.State
CHUNK = 30


def send(issue: Issue, town: SmallTown, run_jobs: Run) -> issues.Figures:
    send_now(issue_id=issue.pk, by=town.communications)
    run_jobs()
    return issues.figures([issue.pk])[issue.pk]


def content(message: EmailMessage, kind: str) -> str:
    """The part of a letter in "plain" or "html"."""
    part = message.get_body((kind,))
    assert part
    return str(part.get_content())


def later(run_jobs: Run, **how: float) -> None:
    with at(now() + timedelta(**how)):
        tasks.send_waiting()
        run_jobs()


def test_30_the_headers_of_a_letter_leave_by_one_bare_post(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    point = reader("jean@exemple.ca", alerts=True)
    assert send(issue, town, run_jobs).sent == 1
    [taken] = mail_server.taken
    message = taken.message
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link, mailto = (part.strip(" <>") for part in message["List-Unsubscribe"].split(","))
    assert link.startswith("https://service.anse.exemple.ca/") and mailto.startswith("mailto:")
    path = link.removeprefix("https://service.anse.exemple.ca")
    assert message["Subject"] == "La neige arrive" and "Patinoire" in content(message, "plain")
    for body in ("plain", "html"):
        words = content(message, body)
        assert "1, rue du Quai" in words and path in words.replace("&amp;", "&") and "parvis:" not in words
    scanner = Client(enforce_csrf_checks=True)
    assert scanner.get(path).status_code == 200
    assert Subscription.objects.filter(point=point, kind="news").exists()  # a GET changes nothing
    bare = Client(enforce_csrf_checks=True, headers={"Origin": "https://mail.example"})
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b"):
        part = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
        body = part if "multipart" in content_type else "List-Unsubscribe=One-Click"
        response = bare.post(path, data=body, content_type=content_type)
        assert response.status_code == 200
        assert not response.cookies
        assert not recipients(kind="news")
    assert [one.id for one in recipients(kind="alerts")] == [point.pk]
    assert issues.figures([issue.pk])[issue.pk].left == 1
    assert point.consents.filter(via=Consent.Via.ONE_CLICK, action=Consent.Action.WITHDRAWN).count() == 1


def test_30_a_message_to_the_leave_address_is_obeyed(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run, settings: Settings
) -> None:
    for subaddresses, email in ((True, "lea@exemple.ca"), (False, "luc@exemple.ca")):
        settings.PARVIS_MAIL_SUBADDRESSES = subaddresses
        point = reader(email)
        made = save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor)
        send(made, town, run_jobs)
        address, _, subject = (
            mail_server.to(email)[-1].message["List-Unsubscribe"].partition("mailto:")[2].partition("?")
        )
        raw = f"From: {email}\r\nTo: {address}\r\nSubject: {subject.strip('>').removeprefix('subject=')}\r\n\r\n\r\n"
        incoming = take_in_mail(incoming_id=store_message(raw.encode())[0].pk)
        assert incoming.outcome == "ignored"
        assert not point.subscriptions.exists()
    forged = (
        "From: x@exemple.ca\r\nTo: bonjour@anse.exemple.ca\r\nSubject: leave-1-news.aaaaaaaaaaaaaaaa\r\n\r\nnon\r\n"
    )
    other = reader("autre@exemple.ca")
    take_in_mail(incoming_id=store_message(forged.replace("leave-1", f"leave-{other.pk}").encode())[0].pk)
    assert other.subscriptions.exists()


def test_32_what_bounces_or_complains_is_told_nothing_more(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    unknown, gone, angry, policy, slow = (reader(f"{name}@exemple.ca") for name in "abcde")
    mail_server.rcpt["a@exemple.ca"] = deque(["550 5.1.1 no such user"])
    mail_server.data["d@exemple.ca"] = deque(["550 5.7.1 looks like spam"])
    figures = send(issue, town, run_jobs)
    assert (figures.sent, figures.failed, figures.bounced) == (3, 2, 1)
    returned = {letter.to: letter for letter in mail_server.taken}
    dsn = (
        "From: MAILER-DAEMON@exemple.ca\r\nTo: {to}\r\nMessage-ID: <{who}>\r\nSubject: Undelivered\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; {who}\r\n"
        "Status: {status}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {id}\r\n--b--\r\n"
    )
    letter = returned["b@exemple.ca"]
    by_id = dsn.format(
        to="bonjour@anse.exemple.ca", who="b@exemple.ca", status="5.1.1", id=letter.message["Message-ID"]
    )
    incoming = take_in_mail(incoming_id=store_message(by_id.encode())[0].pk)
    assert incoming.outcome == "bounce"
    arf = (
        b"From: fbl@exemple.ca\r\nTo: bonjour@anse.exemple.ca\r\nSubject: abuse\r\n"
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n\r\nabuse\r\n--b\r\n"
        b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n--b\r\n"
        b"Content-Type: message/rfc822\r\n\r\n"
    ) + returned["c@exemple.ca"].content
    arf += b"\r\n--b--\r\n"
    assert take_in_mail(incoming_id=store_message(arf)[0].pk).outcome == "bounce"
    by_address = dsn.format(to=returned["e@exemple.ca"].sender, who="e@exemple.ca", status="4.2.2", id="<x@y>")
    take_in_mail(incoming_id=store_message(by_address.encode())[0].pk)
    assert {one.target for one in recipients(kind="news")} == {"d@exemple.ca", "e@exemple.ca"}
    for point, why in ((unknown, "bounced"), (gone, "bounced"), (angry, "complained"), (policy, "")):
        point.refresh_from_db()
        assert point.suppressed_why == why
    slow.refresh_from_db()
    assert slow.soft_failures == 1
    figures = issues.figures([issue.pk])[issue.pk]
    assert (figures.bounced, figures.complained) == (2, 1)
    for _rank in range(2):  # the first that goes through, then the one after which nothing came back
        made = save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor)
        send(made, town, run_jobs)
    slow.refresh_from_db()
    assert slow.soft_failures == 0


def test_33_a_server_that_asks_to_wait_is_obeyed_and_nothing_is_lost(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    for email in ("a@exemple.ca", "b@lent.ca", "c@lent.ca", "d@exemple.ca"):
        reader(email)
    mail_server.rcpt["a@exemple.ca"] = deque(["421 4.3.2 come back", "250 ok"])
    mail_server.rcpt["lent.ca"] = deque(["451 4.7.0 slower", "250 ok"])
    assert send(issue, town, run_jobs).sent == 0
    tasks.send_waiting()
    assert not mail_server.taken  # everyone waits after 421
    later(run_jobs, seconds=70)
    assert {letter.to for letter in mail_server.taken} == {"a@exemple.ca", "d@exemple.ca"}
    later(run_jobs, minutes=30)
    assert sorted(letter.to for letter in mail_server.taken) == [
        "a@exemple.ca",
        "b@lent.ca",
        "c@lent.ca",
        "d@exemple.ca",
    ]
    issue.refresh_from_db()
    assert issue.state == Issue.State.SENT
    assert mail_server.connections < 5


def test_33_a_letter_whose_answer_is_lost_is_named_and_not_sent_twice(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
) -> None:
    for email in ("a@exemple.ca", "b@exemple.ca"):
        reader(email)
    mail_server.data["a@exemple.ca"] = deque([DROP, "250 taken"])
    figures = send(issue, town, run_jobs)
    assert (figures.sent, figures.uncertain) == (1, 1)
    later(run_jobs, hours=1)
    assert len(mail_server.to("a@exemple.ca")) == 1
    client = signed_in(town.editor)
    assert "a@exemple.ca" in client.get(f"/desk/newsletter/{issue.pk}/").content.decode()
    client.post(f"/desk/newsletter/{issue.pk}/retry/", {"state": "unknown"})
    run_jobs()
    assert len(mail_server.to("a@exemple.ca")) == 2  # only because someone asked for it
    assert len(mail_server.to("b@exemple.ca")) == 1


def test_33_a_sender_that_died_leaves_one_letter_unknown(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    for rank in range(4):
        reader(f"r{rank}@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    holder = sending.take_lease()
    first = sending.waiting_rows(limit=1)[0]
    assert sending.advance(holder=holder, done=None, next_id=first.pk)  # and its process is killed here
    tasks.send_waiting()
    assert not mail_server.taken  # another may still be sending
    later(run_jobs, minutes=3)
    assert len(mail_server.taken) == 3
    first.refresh_from_db()
    assert first.state == State.UNCERTAIN
    with pytest.raises(PermissionError):  # the first one wakes up
        sending.advance(holder=holder, done=None, next_id=first.pk)


def test_33_the_rates_hold_for_all_and_for_each_domain(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run, settings: Settings
) -> None:
    settings.PARVIS_NEWSLETTER_RATE, settings.PARVIS_NEWSLETTER_DOMAIN_RATE = 100, 20
    for rank in range(10):
        reader(f"r{rank}@{'un' if rank % 2 else 'deux'}.ca")
    began = now()
    assert send(issue, town, run_jobs).sent == 10
    sent = sorted(moment for moment in issue.deliveries.values_list("sent_at", flat=True) if moment)
    assert (sent[-1] - began).total_seconds() >= 4 / 20  # five letters to a domain at twenty a second
    assert {letter.to.partition("@")[2] for letter in mail_server.taken[:2]} == {"un.ca", "deux.ca"}


def test_33_a_refused_sender_stops_the_issue_rather_than_the_readers(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    reader("a@exemple.ca")
    mail_server.mail.append("550 5.7.1 sender not allowed")
    send(issue, town, run_jobs)
    issue.refresh_from_db()
    assert issue.state == Issue.State.PAUSED and "5.7.1" in issue.held_reason
    resume(issue_id=issue.pk, by=town.editor)
    run_jobs()
    assert len(mail_server.taken) == 1


def test_34_pause_then_resume_sends_exactly_the_rest(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    for rank in range(CHUNK):
        reader(f"r{rank}@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    holder, done = sending.take_lease(), None
    for row in sending.waiting_rows(limit=10):
        assert sending.advance(holder=holder, done=done, next_id=row.pk)
        done = sending.Result(row.pk, State.SENT)
    pause(issue_id=issue.pk, by=town.editor)
    following = issue.deliveries.filter(state=State.QUEUED).first()
    assert following is not None
    assert not sending.advance(holder=holder, done=done, next_id=following.pk)
    sending.release_lease(holder)
    run_jobs()
    assert not mail_server.taken
    left = ContactPoint.objects.get(target="r20@exemple.ca")
    left.subscriptions.all().delete()
    resume(issue_id=issue.pk, by=town.editor)
    run_jobs()
    expected = {f"r{rank}@exemple.ca" for rank in range(10, CHUNK)} - {"r20@exemple.ca"}
    assert sorted(letter.to for letter in mail_server.taken) == sorted(expected)
    figures = issues.figures([issue.pk])[issue.pk]
    assert (figures.sent, figures.withdrawn, figures.queued) == (CHUNK - 1, 1, 0)


@pytest.mark.parametrize("missing", ["sender", "postal_address"])
def test_35_no_issue_without_who_sends_it_and_from_where(town: SmallTown, missing: str) -> None:
    with pytest.raises(Invalid) as refusal:
        save_issue(words=Words("Titre", "Mots", **{missing: " "}), key=unique(), by=town.editor)  # type: ignore[arg-type]
    assert missing in refusal.value.fields
    assert not Issue.objects.exists()


def test_alerts_leave_first_and_a_known_key_corrects_what_has_not_left(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    reader("a@exemple.ca", alerts=True)
    reader("b@exemple.ca")
    send_now(issue_id=issue.pk, by=town.communications)
    told = recipients(kind="alerts")
    key = 0
    for words in ("Avant 7 h", "Avant 8 h"):
        key = alerts.queue_alert_letters(
            key="alerte-1", title_fr="Eau", text_fr=words, url="https://anse.exemple.ca/avis", recipients=told
        )
    run_jobs()
    assert [letter.message["Subject"] for letter in mail_server.taken][0] == "Eau"
    assert len(mail_server.to("a@exemple.ca")) == 2 and len(mail_server.to("b@exemple.ca")) == 1
    assert "Avant 8 h" in content(mail_server.taken[0].message, "html")
    alerts.queue_alert_letters(key="alerte-1", title_fr="Eau", text_fr="Fini", recipients=told)
    run_jobs()
    assert len(mail_server.taken) == 3
    assert Client().get(f"/infolettre/{key}/").status_code == 404  # an alert has its own page


def test_an_issue_is_written_tested_scheduled_and_archived(
    mail_server: MailServer,
    reader: Reader,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
    leaves: Callable[..., None],
) -> None:
    reader("a@exemple.ca")
    client = signed_in(town.editor)
    form = {"key": "k1", "title_fr": "Décembre", "intro_fr": "Bonjour", "title_fr_1": "Un", "text_fr_1": "- a\n- b"}
    form |= {"sender": "Anse", "postal_address": "1, rue du Quai"}
    url = client.post("/desk/newsletter/new/", form)["Location"]
    assert client.post("/desk/newsletter/new/", form)["Location"] == url  # sent twice, written once
    for shown in ("", "?f=dark", "?f=text"):
        letter = client.get(f"{url}letter/{shown}")
        assert letter.status_code == 200 and "sandbox" in letter["Content-Security-Policy"]
    stale = client.post(url, form | {"seen": "2026-01-01T00:00:00+00:00"})
    assert stale.status_code == 409
    past = client.post(f"{url}ask/", {"send_at": "2020-01-01T08:00"})
    assert past.status_code == 422
    leaves(url, f"{localtime(now() + timedelta(days=1)):%Y-%m-%dT%H:%M}")
    assert Client().get("/infolettre/").content.decode().count("Décembre") == 0
    later(run_jobs, days=1, minutes=5)
    assert [letter.to for letter in mail_server.taken] == ["a@exemple.ca"]
    page = Client().get("/infolettre/")
    assert "Décembre" in page.content.decode()
    assert Client().get("/infolettre/", headers={"If-None-Match": page["ETag"]}).status_code == 304
    feed = Client().get("/infolettre/flux.atom")
    assert feed["Content-Type"].startswith("application/atom+xml") and "Décembre" in feed.content.decode()
    assert client.post(url, form).status_code == 409  # what left does not change


def test_the_list_of_issues_costs_the_same_at_one_and_at_many(
    town: SmallTown,
    signed_in: Callable[..., Client],
    django_assert_max_num_queries: Callable[..., AbstractContextManager[object]],
) -> None:
    for rank in range(12):
        save_issue(words=Words(f"Titre {rank}", "Mots"), key=unique(), by=town.editor)
    client = signed_in(town.editor)
    client.get("/desk/newsletter/")
    with django_assert_max_num_queries(14):
        client.get("/desk/newsletter/")
    assert not SenderLease.objects.exists()


def test_an_alert_that_is_over_or_called_back_leaves_no_more(
    mail_server: MailServer, reader: Reader, town: SmallTown, run_jobs: Run
) -> None:
    reader("a@exemple.ca", alerts=True)
    told = recipients(kind="alerts")
    mail_server.rcpt["a@exemple.ca"] = deque(["451 4.7.0 later"])
    until = now() + timedelta(hours=1)
    over = alerts.queue_alert_letters(key="a", title_fr="Eau", text_fr="Mots", recipients=told, expires_at=until)
    run_jobs()
    later(run_jobs, hours=2)  # the server was away
    assert not mail_server.taken
    assert IssueDelivery.objects.get(issue=over).state == State.EXPIRED
    IssueDelivery.objects.filter(issue=over).update(state=State.FAILED)
    with at(until), pytest.raises(Conflict):
        retry(issue_id=over, state=State.FAILED, by=town.editor)
    alerts.queue_alert_letters(key="b", title_fr="Eau", text_fr="Mots", recipients=told)
    holder, [row] = sending.take_lease(), sending.waiting_rows(limit=1)
    assert sending.advance(holder=holder, done=None, next_id=row.pk)
    assert alerts.withdraw_letters(key="b") == 0  # it is being handed over
    sending.advance(holder=holder, done=sending.Result(row.pk, State.QUEUED, "451"), next_id=None)
    sending.release_lease(holder)
    later(run_jobs, hours=1)
    row.refresh_from_db()
    assert row.state == State.EXPIRED and not mail_server.taken


def test_what_is_late_or_paused_waits_for_a_person(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
) -> None:
    reader("a@exemple.ca", alerts=True)
    schedule(issue_id=issue.pk, at=now() + timedelta(hours=1), by=town.communications)
    later(run_jobs, hours=2)
    issue.refresh_from_db()
    assert (issue.state, issue.started_at) == (Issue.State.PAUSED, None) and not mail_server.taken
    assert "Son moment est passé" in signed_in(town.editor).get(f"/desk/newsletter/{issue.pk}/").content.decode()
    resume(issue_id=issue.pk, by=town.editor)
    run_jobs()
    assert len(mail_server.taken) == 1
    told = recipients(kind="alerts")
    alert = alerts.queue_alert_letters(key="a", title_fr="Eau", text_fr="Mots", recipients=told)
    pause(issue_id=alert, by=town.editor)
    alerts.queue_alert_letters(key="a", title_fr="Eau", text_fr="Autres mots", recipients=told)
    run_jobs()
    assert len(mail_server.taken) == 1  # new words do not undo a pause
    resume(issue_id=alert, by=town.editor)
    assert sending.hold_unsent() == 1  # a backup is restored
    run_jobs()
    assert len(mail_server.taken) == 1


def test_an_erased_reader_is_nowhere_and_an_old_list_does_not_bring_them_back(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
) -> None:
    point = reader("a@exemple.ca")
    phone = enrol(
        channel="text",
        target="450 555-0144",
        language="fr",
        wanted=Wanted(alerts=True),
        origin=Origin("counter", evidence="a dit oui", clerk=town.agent),
    )
    queue_texts(texts=[Addressed("alerte", phone.target, "Eau")], kind=OutgoingText.Kind.NOTICE)
    send(issue, town, run_jobs)
    client = signed_in(town.privacy_officer)
    for erased in (point, phone):
        client.post(f"/desk/newsletter/subscribers/{erased.pk}/erase/", {"ground": "demandé"})
    assert "exemple.ca" not in str(list(IssueDelivery.objects.values_list("to", "domain")))
    assert "+14505550144" not in str(list(OutgoingText.objects.values_list("to", "body")))
    assert signed_in(town.editor).get(f"/desk/newsletter/{issue.pk}/").status_code == 200
    rows = [";".join(COLUMNS), "email;a@exemple.ca;fr;news;;2025-03-01;Papier;Oui"]
    rows.append("email;b@exemple.ca;fr;news;;2025-03-01;Papier;Oui")
    report = import_subscribers(text="\n".join(rows), name="liste.csv", by=town.agent)
    assert (report.taken, [line for line, _why in report.refused]) == (1, [2])
    gone = ContactPoint.objects.get(target="b@exemple.ca")
    other = save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor)
    send(other, town, run_jobs)
    leave_all(secret=gone.secret, origin=Origin())
    with at(now() + timedelta(days=3 * 366)):
        purge()
        tasks.forget_addresses()
    assert "exemple.ca" not in str(list(IssueDelivery.objects.values_list("to", "domain")))
