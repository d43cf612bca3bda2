"""Stories of the answering desk: questions answered on the spot, calls made back, letters posted, an incident."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from parvis.apps.cases.models import PaperLetter
from parvis.apps.cases.queries.access import may
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.incidents import approvals, incident_news
from parvis.apps.cases.services.incidents.incidents import Words
from parvis.apps.cases.services.postal_letters import mark_posted
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.content.models import Answer
from parvis.apps.content.queries.answers import render
from parvis.apps.directory.queries import people_who_may
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Callback
from parvis.apps.intake.services import callbacks, contacts, incidents, matters
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput
from parvis.apps.places.models import Street
from parvis.lib.clock import now
from parvis.operations.demo.people import fictional_number
from parvis.operations.demo.play import Story
from parvis.operations.demo.requests import answer_contact
from parvis.operations.demo.texts import INCIDENT, drawn, picked
from parvis.operations.demo.town import Town

OUTCOMES = (("answered", 84), ("transfer", 5), ("callback", 4), ("not_ours", 4), ("unanswered", 3))
CALLED = 0.6  # share of the calls to make that each round makes
MISSED = 0.1
LAST_CALLS = timedelta(hours=8)  # before the present: some calls of this time are still to be made


def question(town: Town, subject: Subject, channel: str) -> Story:
    """Someone who is answered on the spot, put through, called back, shown the right door, or not helped."""
    rng, who = town.rng, town.neighbour(channel) if town.rng.random() < 0.5 else None
    (lang, ground), person = town.language(who), town.person(who)
    audience = who.audience if who else "resident"
    contact, agent = answer_contact(
        town, channel, person=person, language=lang, english_ground=ground, audience=audience
    )
    if person:
        contacts.identify(contact_id=contact.pk, person=person, by=agent)
    matter = MatterInput(
        contact.pk, town.key(), by=agent, words=town.question(subject, lang), subject=subject, finish=True
    )
    outcome, answer = drawn(OUTCOMES, rng), Answer.objects.filter(subject=subject, live=True).first()
    if outcome == "unanswered":
        words = picked("citizens", "unanswered", lang, rng)
        matters.settle_unanswered(replace(matter, subject=None, words=words))
    elif outcome == "callback":
        phone = who.phones[0] if who and who.phones else fictional_number(rng)
        reason, due = picked("staff", "reasons_to_call", lang, rng), town.later(rng.uniform(120, 600))
        matters.settle_callback(matter, phone=phone, due_at=due, reason=reason)
    elif outcome == "not_ours" and subject.external_body:
        matters.settle_not_ours(matter, external_body=subject.external_body)
    elif answer is None or outcome == "transfer":
        inside = [user for user in town.workers if subject.department_id in user.department_ids]
        receiver = rng.choice(inside) if inside else None
        matter = replace(matter, note=picked("staff", "put_through", "fr", rng))
        matters.settle_transfer(matter, department=subject.department, receiver=receiver)
    else:
        shown = render(answer, lang, audience=audience)
        inputs = {"text": matter.words, "audience": audience}
        given = GivenAnswer(answer, shown.short.plain, shown.short.lang, shown.given_facts, inputs)
        matters.settle_answered(matter, given)
    yield from ()


def calls_back(town: Town, until: datetime) -> Story:
    """Rounds of calls in office hours: most are made within a day; some of the last ones stay to be made."""
    while True:
        yield town.later(150)
        rows = Callback.objects.filter(done_at=None).select_related("case").order_by("due_at", "pk")
        for callback in rows if now() < until - LAST_CALLS else rows[: rows.count() // 3]:
            chance, agent = town.rng.random(), town.agent()
            if callback.case and not may(agent, Transition.CALLED, callback.case):
                continue  # a restricted request is for others
            if chance < MISSED and len(callback.attempts) < 2:
                note = picked("staff", "missed", "fr", town.rng)
                callbacks.callback_missed(callback_id=callback.pk, note=note, by=agent)
            elif chance < CALLED:
                lang = callback.case.language if callback.case else "fr"
                note = picked("staff", "calls", lang, town.rng)
                callbacks.callback_done(callback_id=callback.pk, note=note, by=agent)


def letters_posted(town: Town) -> Story:
    """Each working day, the letters on paper of the days before are printed and posted."""
    while True:
        tomorrow = town.calendar.add_working_days(town.calendar.local(now()).date(), 1)
        yield town.office_hour(tomorrow, town.calendar.end_of_day(tomorrow))
        waiting = PaperLetter.objects.filter(posted_at=None, asked_at__lt=now() - timedelta(days=1))
        agents = [agent for agent in town.agents if agent.may(Action.PRINT_LETTER)]
        if agents:
            mark_posted(letter_ids=list(waiting.values_list("pk", flat=True)), by=town.rng.choice(agents))


def incident(town: Town, subject: Subject, street: Street) -> Story:
    """A water main breaks: a first call opens the incident, others join it, news are told, it ends the same day."""
    by = next(user for user in town.workers if user.may(Action.END_INCIDENT))
    notice: dict[str, Any] = {name: INCIDENT[name] for name in ("title_fr", "title_en", "say_fr", "say_en")}
    words = Words(**notice, subject=subject, street=street)
    first = _call_about(town, subject)
    opened = incidents.begin_incident(first, words=words, department=subject.department).incident
    assert opened is not None
    approvers = people_who_may(Action.APPROVE_INCIDENT, opened.department_id)
    second = next((user for user in approvers if user != first.by), None)
    if second and opened.asked_at:
        approvals.approve_incident(incident_id=opened.pk, seen=opened.asked_at, by=second)
    for _ in range(town.rng.randint(3, 6)):
        yield town.later(town.rng.uniform(5, 30))
        incidents.join_contact(_call_about(town, subject), incident_id=opened.pk)
    news: dict[str, Any] = {f"words_{lang}": picked("staff", "news", lang, town.rng) for lang in ("fr", "en")}
    incident_news.send_update(incident_id=opened.pk, key=town.key(), by=by, **news)
    yield town.later(town.rng.uniform(60, 200))
    end = {f"words_{lang}": INCIDENT[f"end_{lang}"] for lang in ("fr", "en")}
    proof = picked("staff", "proofs", "fr", town.rng).format(n=town.rng.randint(10_000, 99_999))
    incident_news.end_incident(incident_id=opened.pk, key=town.key(), reason="done", by=by, proof=proof, **end)


def _call_about(town: Town, subject: Subject) -> MatterInput:
    person = town.person(town.neighbour(Channel.PHONE))
    contact, agent = answer_contact(town, Channel.PHONE, person=person)
    words = town.question(subject, "fr")
    return MatterInput(contact.pk, town.key(), by=agent, words=words, subject=subject, finish=True)
