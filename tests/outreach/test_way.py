"""The way of a message through its services. OUTREACH 12, by number."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from parvis.apps.content.queries.notices import desk_notices, notices_in_force
from parvis.apps.directory.models import User
from parvis.apps.outreach.models import Delivery, JournalEntry, KeptDraft, Message
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.rules.content import AGENTS, BASE, Words
from parvis.apps.outreach.services import approvals, drafts, publishing, scheduled
from parvis.lib import clock
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, Outdated
from tests.factories import SmallTown
from tests.outreach.conftest import TEXT, TITLE, Way, draft_of

pytestmark = pytest.mark.django_db
State = Message.State


def lines(message: Message) -> list[str]:
    return list(message.journal.values_list("what", flat=True))


def test_05_two_editors_never_overwrite_each_other_and_the_second_sees_both(town: SmallTown, write: Way) -> None:
    message = write()
    shown = message.revision
    first = draft_of(versions={(BASE, "fr"): Words("Premier titre", TEXT)})
    second = draft_of(versions={(BASE, "fr"): Words("Second titre", TEXT)})
    drafts.save_draft(message_id=message.pk, revision=shown, draft=first, by=town.communications)
    with pytest.raises(Outdated, match="Colin Sirois"):
        drafts.save_draft(message_id=message.pk, revision=shown, draft=second, by=town.editor)
    message.refresh_from_db()
    assert content_of(message).title("", "fr") == "Premier titre"
    kept = KeptDraft.objects.get(message=message, by=town.editor)
    typed = drafts.MessageDraft.from_json(kept.content)
    assert typed.versions[BASE, "fr"].title == "Second titre"
    saved = drafts.save_draft(message_id=message.pk, revision=message.revision, draft=typed, by=town.editor)
    assert content_of(saved).title("", "fr") == "Second titre"


def test_05_a_save_on_its_way_when_approval_is_asked_takes_back_neither_the_words_nor_the_request(
    town: SmallTown, write: Way
) -> None:
    message = write()
    shown = message.revision
    whole = draft_of(versions={(BASE, "fr"): Words("Titre entier", TEXT)})
    partial = draft_of(versions={(BASE, "fr"): Words("Titre", TEXT)})
    message = drafts.save_draft(message_id=message.pk, revision=shown, draft=whole, by=town.editor)
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    message = drafts.save_draft(message_id=message.pk, revision=shown, draft=partial, by=town.editor)
    assert message.state == State.IN_REVIEW and content_of(message).title("", "fr") == "Titre entier"
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)


def test_06_a_second_person_approves_and_a_change_takes_the_approval_away(town: SmallTown, write: Way) -> None:
    message = write(by=town.communications, urgency="urgent")
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.communications)
    with pytest.raises(NotAllowed):
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    with pytest.raises(NotAllowed):
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.agent)
    before = message.revision
    changed = draft_of(versions={(BASE, "fr"): Words(TITLE, "Autre texte.")}, urgency="urgent")
    message = drafts.save_draft(message_id=message.pk, revision=before, draft=changed, by=town.communications)
    assert message.state == State.DRAFT
    with pytest.raises(Outdated):
        approvals.approve(message_id=message.pk, revision=before, by=town.clerk)
    with pytest.raises(Conflict):
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.clerk)
    assert not message.deliveries.exists()


def test_06_a_decider_publishes_an_emergency_alone_and_the_journal_says_so(
    town: SmallTown, write: Way, settings: object
) -> None:
    message = write(by=town.communications, urgency="emergency")
    settings.PARVIS_EMERGENCY_DECIDERS = []  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed):
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    settings.PARVIS_EMERGENCY_DECIDERS = ["communications"]  # type: ignore[attr-defined]
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    assert JournalEntry.objects.get(message=message, what="bypassed").by == town.communications
    editors = write(urgency="emergency")
    with pytest.raises(NotAllowed):
        approvals.approve(message_id=editors.pk, revision=editors.revision, by=town.editor)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"expires_at": None}, "expires"),
        ({"expires_at": "past"}, "expires"),
        ({"starts_at": "past"}, "starts"),
        ({"channels": ()}, "channels"),
        ({"versions": {(BASE, "fr"): Words("", TEXT)}}, "title_fr"),
        ({"versions": {("push", "fr"): Words("", "mot " * 60)}}, "short_fr"),
        ({"versions": {(BASE, "en"): Words("No parking tonight", "No car in the street.")}}, "english_reason"),
    ],
)
def test_40_what_is_wrong_is_said_by_field_before_anyone_approves(
    town: SmallTown, write: Way, values: dict[str, object], field: str
) -> None:
    moments = {name: now() - timedelta(hours=1) for name, value in values.items() if value == "past"}
    message = write(**values | moments)
    with pytest.raises(Invalid) as refusal:
        approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    assert set(refusal.value.fields) == {field}


def test_40_english_goes_with_a_reason_of_the_town_or_for_safety(town: SmallTown, write: Way) -> None:
    english = {(BASE, "en"): Words("No parking tonight", "No car in the street.")}
    reasoned = write(versions=english, english_reason="newcomer")
    safety = write(versions=english, kind="safety")
    for message in (reasoned, safety):
        asked = approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
        assert asked.state == State.IN_REVIEW


def test_17_the_agents_have_the_words_before_the_public(
    town: SmallTown, write: Way, run_jobs: Callable[[], int], signed_in: Callable[[User], object]
) -> None:
    words = {(AGENTS, "fr"): Words("", "Oui, c’est vrai pour chez vous.")}
    message = write(starts_at=now() + timedelta(hours=1), versions=words)
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    run_jobs()
    (said,) = desk_notices()
    assert (said.title, said.say, said.public_at) == (TITLE, "Oui, c’est vrai pour chez vous.", message.starts_at)
    assert not message.deliveries.exists() and notices_in_force() == []
    page = signed_in(town.agent).get("/desk/queue/", follow=True).content.decode()  # type: ignore[attr-defined]
    assert "Oui, c’est vrai pour chez vous." in page
    with clock.at(now() + timedelta(hours=13)):
        assert desk_notices() == []


def test_07_a_scheduled_message_goes_at_its_moment(town: SmallTown, write: Way, run_jobs: Callable[[], int]) -> None:
    message = write(starts_at=now() + timedelta(hours=1))
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    assert scheduled.start_due() == 0
    with clock.at(now() + timedelta(minutes=61)):
        assert scheduled.start_due() == 1
        run_jobs()
    message.refresh_from_db()
    assert message.state == State.LIVE
    assert lines(message)[:4] == ["created", "asked", "approved", "scheduled"]


def test_08_an_order_whose_time_passed_asks_instead_of_sending(
    town: SmallTown, write: Way, run_jobs: Callable[[], int]
) -> None:
    message = write(starts_at=now() + timedelta(hours=1))
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    run_jobs()  # the letters that ask for the approval
    with clock.at(now() + timedelta(hours=3)):
        scheduled.start_due()
        message.refresh_from_db()
        assert message.state == State.HELD and message.held_reason
        assert run_jobs() == 0 and not message.deliveries.exists()
        publishing.publish(message_id=message.pk, by=town.communications)
        run_jobs()
    message.refresh_from_db()
    assert message.state == State.LIVE


def test_08_deliveries_that_waited_through_an_outage_are_held_and_never_sent_after_the_end(
    town: SmallTown, write: Way, run_jobs: Callable[[], int]
) -> None:
    message = write()
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    with clock.at(now() + timedelta(hours=2)):
        run_jobs()
        message.refresh_from_db()
        assert message.state == State.HELD
        publishing.publish(message_id=message.pk, by=town.communications)
        run_jobs()
        message.refresh_from_db()
        assert message.state == State.LIVE
    late = write()
    approvals.ask_for_approval(message_id=late.pk, revision=late.revision, by=town.editor)
    approvals.approve(message_id=late.pk, revision=late.revision, by=town.communications)
    with clock.at(now() + timedelta(hours=13)):
        run_jobs()
    assert late.deliveries.get(channel="push").state == Delivery.State.WITHDRAWN


def test_09_it_is_live_everywhere_and_the_time_from_the_approval_is_known(publish: Way) -> None:
    message = publish()
    assert message.state == State.LIVE
    assert message.live_at and message.approved_at and message.live_at - message.approved_at < timedelta(minutes=2)
    assert {row.state for row in message.deliveries.all()} == {Delivery.State.SENT}


def test_16_it_ends_by_itself_everywhere(publish: Way, run_jobs: Callable[[], int]) -> None:
    message = publish()
    with clock.at(now() + timedelta(hours=13)):
        assert scheduled.end_lapsed() == 1
        run_jobs()
    message.refresh_from_db()
    assert message.state == State.ENDED and lines(message)[-1] == "delivered" and "expired" in lines(message)
    assert {row.state for row in message.deliveries.all()} == {Delivery.State.WITHDRAWN}
    assert desk_notices() == []


def test_the_journal_is_append_only(write: Way) -> None:
    line = write().journal.get()
    with pytest.raises(TypeError):
        line.save()
