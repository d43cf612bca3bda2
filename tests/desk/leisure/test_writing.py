"""A message to those who come to a group: a letter to each family in its language, and nothing of it anywhere else."""

import html
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.content.models import Notice
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.queries.audiences import people
from parvis.apps.leisure.services.writing import start_message_to_group
from parvis.apps.mail.models import Outgoing
from parvis.apps.news.models import AlertMessage
from parvis.apps.outbox.models import State as Sent
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.queries import messages
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, publishing, results
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, NotFound
from tests.desk.leisure.made import NOW, child_of, make_group, make_home, make_season, put
from tests.factories import SmallTown, make_user, unique

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
TITLE, TEXT = "Pas de cours samedi", "La piscine est fermée.\nOn se revoit le 23 janvier."
WORDS = {"title_fr": TITLE, "text_fr": TEXT, "title_en": "No class Saturday", "text_en": "The pool is closed."}


@pytest.fixture(autouse=True)
def _the_morning(settings: Settings) -> None:
    settings.PARVIS_NOW = NOW


@pytest.fixture
def group(town: SmallTown) -> Group:
    """A group with two families that come, one of them in English and with two children, and one that waits."""
    made = make_group(make_season())
    gagne, roy, brun = make_home(), make_home("Martin Roy", ("Tom",), email="m@example.org", language="en"), None
    brun = make_home("Anne Brun", ("Zoé",), email="anne@example.org")
    put(made, gagne, child_of(gagne, "Léa"))
    put(made, gagne, child_of(gagne, "Émile"), "awaiting")
    put(made, roy, child_of(roy, "Tom"))
    put(made, brun, child_of(brun, "Zoé"), "waiting", waiting_since=now())
    return made


def written(group: Group, by: User, *, waiting: bool = False, english: bool = True) -> Message:
    message = start_message_to_group(group=group, waiting=waiting, key=unique("mot"), by=by)
    versions = {(BASE, "fr"): Words(TITLE, TEXT)}
    if english:
        versions[BASE, "en"] = Words(WORDS["title_en"], WORDS["text_en"])
    draft = drafts.MessageDraft(
        channels=("site", "banner"), versions=versions, urgency="emergency", english_reason="newcomer"
    )
    return drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=by)


def send(message: Message, by: User, run_jobs: Callable[[], int]) -> Message:
    approvals.approve(message_id=message.pk, revision=message.revision, by=by)
    run_jobs()
    delivering.refresh(message_id=message.pk)
    message.refresh_from_db()
    return message


def letters() -> dict[str, Outgoing]:
    return {row.to: row for row in Outgoing.objects.all()}


def test_who_manages_leisure_writes_to_each_family_of_a_group_once_in_its_language(
    town: SmallTown, group: Group, run_jobs: Callable[[], int]
) -> None:
    Message.objects.all().delete()
    message = send(written(group, town.leisure_manager), town.leisure_manager, run_jobs)
    found = letters()
    assert set(found) == {"louise@example.org", "m@example.org"}
    assert found["louise@example.org"].subject == TITLE and found["m@example.org"].subject == "No class Saturday"
    french = found["louise@example.org"].text
    assert "On se revoit le 23 janvier." in french and "Natation 1, samedi, de 9 h" in french.replace("\u00a0", " ")
    for row in found.values():  # nothing names who else comes
        assert not any(name in row.text for name in ("Léa", "Émile", "Tom", "Roy", "Gagné", "Zoé"))
    [delivery] = message.deliveries.all()
    assert (delivery.channel, delivery.state, delivery.reached, delivery.total) == ("participants", "sent", 2, 2)
    publishing.correct(message_id=message.pk, revision=edited(message, town.leisure_manager), by=town.leisure_manager)
    run_jobs()
    assert Outgoing.objects.count() == 2  # what left stays, unless it is asked to leave again


def edited(message: Message, by: User) -> int:
    draft = drafts.MessageDraft(versions={(BASE, "fr"): Words("Cours déplacé", TEXT)})
    return drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=by).revision


def test_those_who_wait_are_written_to_only_when_asked(
    town: SmallTown, group: Group, run_jobs: Callable[[], int]
) -> None:
    send(written(group, town.leisure_manager, waiting=True), town.leisure_manager, run_jobs)
    assert "anne@example.org" in letters()


def test_nothing_of_it_is_said_anywhere_else(
    town: SmallTown, group: Group, run_jobs: Callable[[], int], signed_in: SignIn
) -> None:
    message = send(written(group, town.leisure_manager), town.leisure_manager, run_jobs)
    assert message.channels == ["participants"] and message.urgency == "normal"
    assert not Notice.objects.filter(title_fr__contains=TITLE).exists() and not AlertMessage.objects.exists()
    pages = ("/", "/actualites/", "/actualites/rss.xml", "/alertes/", "/app/", "/api/v1/news", "/loisirs/")
    assert not [page for page in pages if TITLE in Client().get(page).content.decode()]
    for someone in (town.leisure_manager, town.editor, town.agent):
        client = signed_in(someone)
        for page in ("/desk/outreach/", "/desk/outreach/calendar/", "/desk/outreach/figures/"):
            assert TITLE not in client.get(page, follow=True).content.decode()
    assert messages.hub().live == [] and message not in messages.calendar(now() - timedelta(1), now() + timedelta(1))


