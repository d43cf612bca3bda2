"""The figures of the messages of a period, and the exercise of the month."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client

from parvis.apps.outreach.models import Delivery, Message, Template
from parvis.apps.outreach.queries.figures import figures
from parvis.apps.outreach.rules.content import Words
from parvis.apps.outreach.services import approvals, delivering, drafts, ending, publishing, templates
from parvis.apps.telephony.models import OutgoingText
from parvis.lib.clock import at, now
from parvis.lib.errors import Invalid
from tests.confirming import confirm
from tests.counting import statements
from tests.factories import SmallTown, unique
from tests.outreach.conftest import TEXT, Way, draft_of
from tests.outreach.test_carriers import told
from tests.telephony.twilio import Twilio

pytestmark = pytest.mark.django_db
In = Callable[..., Client]
DAY = timedelta(days=1)


def test_01_who_was_reached_who_was_not_and_why_without_the_exercises(
    town: SmallTown, twilio: Twilio, publish: Way, run_jobs: Callable[[], int]
) -> None:
    numbers = ["+14505550141", "+14505550142", "+14505550143"]
    for number in numbers:
        told(town, "text", number)
    message = publish(channels=("site", "texts"))
    of = OutgoingText.State
    OutgoingText.objects.update(state=of.SENT, result="delivered")
    OutgoingText.objects.filter(to__in=numbers[:2]).update(state=of.FAILED, result="", error="30003: éteint")
    publish(channels=("site", "texts"), drill=True)
    delivering.refresh(message_id=message.pk)
    found = figures(now() - DAY, now() + DAY)
    texts = next(row for row in found.channels if row.slug == "texts")
    assert (texts.messages, texts.reached, texts.total) == (1, 1, 3)
    assert texts.failures == {"30003: éteint": 2} and texts.failed == 2
    site = next(row for row in found.channels if row.slug == "site")
    assert site.total is None and not site.failures
    assert found.drills == 1 and found.last_drill_at and not found.drill_is_due
    row = message.deliveries.get(channel="texts")
    delivering.retry(delivery_id=row.pk, by=town.editor)
    OutgoingText.objects.filter(key__endswith="-again").update(state=of.SENT, result="delivered")
    delivering.refresh(message_id=message.pk)
    (again,) = [row for row in figures(now() - DAY, now() + DAY).channels if row.slug == "texts"]
    assert (again.reached, again.failed) == (3, 0)
    assert figures(now() - 3 * DAY, now() - DAY).messages == []


def test_02_how_fast_they_were_live_what_was_corrected_and_withdrawn(
    town: SmallTown, publish: Way, write: Way, run_jobs: Callable[[], int]
) -> None:
    corrected = publish(channels=("site",))
    draft = draft_of(channels=("site",), kind="notice")
    drafts.save_draft(message_id=corrected.pk, revision=corrected.revision, draft=draft, by=town.editor)
    corrected.refresh_from_db()
    publishing.correct(message_id=corrected.pk, revision=corrected.revision, by=town.editor)
    ending.extend(message_id=corrected.pk, until=now() + 2 * DAY, by=town.editor)
    gone = publish(channels=("site",))
    ending.withdraw(message_id=gone.pk, words="Mauvais secteur", by=town.communications)
    for seconds, message in ((10, corrected), (200, gone)):
        message.refresh_from_db()
        assert message.published_at
        Message.objects.filter(pk=message.pk).update(live_at=message.published_at + timedelta(seconds=seconds))
    found = figures(now() - DAY, now() + DAY)
    assert (found.corrected, found.withdrawn) == (1, 1)
    assert {row.id: row.corrections for row in found.messages} == {corrected.pk: 1, gone.pk: 0}
    assert (found.median, found.slowest_tenth, found.worst) == (10, 200, 200)


def test_03_the_figures_cost_the_same_number_of_queries_at_one_message_and_at_five(
    town: SmallTown, publish: Way, signed_in: In
) -> None:
    told(town, "email", "a@exemple.ca"), told(town, "text", "+14505550141")
    client = signed_in(town.agent)
    channels = ("site", "letters", "texts", "push", "panels")
    publish(channels=channels)
    client.get("/desk/outreach/figures/")
    with statements() as one:
        assert client.get("/desk/outreach/figures/").status_code == 200
    for _ in range(4):
        publish(channels=channels)
    client.get("/desk/outreach/figures/")
    with statements() as five:
        client.get("/desk/outreach/figures/")
    assert len(five) == len(one)


def test_04_the_spreadsheet_is_in_french_and_runs_no_formula(town: SmallTown, write: Way, signed_in: In) -> None:
    message = write(channels=("site",), versions={("base", "fr"): Words("=1+1", TEXT)})
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    client = signed_in(town.editor)
    answer = confirm(client).get("/desk/outreach/figures.csv?period=month", headers={"Accept-Language": "en"})
    assert answer.content.startswith("\ufeff".encode())
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Publié le", "Titre", "État"] and rows[1][1] == "'=1+1"
    assert "non mesuré" in rows[-1]
    upside_down = "/desk/outreach/figures/?first=2026-02-02&last=2026-02-01"
    wrong = client.get(upside_down)
    assert wrong.status_code == 422 and 'value="2026-02-01"' in wrong.content.decode()


def test_01_a_delivery_that_failed_whole_is_counted_beside_the_people_that_another_did_not_reach(
    town: SmallTown, twilio: Twilio, publish: Way, run_jobs: Callable[[], int]
) -> None:
    told(town, "text", "+14505550141")
    some, whole = publish(channels=("texts",)), publish(channels=("texts",))
    key = some.deliveries.get(channel="texts").key
    OutgoingText.objects.filter(key__startswith=f"{key}-").update(
        state=OutgoingText.State.FAILED, error="30003: éteint"
    )
    some.deliveries.filter(channel="texts").update(state=Delivery.State.FAILED, words="1 numéro")
    whole.deliveries.filter(channel="texts").update(state=Delivery.State.FAILED, words="Aucun fournisseur")
    (texts,) = [row for row in figures(now() - DAY, now() + DAY).channels if row.slug == "texts"]
    assert texts.failures == {"30003: éteint": 1, "Aucun fournisseur": 1}


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_04_a_day_of_no_year_of_a_town_is_refused_in_words_and_kept(town: SmallTown, signed_in: In, day: str) -> None:
    client = signed_in(town.editor)
    page = client.get(f"/desk/outreach/figures/?first={day}&last={day}")
    assert page.status_code == 422 and f'value="{day}"' in page.content.decode() and "2100" in page.content.decode()
    assert confirm(client).get(f"/desk/outreach/figures.csv?first={day}&last={day}").status_code == 200


def test_05_an_exercise_is_due_each_month_and_one_button_starts_it_from_a_template(
    town: SmallTown, signed_in: In, run_jobs: Callable[[], int]
) -> None:
    editor, manager = signed_in(town.editor), signed_in(town.communications)
    template = templates.save_template(name="Avis", draft=draft_of(channels=("site", "banner")), by=town.editor)
    assert 'name="drill"' in editor.get("/desk/outreach/").content.decode()
    editor.post("/desk/outreach/new/", {"key": unique(), "template": template.pk, "drill": "1"})
    message = Message.objects.get()
    assert message.drill and message.expires_at and message.expires_at > now() and message.channels
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    answer = {"revision": message.revision, "do": "approve"}
    manager.post(f"/desk/outreach/{message.pk}/approve/", answer)
    run_jobs()
    assert 'name="drill"' not in editor.get("/desk/outreach/").content.decode()
    with at(now() + timedelta(days=32)):
        assert 'name="drill"' in signed_in(town.editor).get("/desk/outreach/").content.decode()


def test_06_the_blanks_of_a_template_are_filled_in_before_an_approval_is_asked(town: SmallTown, write: Way) -> None:
    message = write(versions={("push", "fr"): Words("", "De [heure] à minuit.")})
    with pytest.raises(Invalid) as refusal:
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    assert "[heure]" in str(refusal.value.fields["text_fr"])
    assert not Template.objects.exists()
