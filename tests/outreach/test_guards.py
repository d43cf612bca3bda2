"""What may not happen to a message: words nobody approved, an end that is lost, an update that outlives it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from parvis.apps.cases.models import Incident, Update
from parvis.apps.cases.services.incidents.incident_news import send_update
from parvis.apps.cases.services.incidents.incidents import Words as IncidentWords
from parvis.apps.cases.services.incidents.incidents import open_incident
from parvis.apps.content.queries.notices import NoticeView, desk_notices
from parvis.apps.directory.models import User
from parvis.apps.news.queries.banners import banners_in_force
from parvis.apps.outreach.channels.base import Outcome
from parvis.apps.outreach.models import Delivery, Message
from parvis.apps.outreach.queries.messages import content_of, hub
from parvis.apps.outreach.rules.content import BASE, Words
from parvis.apps.outreach.services import approvals, drafts, ending, publishing, results, scheduled
from parvis.apps.outreach.tasks import refresh_live
from parvis.apps.social.models import Account, Post
from parvis.apps.telephony.models import OutgoingText
from parvis.lib import clock, ttl_cache
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.factories import SmallTown, unique
from tests.outreach.conftest import TEXT, TITLE, Way, draft_of
from tests.outreach.test_desk import typed

pytestmark = pytest.mark.django_db
In = Callable[[User], Client]
Run = Callable[[], int]
State, Of = Message.State, Delivery.State


def save(message: Message, by: User, title: str = "Autre titre", **values: Any) -> Message:
    draft = draft_of(versions={(BASE, "fr"): Words(title, TEXT)}, **values)
    return drafts.save_draft(message_id=message.pk, revision=message.revision, draft=draft, by=by)


def said() -> list[NoticeView]:
    ttl_cache.forget_all()
    return desk_notices()


def approved(message: Message, town: SmallTown) -> Message:
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    return approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)


def test_what_is_held_or_scheduled_and_changed_is_a_draft_that_the_agents_no_longer_say(
    town: SmallTown, write: Way, run_jobs: Run
) -> None:
    starts = now() + timedelta(hours=1)
    late, planned, refused = (approved(write(starts_at=starts), town) for _ in range(3))
    assert len(said()) == 3
    approvals.send_back(message_id=refused.pk, revision=refused.revision, note="Non", by=town.communications)
    save(planned, town.editor, starts_at=starts)
    assert len(said()) == 1
    with clock.at(now() + timedelta(hours=3)):
        scheduled.start_due()
        late.refresh_from_db()
        assert late.state == State.HELD
        late = save(late, town.communications, "Ce que personne n’a lu")
        assert (late.state, late.approved_at, said()) == (State.DRAFT, None, [])
        for message in (late, planned, refused):
            with pytest.raises(Conflict):
                publishing.publish(message_id=message.pk, by=town.communications)
        Message.objects.filter(pk=late.pk).update(state=State.HELD, approved_at=now())
        with pytest.raises(Conflict, match="appro"):
            publishing.publish(message_id=late.pk, by=town.communications)
        run_jobs()
    assert not Delivery.objects.exists()


def test_a_withdrawal_and_a_correction_win_over_the_job_under_way(town: SmallTown, write: Way, run_jobs: Run) -> None:
    first, second = (approved(write(channels=("banner",)), town) for _ in range(2))
    rows = [row.deliveries.select_related("release").get(channel="banner") for row in (first, second)]
    ending.withdraw(message_id=first.pk, words="Erreur", by=town.communications)
    second = save(second, town.editor, "Corrigé", channels=("banner",))
    publishing.correct(message_id=second.pk, revision=second.revision, by=town.editor)
    assert banners_in_force() == []
    for row in rows:  # read before
        assert not results.record(delivery=row, outcome=Outcome(Of.FAILED, "Late"))
    run_jobs()
    assert [row.title_fr for row in banners_in_force()] == ["Corrigé"]
    states = {row.message_id: row.state for row in Delivery.objects.filter(channel="banner")}
    assert states == {first.pk: Of.WITHDRAWN, second.pk: Of.SENT}
    known = second.deliveries.select_related("release").get(channel="banner")  # read before the withdrawal
    ending.withdraw(message_id=second.pk, words="Erreur", by=town.communications)
    assert not results.record(delivery=known, outcome=Outcome(Of.SENT, "Seen"))
    run_jobs()
    assert banners_in_force() == [] and second.deliveries.get(channel="banner").state == Of.WITHDRAWN


@pytest.mark.parametrize("way", ["withdraw", "lift", "lapse"])
def test_what_was_held_after_a_part_of_it_left_can_still_end(
    town: SmallTown, write: Way, run_jobs: Run, signed_in: In, way: str
) -> None:
    message = approved(write(channels=("site", "banner")), town)
    with clock.at(now() + timedelta(hours=2)):
        run_jobs()
        message.refresh_from_db()
        assert message.state == State.HELD and message.deliveries.get(channel="site").state == Of.SENT
        with pytest.raises(Conflict):
            approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
        with pytest.raises(Conflict):
            save(message, town.editor)
        page = signed_in(town.communications).get(f"/desk/outreach/{message.pk}/", follow=True).content.decode()
        assert f"/{message.pk}/withdraw/" in page and f"/{message.pk}/lift/" in page
        if way == "withdraw":
            ending.withdraw(message_id=message.pk, words="Erreur", by=town.communications)
        elif way == "lift":
            ending.lift(message_id=message.pk, by=town.editor)
    with clock.at(now() + timedelta(hours=13)):
        assert scheduled.end_lapsed() == (way == "lapse")
        run_jobs()
    message.refresh_from_db()
    assert message.state == (State.WITHDRAWN if way == "withdraw" else State.ENDED)
    assert set(message.deliveries.values_list("state", flat=True)) == {Of.WITHDRAWN}


def incident_of(town: SmallTown) -> Incident:
    words = IncidentWords("Bris d’aqueduc", "Main break", "On répare.", "Being fixed.", street=town.address.street)
    return open_incident(key=unique(), words=words, department=town.works, by=town.manager)


def test_the_band_and_the_followers_of_an_incident_hear_of_the_correction_and_of_the_end(
    town: SmallTown, publish: Way
) -> None:
    incident = incident_of(town)
    message = publish(incident=incident, channels=("site",))
    ending.extend(message_id=message.pk, until=now() + timedelta(hours=14), by=town.editor)
    message.refresh_from_db()
    message = save(message, town.editor, "Corrigé", channels=("site",))
    publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    incident.notice.refresh_from_db()
    assert incident.notice.news_fr == f"Corrigé. {TEXT}"
    ending.withdraw(message_id=message.pk, words="Erreur", by=town.communications)
    incident.notice.refresh_from_db()
    assert incident.notice.news_fr == f"Retiré : Corrigé. {TEXT}"
    keys = [f"outreach-{message.pk}", f"outreach-{message.pk}-r{message.revision}", f"outreach-{message.pk}-end"]
    assert list(Update.objects.order_by("pk").values_list("key", flat=True)) == keys


def test_what_expired_leaves_the_band_unless_someone_said_something_since(town: SmallTown, publish: Way) -> None:
    mine, theirs = incident_of(town), incident_of(town)
    for incident in (mine, theirs):
        publish(incident=incident, channels=("site",))
    send_update(incident_id=theirs.pk, key=unique(), words_fr="Réparé à 15 h.", words_en="", by=town.manager)
    with clock.at(now() + timedelta(hours=13)):
        assert scheduled.end_lapsed() == 2
    for incident, words in ((mine, ""), (theirs, "Réparé à 15 h.")):
        incident.notice.refresh_from_db()
        assert incident.notice.news_fr == words


def test_nobody_approves_words_of_their_own_whoever_changed_them_last(
    town: SmallTown, write: Way, settings: Any
) -> None:
    message = save(write(urgency="emergency"), town.communications, "Du second", urgency="emergency")
    message = save(message, town.editor, "Du premier", urgency="emergency")
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    settings.PARVIS_EMERGENCY_DECIDERS = []
    with pytest.raises(NotAllowed):
        approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    settings.PARVIS_EMERGENCY_DECIDERS = ["communications"]
    approvals.approve(message_id=message.pk, revision=message.revision, by=town.communications)
    assert message.journal.filter(what="bypassed", by=town.communications).exists()


def test_a_correction_that_reaches_further_is_approved_first_and_an_exercise_stays_one(
    town: SmallTown, publish: Way, signed_in: In, run_jobs: Run
) -> None:
    sector = town.address.sector_id
    message = publish(channels=("push",), sectors=[sector])
    wider: list[tuple[dict[str, Any], str]] = [
        ({"channels": ("push", "banner"), "sectors": [sector]}, "channels"),
        ({"channels": ("push",), "sectors": []}, "sectors"),
        ({"channels": ("push",), "sectors": [sector], "urgency": "urgent"}, "urgency"),
        ({"channels": ("push",), "sectors": [sector], "kind": "safety"}, "kind"),
        ({"channels": ("push",), "sectors": [sector], "drill": True}, "drill"),
    ]
    for values, field in wider:
        message = save(message, town.editor, **values)
        with pytest.raises(Invalid) as refusal:
            publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
        assert set(refusal.value.fields) == {field}
    message = save(message, town.editor, channels=("push", "banner"), sectors=[sector])
    approvals.ask_for_approval(message_id=message.pk, revision=message.revision, by=town.editor)
    assert hub().to_approve == [message] and message.is_out
    answer = {"revision": message.revision, "do": "approve"}
    client = signed_in(town.communications)
    assert 'value="approve"' in client.get(f"/desk/outreach/{message.pk}/approve/").content.decode()
    assert client.post(f"/desk/outreach/{message.pk}/approve/", answer).status_code == 302
    assert banners_in_force() == []  # its author still says when
    publishing.correct(message_id=message.pk, revision=message.revision, by=town.editor)
    run_jobs()
    assert [row.title_fr for row in banners_in_force()] == ["Autre titre"]


def test_what_is_invalid_for_a_moment_erases_nothing_that_was_kept(town: SmallTown, signed_in: In, write: Way) -> None:
    message = write(sectors=[town.address.sector_id], streets=[town.address.street_id], starts_at=now())
    kept = content_of(message)
    wrong = {"streets": "Rue inconnue", "starts": "dem", "title_fr": "x" * 121, "sectors": [town.address.sector_id]}
    page = signed_in(town.editor).post(
        f"/desk/outreach/{message.pk}/draft", typed(message, text_fr="Nouveau texte.", **wrong)
    )
    now_kept = content_of(Message.objects.get(pk=message.pk))
    assert page.status_code == 200
    assert (now_kept.streets, now_kept.starts_at, now_kept.title("", "fr")) == (kept.streets, kept.starts_at, TITLE)
    assert now_kept.text("", "fr") == "Nouveau texte."


def test_a_removal_that_failed_after_the_end_is_shown(
    town: SmallTown, publish: Way, signed_in: In, run_jobs: Run
) -> None:
    Account.objects.create(network="facebook", name="Page", page_id=unique(), token="secret", added_at=now())
    message = publish(channels=("facebook",))
    Post.objects.update(state=Post.State.SENT, sent_at=now(), external_id="1")
    ending.lift(message_id=message.pk, by=town.editor)
    run_jobs()
    assert message.deliveries.get(channel="facebook").state == Of.QUEUED and hub().unremoved == []
    Post.objects.update(state=Post.State.FAILED, error="Refused")
    refresh_live()
    assert message.deliveries.get(channel="facebook").state == Of.FAILED
    assert [row.pk for row in hub().unremoved] == [message.pk]
    assert TITLE in signed_in(town.editor).get("/desk/outreach/").content.decode()


def test_the_page_that_follows_shows_the_words_published_and_no_number_to_who_needs_none(
    town: SmallTown, publish: Way, signed_in: In
) -> None:
    message = publish(channels=("push", "texts"))
    row = message.deliveries.select_related("release").get(channel="texts")
    failed = OutgoingText.State.FAILED
    key = f"{row.key}-r{row.release.revision}-1"
    OutgoingText.objects.create(key=key, to="+14505550123", body=TITLE, state=failed, error="400", queued_at=now())
    save(message, town.editor, "Pas encore publié", channels=("push", "texts"))
    page = signed_in(town.technician).get(f"/desk/outreach/{message.pk}/follow/").content.decode()
    assert f"<b>{TITLE}</b>" in page and "<b>Pas encore publié</b>" not in page
    assert "555-0123" not in page and "5550123" not in page
    assert "555-0123" in signed_in(town.editor).get(f"/desk/outreach/{message.pk}/follow/").content.decode()
