"""A message sent to oneself as a test: what leaves, to whom, and what it leaves alone."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import Issue
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.telephony.models import OutgoingText
from tests.factories import SmallTown, unique
from tests.mail.conftest import Post
from tests.outreach.conftest import SHORT_TEXT, TEXT, TITLE, Way
from tests.outreach.test_desk import typed
from tests.telephony.twilio import Twilio

pytestmark = pytest.mark.django_db
In = Callable[..., Client]
MINE = {"to_language": "fr"}
TYPED = {"to_email": "autrui@exemple.ca", "to_phone": "450 555-0199"}
FROM_THE_PAGE = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _known(town: SmallTown) -> None:
    """The editor's account has an address and a phone."""
    User.objects.filter(pk=town.editor.pk).update(email="moi@exemple.ca", phone="450 555-0177")


def test_01_the_writer_alone_receives_the_draft_marked_as_a_test(
    town: SmallTown, signed_in: In, twilio: Twilio, post: Post, write: Way, run_jobs: Callable[[], int]
) -> None:
    origin = Origin("counter", evidence="a dit oui", clerk=town.agent)
    for channel, target in (("email", "abonne@exemple.ca"), ("text", "+14505550141")):
        enrol(channel=channel, target=target, language="fr", wanted=Wanted(alerts=True), origin=origin)
    run_jobs()
    post.received.clear()
    client, message = signed_in(town.editor), write(channels=("site", "letters", "texts", "push"))
    asked = typed(message, channels=["site", "letters", "texts"], title_fr="Titre changé") | MINE | TYPED
    page = client.post(f"/desk/outreach/{message.pk}/test/", asked, headers=FROM_THE_PAGE).content.decode()
    assert "m•••@e•••.ca" in page and "••• 0177" in page and 'class="ko"' not in page
    run_jobs()
    (letter,) = post.received
    assert letter["To"] == "moi@exemple.ca" and letter["Subject"] == "[Essai] Titre changé"
    words = letter.get_body(("plain",))
    assert words is not None and TEXT in " ".join(words.get_content().split())
    (text,) = OutgoingText.objects.all()
    assert text.to == "+14505550177" and text.body.startswith("ESSAI. ") and SHORT_TEXT in text.body
    assert not Delivery.objects.exists() and not Issue.objects.exists()
    message.refresh_from_db()
    assert message.title == "Titre changé" and message.state == Message.State.DRAFT
    assert "moi@exemple.ca" not in message.journal.get(what="tested").words  # the journal knows it was tried, not where
    again = client.get(f"/desk/outreach/{message.pk}/").content.decode()
    assert "moi@exemple.ca" in again and "555-0177" in again  # said before it is sent, and not to be changed
    assert 'name="to_email"' not in again and 'name="to_phone"' not in again


def test_02_without_javascript_the_saved_words_leave_and_the_page_says_so(
    town: SmallTown, signed_in: In, write: Way, run_jobs: Callable[[], int]
) -> None:
    client, message = signed_in(town.editor), write(channels=("letters",))
    answer = client.post(f"/desk/outreach/{message.pk}/test/", MINE)
    assert answer.status_code == 200 and "m•••@e•••.ca" in answer.content.decode()
    run_jobs()
    assert Outgoing.objects.filter(to="moi@exemple.ca").exists()


def test_03_what_cannot_be_tried_says_why_and_the_others_leave(
    town: SmallTown, signed_in: In, write: Way, settings: Settings
) -> None:
    settings.PARVIS_TEXTS, settings.PARVIS_TEXTS_KEPT = None, False
    client, message = signed_in(town.editor), write(channels=("letters", "texts"))
    page = client.post(f"/desk/outreach/{message.pk}/test/", MINE).content.decode()
    assert "m•••@e•••.ca" in page and "PARVIS_TEXTS_URL" in page
    User.objects.filter(pk=town.editor.pk).update(phone="")
    none = client.post(f"/desk/outreach/{message.pk}/test/", MINE | {"to_phone": "12"})
    assert none.status_code == 422 and 'value="12"' in none.content.decode()
    other = write(channels=("site", "push"))
    nothing = client.post(f"/desk/outreach/{other.pk}/test/", MINE)
    assert nothing.status_code == 422 and not other.journal.filter(what="tested").exists()


def test_04_a_few_a_minute_and_in_the_language_asked_for(
    town: SmallTown, signed_in: In, write: Way, post: Post, run_jobs: Callable[[], int]
) -> None:
    english = {"title_en": "No parking", "text_en": "No car in the street.", "kind": "safety"}
    client, message = signed_in(town.editor), write(channels=("letters",))
    asked = typed(message, channels=["letters"], **english) | MINE | {"to_language": "en"}
    client.post(f"/desk/outreach/{message.pk}/test/", asked, headers=FROM_THE_PAGE)
    run_jobs()
    assert post.received[-1]["Subject"] == "[Test] No parking"
    answers = [client.post(f"/desk/outreach/{message.pk}/test/", MINE).status_code for _ in range(3)]
    assert answers == [200, 200, 409] and message.journal.filter(what="tested").count() == 3


def test_05_words_that_someone_else_changed_are_not_tried(town: SmallTown, signed_in: In, write: Way) -> None:
    message = write(channels=("letters",))
    shown = typed(message, channels=["letters"], title_fr="Mon titre")
    signed_in(town.communications).post(
        f"/desk/outreach/{message.pk}/draft", typed(message, title_fr="Autre titre", key=unique())
    )
    message.refresh_from_db()
    page = signed_in(town.editor).post(f"/desk/outreach/{message.pk}/test/", shown | MINE, headers=FROM_THE_PAGE)
    assert "Colin Sirois" in page.content.decode() and not Outgoing.objects.filter(to="moi@exemple.ca").exists()
    assert message.title != TITLE


def test_06_what_the_account_has_not_is_asked_once_kept_whole_in_the_journal_and_tried_within_the_hours(
    town: SmallTown, signed_in: In, twilio: Twilio, write: Way, settings: Settings, run_jobs: Callable[[], int]
) -> None:
    User.objects.filter(pk=town.editor.pk).update(phone="")
    settings.PARVIS_NOW = "2026-11-25T23:00:00-05:00"
    client, message = signed_in(town.editor), write(channels=("texts",))
    address = f"/desk/outreach/{message.pk}/"
    assert 'name="to_phone"' in client.get(address).content.decode()
    late = client.post(f"{address}test/", MINE | TYPED, headers=FROM_THE_PAGE).content.decode()
    assert "heures des appels" in late and not OutgoingText.objects.exists()
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    client.post(f"{address}test/", MINE | TYPED, headers=FROM_THE_PAGE)
    assert [text.to for text in OutgoingText.objects.all()] == ["+14505550199"]
    line = message.journal.filter(what="tested").latest("pk").words
    assert "+14505550199" in line and "autrui@exemple.ca" not in line
    assert "450 555-0199" in client.get(address).content.decode()  # not asked for a second time
