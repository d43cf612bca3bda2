"""Drafts of case forms: stored for their author alone, until sent or discarded."""

from datetime import timedelta
from typing import Any

import pytest

from parvis.apps.cases.models import Case, Entry
from parvis.apps.newsletter.models import ContactPoint
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services.subscribing import Origin, Wanted, enrol
from parvis.apps.workspace.models import CaseDraft
from parvis.apps.workspace.queries import drafts_at
from parvis.apps.workspace.services import drafts
from parvis.apps.workspace.services.workspace import end_waiting
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed, NotFound
from tests.counting import statements
from tests.desk.case.made import opened
from tests.factories import SmallTown, make_person


@pytest.fixture
def case(town: SmallTown) -> Case:
    return opened(town)


def kept(case: Case, town: SmallTown, words: str = "On répare mardi.", seq: int = 1, **more: Any) -> CaseDraft:
    values = {"case": case, "action": "close", "typed": {"words": words}, "by": town.technician, **more}
    return drafts.save_draft(seq=seq, **values)


def words_of(case: Case, user: Any, action: str = "close") -> str:
    """The unsent words of the draft, or \"\" without a draft."""
    draft = drafts_at(case.pk, user).get(action)
    return draft.typed["words"] if draft and draft.has_words else ""


def test_each_one_has_their_own_words_for_each_gesture(town: SmallTown, case: Case) -> None:
    kept(case, town)
    kept(case, town, "Une note.", action="note")
    kept(case, town, "Autre chose.", by=town.manager)
    assert words_of(case, town.technician) == "On répare mardi."
    assert words_of(case, town.technician, "note") == "Une note."
    assert words_of(case, town.manager) == "Autre chose."
    assert drafts_at(opened(town).pk, town.technician) == {}


def test_a_save_that_arrives_late_changes_nothing_and_learns_it(town: SmallTown, case: Case) -> None:
    kept(case, town, "Les derniers mots.", seq=8)
    assert kept(case, town, "Les premiers.", seq=3).seq == 8
    assert words_of(case, town.technician) == "Les derniers mots."


def test_a_save_on_its_way_when_the_words_were_sent_brings_none_back(town: SmallTown, case: Case) -> None:
    for before in (0, 1):
        action = ("close", "answer")[before]
        if before:
            kept(case, town, action=action)
        drafts.end_draft(case=case, action=action, by=town.technician)
        assert kept(case, town, "Les mêmes.", seq=40, action=action).seq > 40
        assert words_of(case, town.technician, action) == ""


def test_words_put_away_are_given_back_and_a_late_save_does_not_decide_otherwise(town: SmallTown, case: Case) -> None:
    kept(case, town)
    drafts.discard_draft(case=case, action="close", typed={"words": "On répare mardi, sûr."}, by=town.technician)
    kept(case, town, "En retard.", seq=2)
    assert words_of(case, town.technician) == ""
    drafts.restore_draft(case=case, action="close", by=town.technician)
    assert words_of(case, town.technician) == "On répare mardi, sûr."
    with pytest.raises(NotFound):
        drafts.restore_draft(case=case, action="close", by=town.technician)


def test_a_text_without_end_is_refused_and_what_was_kept_stays(town: SmallTown, case: Case) -> None:
    kept(case, town)
    with pytest.raises(Invalid):
        kept(case, town, "x" * 50_000, seq=2)
    drafts.discard_draft(case=case, action="close", typed={"words": "x" * 50_000}, by=town.technician)
    drafts.restore_draft(case=case, action="close", by=town.technician)
    assert words_of(case, town.technician) == "On répare mardi."


def test_nobody_writes_on_a_request_that_they_may_not_read(town: SmallTown, case: Case) -> None:
    with pytest.raises(NotAllowed):
        kept(case, town, by=town.citizen)


def test_words_not_sent_wait_thirty_days_and_those_put_away_one(town: SmallTown, case: Case) -> None:
    kept(case, town)
    kept(case, town, action="note")
    drafts.end_draft(case=case, action="note", by=town.technician)
    kept(case, town, action="ask")
    drafts.discard_draft(case=case, action="ask", typed={"words": "Non."}, by=town.technician)
    for days, left in ((0, {"close", "ask"}), (2, {"close"}), (29, {"close"}), (31, set())):
        moment = now() - timedelta(days=days)
        CaseDraft.objects.update(saved_at=moment)
        CaseDraft.objects.filter(discarded_at__isnull=False).update(discarded_at=moment)
        drafts.purge_drafts()
        assert {case_draft.action for case_draft in CaseDraft.objects.filter(case=case).exclude(typed={})} == left
    assert not drafts_at(case.pk, town.technician)


def test_words_of_whoever_leaves_are_erased_unread(town: SmallTown, case: Case) -> None:
    kept(case, town)
    kept(case, town, by=town.agent_and_technician)
    end_waiting(user=town.technician, by=town.manager)
    assert words_of(case, town.technician) == "" and words_of(case, town.agent_and_technician)


def test_what_the_law_erases_leaves_the_words_being_written_too(town: SmallTown, case: Case) -> None:
    kept(case, town, "Monsieur Zacharie dit que...")
    seq = Entry.objects.filter(case=case).order_by("seq")[0].seq
    drafts.erase_words(case_id=case.pk, seq=seq, ground="Demande 2026-4", by=town.privacy_officer)
    kept(case, town, "Monsieur Zacharie dit que...", seq=2)  # a save that was on its way
    assert words_of(case, town.technician) == ""


@pytest.mark.parametrize("subscriptions", [True, False])
def test_the_law_erases_what_the_person_was_subscribed_to_when_it_is_asked(
    town: SmallTown, case: Case, subscriptions: bool
) -> None:
    person = make_person(email="J.Roy@exemple.ca")
    person.phones.create(number="+14505550144")
    Case.objects.filter(pk=case.pk).update(person=person)
    origin = Origin("phone", words="oui", evidence="oui", clerk=town.agent)
    for channel, target in (("email", "j.roy@exemple.ca"), ("text", "450 555-0144"), ("email", "autre@exemple.ca")):
        enrol(channel=channel, target=target, language="fr", wanted=Wanted(alerts=True), origin=origin)
    drafts.erase_words(
        case_id=case.pk, seq=1, ground="Demande 2026-4", by=town.privacy_officer, subscriptions=subscriptions
    )
    left = {one.target for one in recipients(kind="alerts")}
    assert left == {"autre@exemple.ca"} | (set() if subscriptions else {"j.roy@exemple.ca", "+14505550144"})
    assert ContactPoint.objects.filter(target="", consents__action="erased").count() == (2 if subscriptions else 0)


def test_a_form_sent_weeks_ago_still_outranks_what_a_browser_held(town: SmallTown, case: Case) -> None:
    kept(case, town)
    drafts.end_draft(case=case, action="close", by=town.technician)
    CaseDraft.objects.update(saved_at=now() - timedelta(days=20))
    drafts.purge_drafts()
    assert drafts_at(case.pk, town.technician)["close"].seq > 1


def test_a_save_costs_one_writing_whatever_was_kept_before(town: SmallTown, case: Case) -> None:
    counts = []
    for number in range(1, 30):
        kept(case, town, seq=number, action=f"g{number % 7}" if number < 28 else "close")
        with statements() as made:
            kept(case, town, seq=number + 100, action="close")
        counts.append(len([item for item in made if "case" in item["sql"] and "UPDATE" in item["sql"]]))
    assert counts[0] == 1 and counts[-1] == 1
