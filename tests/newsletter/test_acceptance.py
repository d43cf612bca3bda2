"""Points 29 to 37 of outreach, at the desk and over the wire: digests, failures, waits, pauses, what a letter holds."""

from collections import deque
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor
from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.services.incoming import store_message
from parvis.apps.news.services.items import publish_item
from parvis.apps.newsletter import tasks
from parvis.apps.newsletter.models import ContactPoint, Issue, IssueDelivery
from parvis.apps.newsletter.queries.issues import figures
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services import issues
from parvis.apps.newsletter.services.alerts import queue_alert_letters
from parvis.apps.newsletter.services.issues import Words
from parvis.apps.places.models import Sector
from parvis.lib.clock import at, now
from parvis.surfaces.desk.case.forms import EraseForm
from tests.factories import SmallTown, make_address, make_person, unique
from tests.newsletter.smtp import MailServer
from tests.newsletter.test_sending import Reader, Run, content, later, send

pytestmark = pytest.mark.django_db
State = IssueDelivery.State
FORM = {"key": "k", "title_fr": "Décembre", "intro_fr": "Bonjour", "sender": "Anse", "postal_address": "1, rue du Quai"}


def test_29_a_digest_of_the_news_goes_once_to_each_reader_of_its_subjects_and_sectors(
    mail_server: MailServer,
    reader: Reader,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
    leaves: Callable[..., None],
) -> None:
    north, south = Sector.objects.get(slug="nord"), Sector.objects.create(slug="sud", kind="quartier", name_fr="Sud")
    address = make_address(12, "rue des Saules")
    group = town.pothole.group_id
    assert address.sector == north
    reader("tout@exemple.ca")  # every subject, the whole town
    reader("nord@exemple.ca", groups=[group], places=[address, address.street, north])  # by three ways
    reader("sud@exemple.ca", groups=[group], places=[south])
    reader("alertes@exemple.ca", news=False, alerts=True)
    publish_item(key="n1", title_fr="Rue Bellevue rouverte", text_fr="Depuis ce matin.")
    client = signed_in(town.editor)
    page = client.get("/desk/newsletter/new/?from=news").content.decode()
    assert 'value="Rue Bellevue rouverte"' in page
    news = {"title_fr_1": "Rue Bellevue rouverte", "text_fr_1": "Depuis ce matin."}
    url = client.post("/desk/newsletter/new/", FORM | news | {"groups": [group], "sectors": [north.pk]})["Location"]
    assert "2 lecteurs la recevraient" in client.get(url).content.decode()
    leaves(url)
    run_jobs()
    assert sorted(letter.to for letter in mail_server.taken) == ["nord@exemple.ca", "tout@exemple.ca"]
    assert "Rue Bellevue rouverte" in content(mail_server.taken[0].message, "plain")
    client.post(f"{url}send/")  # pressed twice
    run_jobs()
    assert len(mail_server.taken) == 2


def test_32_temporary_failures_count_until_a_letter_goes_through_and_five_in_a_row_end_it(
    mail_server: MailServer, reader: Reader, town: SmallTown, run_jobs: Run
) -> None:
    full, better = reader("plein@exemple.ca"), reader("mieux@exemple.ca")

    def issue_that_comes_back(*addresses: str) -> None:
        made = issues.save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor)
        send(made, town, run_jobs)
        for address in addresses:
            letter = mail_server.to(address)[-1]
            report = (
                f"From: MAILER-DAEMON@exemple.ca\r\nTo: {letter.sender}\r\nMessage-ID: <{unique()}@exemple.ca>\r\n"
                "Subject: Undelivered\r\n"
                "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno\r\n"
                "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
                f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: 4.2.2\r\n\r\n--b--\r\n"
            )
            for _twice in range(2):
                take_in_mail(incoming_id=store_message(report.encode())[0].pk)

    for _rank in range(4):
        issue_that_comes_back("plein@exemple.ca", "mieux@exemple.ca")
    for point in (full, better):
        point.refresh_from_db()
        assert (point.soft_failures, point.suppressed_why) == (4, "")
    issue_that_comes_back("plein@exemple.ca")
    issue_that_comes_back()
    full.refresh_from_db()
    better.refresh_from_db()
    assert (full.soft_failures, full.suppressed_why) == (5, "bounced")
    assert (better.soft_failures, better.suppressed_why) == (0, "")
    assert [one.target for one in recipients(kind="news")] == ["mieux@exemple.ca"]