def test_who_does_not_manage_leisure_neither_reads_nor_sends_it(
    town: SmallTown, group: Group, signed_in: SignIn
) -> None:
    message = written(group, town.leisure_manager)
    instructor = make_user("paul.roy", (town.works, Role.INSTRUCTOR))
    group.instructor = instructor
    group.save()
    for someone in (town.editor, town.agent, instructor):
        client = signed_in(someone)
        for page in ("", "follow/", "picture/", "approve/"):
            assert client.get(f"/desk/outreach/{message.pk}/{page}").status_code in (403, 404)
        assert client.post(f"/desk/loisirs/groupe/{group.slug}/ecrire/", {"key": "k"}).status_code == 403
        with pytest.raises(NotAllowed):
            start_message_to_group(group=group, waiting=False, key=unique("mot"), by=someone)
    for gesture in (
        lambda: drafts.copy_message(message_id=message.pk, key="autre", by=town.editor),
        lambda: approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications),
        lambda: edited(message, town.editor),
    ):
        with pytest.raises(NotFound):
            gesture()
    with pytest.raises(Conflict):
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.leisure_manager)
    assert Outgoing.objects.count() == 0


def test_a_family_without_e_mail_and_a_letter_that_failed_are_named(
    town: SmallTown, group: Group, run_jobs: Callable[[], int]
) -> None:
    lee = make_home("Sam Lee", ("Kim",), email="")
    put(group, lee, child_of(lee, "Kim"))
    message = send(written(group, town.leisure_manager), town.leisure_manager, run_jobs)
    Outgoing.objects.filter(to="m@example.org").update(state=Sent.FAILED, error="550 no such user")
    [row] = Delivery.objects.filter(message=message)
    delivering.refresh(message_id=message.pk)
    row.refresh_from_db()
    outcome = results.outcomes_of([row])[row.pk]
    assert (outcome.reached, outcome.total) == (1, 2)
    assert [one.why for one in outcome.failures] == [
        "550 no such user",
        "aucune adresse courriel\u00a0: il faut appeler",
    ]
    assert not outcome.may_be_tried_again


def test_withdrawn_it_is_said_to_those_who_have_it_and_the_rest_does_not_leave(
    town: SmallTown, group: Group, run_jobs: Callable[[], int]
) -> None:
    message = send(written(group, town.leisure_manager), town.leisure_manager, run_jobs)
    Outgoing.objects.filter(to="m@example.org").update(state=Sent.QUEUED, sent_at=None, attempted_at=None)
    ending.withdraw(message_id=message.pk, words="Mauvais groupe", by=town.leisure_manager)
    run_jobs()
    assert f"Retiré : {TITLE}" in [row.subject for row in Outgoing.objects.filter(to="louise@example.org")]
    assert [row.state for row in Outgoing.objects.filter(to="m@example.org")] == [Sent.CANCELLED]


def test_it_is_written_sent_and_followed_from_the_page_of_the_group(
    town: SmallTown, group: Group, run_jobs: Callable[[], int], signed_in: SignIn
) -> None:
    client = signed_in(town.leisure_manager)
    assert "Écrire aux participants" in client.get(f"/desk/loisirs/groupe/{group.slug}/").content.decode()
    started = client.post(f"/desk/loisirs/groupe/{group.slug}/ecrire/", {"key": "a"}, follow=True)
    page = html.unescape(started.content.decode()).replace("\u00a0", " ")
    assert "2 ménages" in page and "Natation 1, samedi, de 9 h" in page and 'name="sectors"' not in page
    message = Message.objects.get(key="a")
    address = f"/desk/outreach/{message.pk}/"
    empty = client.post(address, {"revision": message.revision, "do": "send"})
    assert empty.status_code == 422 and "Écrivez un titre." in html.unescape(empty.content.decode())
    message.refresh_from_db()
    typed = {"revision": message.revision, "do": "send"}
    typed |= {"title_fr": TITLE, "text_fr": TEXT}
    tried = client.post(f"{address}test/", typed | {"to_language": "fr"}, headers={"HX-Request": "true"})
    assert tried.status_code == 200
    message.refresh_from_db()
    sent = client.post(address, typed | {"revision": message.revision}, follow=True)
    run_jobs()
    assert sent.redirect_chain[-1][0] == f"{address}follow/"
    assert {"louise@example.org", "m@example.org"} <= set(letters())
    assert TITLE in client.get(f"/desk/loisirs/groupe/{group.slug}/").content.decode()


def test_the_families_of_a_group_are_found_by_the_same_number_of_queries(
    town: SmallTown, group: Group, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        assert len(people(str(group.pk))) == 2
    for rank in range(6):
        home = make_home(f"Parent Nom{rank}", ("Ève",), email=f"p{rank}@example.org")
        put(group, home, child_of(home, "Ève"))
    with django_assert_num_queries(2):
        assert len(people(str(group.pk))) == 8
