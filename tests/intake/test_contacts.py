"""Contacts at the desk: drafts, idempotent settling, corrections."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.services.handling import answer
from parvis.apps.catalogue.queries.restrictions import restricted_subjects
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Actor
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Callback, Contact, Correction, Given, Matter
from parvis.apps.intake.queries.contacts import last_contacts, open_callbacks
from parvis.apps.intake.services import callbacks, contacts, correcting, matters, requests
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_person, unique


def call(town: SmallTown, **values: object) -> Contact:
    fields = {"channel": "phone", "key": unique("call"), "by": Actor.staff(town.agent), **values}
    return contacts.receive(Arrival(**fields))  # type: ignore[arg-type]


def settled(town: SmallTown, contact: Contact, **values: object) -> matters.MatterInput:
    fields = {"contact_id": contact.pk, "key": unique("matter"), "by": town.agent, "words": "cabanon 10x12", **values}
    return matters.MatterInput(**fields)  # type: ignore[arg-type]


def asked(town: SmallTown, contact: Contact, **values: object) -> requests.NewRequest:
    fields = {"key": unique("matter"), "subject": town.streetlight, "words": "Noir", "by": Actor.staff(town.agent)}
    return requests.NewRequest(**{**fields, "contact_id": contact.pk, **values})  # type: ignore[arg-type]


def an_answer(town: SmallTown) -> Answer:
    answer: Answer = Answer.objects.create(
        subject=town.shed, title_fr="Cabanon", short_fr="Oui, un permis.", summary_fr="Permis", owner=town.planning,
        review_on=date(2027, 1, 1),
    )  # fmt: skip
    answer.save_revision().publish()
    answer.refresh_from_db()
    return answer


def given_answer(answer: Answer) -> matters.GivenAnswer:
    facts = [{"id": 1, "key": "cabanon.aire", "status": "ok", "shown": "15 m²"}]
    return matters.GivenAnswer(answer, "Oui, un permis.", "fr", facts, {"audience": "resident"})


def test_the_same_arrival_twice_is_one_contact(town: SmallTown) -> None:
    arrival = Arrival(channel="email", key="message-1", text="Bonjour")
    assert contacts.receive(arrival).pk == contacts.receive(arrival).pk
    assert Contact.objects.get().state == Contact.State.WAITING


def test_a_draft_is_kept_and_a_late_save_never_overwrites_it(town: SmallTown) -> None:
    contact = call(town)
    contacts.save_draft(contact_id=contact.pk, seq=2, draft={"text": "shed 10x12"}, by=town.agent)
    contacts.save_draft(contact_id=contact.pk, seq=1, draft={"text": "shed"}, by=town.agent)
    contact.refresh_from_db()
    assert contact.draft == {"text": "shed 10x12"}
    with pytest.raises(Invalid):
        contacts.save_draft(contact_id=contact.pk, seq=3, draft={"text": "a" * 70_000}, by=town.agent)


def test_a_contact_is_its_agents_alone(town: SmallTown) -> None:
    contact = call(town)
    with pytest.raises(NotFound):
        contacts.save_draft(contact_id=contact.pk, seq=1, draft={}, by=town.agent_and_technician)
    with pytest.raises(NotAllowed):
        contacts.finish(contact_id=contact.pk, by=town.technician)
    with pytest.raises(NotAllowed):
        call(town, by=Actor.staff(town.technician))


def test_an_answer_given_is_recorded_with_its_revision_and_facts_and_ends_the_call(
    town: SmallTown, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:00-05:00"
    contact = call(town)
    ours = an_answer(town)
    settings.PARVIS_NOW = "2026-11-24T10:01:35-05:00"
    matters.settle_answered(settled(town, contact, subject=town.shed, finish=True), given_answer(ours))
    given = Given.objects.get()
    assert given.revision_id == ours.live_revision_id and given.facts[0]["shown"] == "15 m²"
    contact.refresh_from_db()
    assert (contact.state, contact.seconds) == (Contact.State.DONE, 95)
    with pytest.raises(Conflict):
        contacts.save_draft(contact_id=contact.pk, seq=9, draft={}, by=town.agent)


def test_several_matters_in_one_call(town: SmallTown) -> None:
    contact = call(town)
    matters.settle_answered(settled(town, contact, subject=town.shed), given_answer(an_answer(town)))
    matters.settle_not_ours(settled(town, contact, words="bruit"), external_body=town.police)
    matters.settle_unanswered(settled(town, contact, words="les ruches?", finish=True))
    outcomes = [matter.outcome for matter in Matter.objects.filter(contact=contact)]
    assert outcomes == ["answered", "not_ours", "none"]


def test_two_clicks_make_one_case_even_across_a_finished_call(town: SmallTown) -> None:
    contact = call(town, person=make_person(email="j@exemple.ca"))
    once = asked(town, contact, channel="web", finish=True)
    first = requests.open_request(once)
    again = requests.open_request(once)
    assert (first.created, again.created, first.case.pk) == (True, False, again.case.pk)
    assert Case.objects.count() == 1 and Matter.objects.count() == 1
    case = Case.objects.get()
    assert (case.channel, case.person) == ("phone", contact.person), "the case takes the contact's channel and person"


def test_a_refused_case_leaves_the_call_as_it_was(town: SmallTown) -> None:
    contact = call(town)
    contacts.save_draft(contact_id=contact.pk, seq=1, draft={"text": "nid"}, by=town.agent)
    with pytest.raises(Invalid):
        requests.open_request(asked(town, contact, subject=town.pothole))
    contact.refresh_from_db()
    assert contact.draft == {"text": "nid"} and not Matter.objects.exists()


def test_a_warm_transfer_is_recorded_on_the_case_too(town: SmallTown) -> None:
    contact = call(town)
    case = requests.open_request(asked(town, contact)).case
    with pytest.raises(Invalid):
        matters.settle_transfer(settled(town, contact), department=town.works, receiver=town.planner, case=case)
    matters.settle_transfer(
        settled(town, contact, note="Pressé"), department=town.works, receiver=town.technician, case=case
    )
    case.refresh_from_db()
    assert case.owner == town.technician
    handed = Entry.objects.get(case=case, kind=Entry.Kind.HANDED)
    assert (handed.data["to"], handed.body) == ("tina.caron", "Pressé")


def test_a_call_promised_is_owed_until_someone_is_reached(town: SmallTown) -> None:
    contact = call(town)
    soon = datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(Invalid) as refused:
        matters.settle_callback(settled(town, contact), phone="", due_at=soon)
    assert "phone" in refused.value.fields
    matters.settle_callback(settled(town, contact), phone="+14185550199", due_at=soon, reason="Le tarif")
    callback = open_callbacks(town.agent)[0]
    callbacks.callback_missed(callback_id=callback.pk, note="Boîte vocale", by=town.agent)
    with pytest.raises(Invalid):
        callbacks.callback_done(callback_id=callback.pk, note=" ", by=town.agent)
    callbacks.callback_done(callback_id=callback.pk, note="Tarif donné", by=town.agent)
    assert open_callbacks(town.agent) == []
    assert Callback.objects.get().attempts[0]["note"] == "Boîte vocale"
    with pytest.raises(Conflict):
        callbacks.callback_done(callback_id=callback.pk, note="Encore", by=town.agent)


def test_a_call_made_is_written_on_its_case(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    contact = call(town, person=make_person(phone="+14185550199"))
    case = requests.open_request(asked(town, contact)).case
    answer(case_id=case.pk, words="Réparé demain.", by=town.technician)
    run_jobs()
    callbacks.callback_done(callback_id=open_callbacks(town.agent)[0].pk, note="Prévenue.", by=town.agent)
    assert Entry.objects.get(case=case, kind=Entry.Kind.CALLED).body == "Prévenue."


def test_a_correction_keeps_what_was_said_before(town: SmallTown) -> None:
    contact = call(town)
    matter = matters.settle_answered(
        settled(town, contact, subject=town.shed, finish=True), given_answer(an_answer(town))
    )
    correcting.correct_matter(
        matter_id=matter.pk, changes={"subject_id": town.opinion.pk, "words": "clôture"}, by=town.agent
    )
    correcting.correct_contact(contact_id=contact.pk, changes={"channel": "counter"}, by=town.agent)
    traces = [json.dumps(trace.before, sort_keys=True) for trace in Correction.objects.order_by("pk")]
    assert traces == [f'{{"subject_id": {town.shed.pk}, "words": "cabanon 10x12"}}', '{"channel": "phone"}']
    with pytest.raises(NotFound):
        correcting.correct_matter(matter_id=matter.pk, changes={"words": "x"}, by=town.agent_and_technician)
    with pytest.raises(Invalid):
        correcting.correct_matter(matter_id=matter.pk, changes={"outcome": "case"}, by=town.agent)


@pytest.mark.parametrize("rows", [1, 10])
def test_the_last_ten_cost_the_same_at_1_and_10(
    town: SmallTown, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ours = an_answer(town)
    for _ in range(rows):
        matters.settle_answered(settled(town, call(town), subject=town.shed, finish=True), given_answer(ours))
    restricted_subjects()  # read once a second at most
    with django_assert_num_queries(4):
        shown = [(c.person, [(m.subject, list(m.given.all())) for m in c.matters.all()], list(c.corrections.all()))
                 for c in last_contacts(town.agent)]  # fmt: skip
    assert len(shown) == rows