def test_32_reports_in_the_same_words_without_identifier_nor_date_are_about_two_readers(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    both = [reader("a@exemple.ca"), reader("b@exemple.ca")]
    send(issue, town, run_jobs)
    for point in both:
        letter = mail_server.to(point.target)[0]
        report = (
            f"From: MAILER-DAEMON@exemple.ca\r\nTo: {letter.sender}\r\nSubject: Undelivered\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno\r\n--b\r\n"
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
        )
        for way in (b"un", b"deux"):  # the same report, by two ways, counts once
            raw = b"Received: by " + way + b".example; Mon, 23 Nov 2026\r\n" + report.encode()
            take_in_mail(incoming_id=store_message(raw)[0].pk)
    assert sorted(Incoming.objects.values_list("outcome", flat=True)) == ["bounce", "bounce", "duplicate", "duplicate"]
    assert figures([issue.pk])[issue.pk].bounced == 2
    assert recipients(kind="news") == []


def test_32_an_address_that_answers_later_for_two_days_is_given_up_and_counted(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    point = reader("plein@exemple.ca")
    mail_server.rcpt["plein@exemple.ca"] = deque(["452 4.2.2 mailbox full"])
    send(issue, town, run_jobs)
    for hours in range(1, 60, 4):
        later(run_jobs, hours=hours)
    [letter] = issue.deliveries.all()
    issue.refresh_from_db()
    assert (letter.state, issue.state) == (State.FAILED, Issue.State.SENT)
    point.refresh_from_db()
    assert (point.soft_failures, point.suppressed_why) == (1, "")


def test_33_a_domain_that_asks_to_wait_holds_back_no_other(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    for rank in range(6):
        reader(f"r{rank}@lent.ca")
        reader(f"r{rank}@vite.ca")
    mail_server.rcpt["lent.ca"] = deque(["450 4.7.28 too many letters", "250 ok"])
    send(issue, town, run_jobs)
    assert {letter.to.partition("@")[2] for letter in mail_server.taken} == {"vite.ca"}
    tasks.send_waiting()
    assert len(mail_server.taken) == 6  # not a second asked before its time
    later(run_jobs, minutes=10)
    assert sorted(letter.to for letter in mail_server.taken) == sorted(
        f"r{rank}@{domain}" for rank in range(6) for domain in ("lent.ca", "vite.ca")
    )


def test_33_the_page_says_until_when_the_mail_server_wants_no_letter(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
) -> None:
    reader("a@exemple.ca")
    mail_server.rcpt["a@exemple.ca"] = deque(["421 4.3.2 come back", "250 ok"])
    send(issue, town, run_jobs)
    client = signed_in(town.editor)
    page = client.get(f"/desk/newsletter/{issue.pk}/").content.decode()
    assert "421 4.3.2 come back" in page and "nous demande d’attendre" in page
    later(run_jobs, minutes=2)
    page = client.get(f"/desk/newsletter/{issue.pk}/").content.decode()
    assert "nous demande d’attendre" not in page and len(mail_server.taken) == 1


def test_34_a_pause_from_the_desk_stops_the_rest_and_resuming_sends_exactly_it(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
    leaves: Callable[..., None],
) -> None:
    everyone = [reader(f"r{rank}@exemple.ca").target for rank in range(5)]
    mail_server.rcpt["r2@exemple.ca"] = deque(["421 4.3.2 come back", "250 ok"])
    client, url = signed_in(town.editor), f"/desk/newsletter/{issue.pk}/"
    leaves(url)
    run_jobs()
    assert sorted(letter.to for letter in mail_server.taken) == everyone[:2]
    client.post(f"{url}pause/")
    later(run_jobs, minutes=5)
    assert len(mail_server.taken) == 2
    assert "Envoyer le reste" in client.get(url).content.decode()
    client.post(f"{url}resume/")
    later(run_jobs, minutes=10)
    assert sorted(letter.to for letter in mail_server.taken) == everyone
    client.post(f"{url}pause/")  # over: refused in words, nothing happens
    assert "n’est pas en cours d’envoi" in client.get(url).content.decode()
    issue.refresh_from_db()
    assert issue.state == Issue.State.SENT


def test_35_the_editor_is_told_what_a_letter_must_hold_and_what_was_typed_stays(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(town.editor)
    for missing in ("sender", "postal_address"):
        answer = client.post("/desk/newsletter/new/", FORM | {"key": missing, missing: " "})
        words = answer.content.decode()
        assert answer.status_code == 422 and 'value="Décembre"' in words and f'id="id_{missing}' in words
        assert 'aria-invalid="true"' in words
    assert not Issue.objects.exists()


def test_35_every_form_of_a_letter_says_who_sends_it_and_how_to_leave(
    mail_server: MailServer, reader: Reader, town: SmallTown, run_jobs: Run, settings: Settings
) -> None:
    reader("a@exemple.ca", alerts=True)
    queue_alert_letters(key="a", title_fr="Eau", text_fr="Mots", recipients=recipients(kind="alerts"))
    send(issues.save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.editor), town, run_jobs)
    assert len(mail_server.taken) == 2
    for letter in mail_server.taken:
        link = letter.message["List-Unsubscribe"].partition(",")[0].strip("<> ")
        for kind in ("plain", "html"):
            words = content(letter.message, kind).replace("&amp;", "&")
            assert link in words and "1, rue du Quai" in words
        assert [part.get_content_type() for part in letter.message.iter_parts()] == ["text/plain", "text/html"]
        assert not list(letter.message.iter_attachments())


def test_the_archive_holds_nothing_of_one_reader(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run
) -> None:
    point = reader("a@exemple.ca", places=[make_address(12, "rue des Saules")])
    send(issue, town, run_jobs)
    page = Client().get(f"/infolettre/{issue.pk}/").content.decode()
    assert "La neige arrive" in page and "Patinoire" in page
    for words in (point.secret, point.target, "Saules", "Votre semaine", "?l="):
        assert words not in page.partition("<main")[2].partition("</main")[0]


def test_36_a_list_where_every_line_lacks_its_proof_takes_nobody(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    head = "channel,target,language,kinds,address,consent_date,consent_source,consent_words"
    rows = [f"email,r{rank}@exemple.ca,fr,news,,,," for rank in range(30)]
    file = SimpleUploadedFile("liste.csv", "\n".join([head, *rows]).encode())
    page = signed_in(town.agent).post("/desk/newsletter/subscribers/import/", {"file": file}).content.decode()
    assert page.count("Ligne ") >= 30 and not ContactPoint.objects.exists()


def test_37_who_left_everything_still_receives_the_letters_of_a_request(
    mail_server: MailServer, reader: Reader, issue: Issue, town: SmallTown, run_jobs: Run, client: Client
) -> None:
    point = reader("jean@exemple.ca", alerts=True)
    client.post(f"/abonnement/{point.secret}/partir/")
    send(issue, town, run_jobs)
    assert not mail_server.to("jean@exemple.ca") and not recipients(kind="alerts")
    before = Outgoing.objects.filter(to="jean@exemple.ca").count()
    asked = NewCase(
        key=unique(),
        subject=town.streetlight,
        nature="request",
        channel="phone",
        words="Il fait noir.",
        person=make_person(email="jean@exemple.ca"),
        address=town.address,
    )
    open_case(asked, by=Actor.staff(town.agent))
    run_jobs()
    assert Outgoing.objects.filter(to="jean@exemple.ca").count() > before


def test_only_who_may_enrol_is_shown_the_way_to_the_subscribers(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    link = 'href="/desk/newsletter/subscribers/"'
    assert signed_in(town.editor).get("/desk/newsletter/subscribers/").status_code == 403
    assert link not in signed_in(town.editor).get("/desk/newsletter/").content.decode()


def test_the_journal_of_an_issue_is_said_in_words(
    mail_server: MailServer,
    reader: Reader,
    issue: Issue,
    town: SmallTown,
    run_jobs: Run,
    signed_in: Callable[..., Client],
) -> None:
    reader("a@exemple.ca")
    issues.schedule(issue_id=issue.pk, at=now() + timedelta(days=1), by=town.communications)
    with at(now() + timedelta(days=1, minutes=1)):
        tasks.send_waiting()
    page = signed_in(town.editor).get(f"/desk/newsletter/{issue.pk}/").content.decode()
    journal = page.partition('id="journal-h"')[2]
    assert "1 lettre" in journal and "+00:00" not in journal
    assert figures([issue.pk])[issue.pk].sent == 1


def test_36_nothing_is_ticked_before_the_person_says_so_nor_erased_before_it_is_asked(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    page = signed_in(town.agent).get("/desk/newsletter/subscribers/").content.decode()
    form = page.partition('id="enrol-h"')[2]
    for name in ("news", "alerts"):
        box = form.partition(f'name="{name}"')[2].partition(">")[0]
        assert box and "checked" not in box
    assert not EraseForm.base_fields["subscriptions"].initial
