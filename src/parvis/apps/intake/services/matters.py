"""Settling the matters of a contact: answered, transferred, callback promised, out of scope, unanswered, incident."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Incident
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.incidents.incidents import Joining, join_incident
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.content.models import Answer
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import language_rule
from parvis.apps.directory.rules.language_policy import SAFETY, allowed
from parvis.apps.intake.models import Callback, Contact, Given, Matter
from parvis.apps.intake.queries.access import owned, refuse_if_done
from parvis.apps.intake.services.contacts import end, lasting_ground
from parvis.lib.clock import now, today
from parvis.lib.database.rows import Compiled, insert, update
from parvis.lib.errors import Conflict, Invalid, NotAllowed

_by_key = Compiled(lambda key: Matter.objects.filter(key=key).values_list("pk", "outcome", "contact_id"))


@dataclass(frozen=True)
class MatterInput:
    """Input common to every outcome. `key` is the submission's idempotency key; `finish` also ends the contact."""

    contact_id: int
    key: str
    by: User
    words: str = ""
    subject: Subject | None = None
    nature: str = Nature.INFORMATION
    note: str = ""
    finish: bool = False


@dataclass(frozen=True)
class GivenAnswer:
    """An answer as it was read out: words, language, fact versions and calculation inputs.

    When `computed`, the words come from a calculator and `answer` is the subject's standard answer, if it has one.
    """

    answer: Answer | None
    words: str
    language: str
    facts: list[dict[str, Any]]
    inputs: dict[str, Any]
    computed: bool = False


def settle_answered(matter_input: MatterInput, *given_answers: GivenAnswer) -> Matter:
    """Records the answers given on the spot: words, revision and fact versions (DESIGN 4.2). Invalid without any."""
    if not given_answers:
        raise Invalid(_("Say what was read to the person."), {"parts": _("Choose what you read aloud.")})

    def record_answers(matter: Matter) -> None:
        for given in given_answers:
            Given.objects.create(
                matter=matter,
                answer=given.answer,
                revision_id=given.answer.live_revision_id if given.answer and not given.computed else None,
                language=given.language,
                words=given.words,
                facts=given.facts,
                inputs=given.inputs,
                at=matter.at,
            )

    return _record_matter(matter_input, Matter.Outcome.ANSWERED, then=record_answers)


def settle_transfer(
    matter_input: MatterInput, *, department: Department, receiver: User | None = None, case: Case | None = None
) -> Matter:
    """Records that the caller was put through, and hands over the case when there is one.

    If the case refuses the hand-over, the transfer still stands, since it took place: the matter's note says why.
    """

    def hand_over(matter: Matter) -> None:
        if not (case and receiver):
            return
        try:
            handling.hand_over(case_id=case.pk, receiver=receiver, words=matter_input.note, by=matter_input.by)
        except (Conflict, NotAllowed) as refusal:
            warning = _("Not written on %(reference)s: %(why)s") % {"reference": case.reference, "why": refusal}
            matter.note = f"{matter.note}\n{warning}".strip()
            matter.save(update_fields=["note"])

    if receiver and department.pk not in receiver.department_ids:
        raise Invalid.in_field("receiver", _("Choose someone of that department."))
    return _record_matter(
        matter_input, Matter.Outcome.TRANSFERRED, department=department, receiver=receiver, case=case, then=hand_over
    )


def settle_callback(
    matter_input: MatterInput, *, phone: str, due_at: datetime, reason: str = "", assignee: User | None = None
) -> Callback:
    """Promises a callback by `due_at`. Raises Invalid (fields phone, due_at)."""
    if not phone:
        raise Invalid(_("Which number should be called?"), {"phone": _("Write the number to call.")})
    if due_at <= now():
        raise Invalid.in_field("due_at", _("Choose a moment to come."))

    def create_callback(matter: Matter) -> None:
        Callback.objects.create(
            contact=matter.contact,
            matter=matter,
            person=matter.contact.person,
            phone=phone,
            reason=reason.strip() or matter_input.words,
            due_at=due_at,
            assignee=assignee,
        )

    matter = _record_matter(matter_input, Matter.Outcome.CALLBACK, then=create_callback)
    return Callback.objects.get(matter=matter)


def settle_not_ours(matter_input: MatterInput, *, external_body: Department | None) -> Matter:
    """Records a referral to the external body that is responsible. Raises Invalid (door) without one."""
    if external_body is None:
        raise Invalid(_("Whose is it?"), {"door": _("Choose whose it is.")})
    return _record_matter(matter_input, Matter.Outcome.NOT_OURS, department=external_body)


def settle_unanswered(matter_input: MatterInput) -> Matter:
    """Records an unanswered question, for the editors to fill the gap. Raises Invalid (text) without words."""
    if not matter_input.words.strip():
        raise Invalid(_("Write the question, so that someone can answer it."), {"text": _("Write the question.")})
    return _record_matter(matter_input, Matter.Outcome.UNANSWERED)


def settle_incident(matter_input: MatterInput, *, incident: Incident, follows: bool = True) -> Matter:
    """Counts the contact as a report of the incident; with `follows`, a person who can be reached follows it.

    Reads `notice.subject`. Raises Conflict when the incident is over.
    """

    def join(matter: Matter) -> None:
        contact = matter.contact
        joining = Joining(
            key=matter.key,
            channel=contact.channel,
            language=_letter_language(contact, incident),
            person=contact.person,
            phone=contact.phone,
            follows=follows,
        )
        join_incident(incident_id=incident.pk, joining=joining, by=matter_input.by)

    matter_input = replace(matter_input, subject=incident.notice.subject or matter_input.subject, nature=Nature.REQUEST)
    return _record_matter(
        matter_input, Matter.Outcome.INCIDENT, then=join, incident=incident, department_id=incident.department_id
    )


def _letter_language(contact: Contact, incident: Incident) -> str:
    """The language of letters to a follower, by the town's language rule and the known ground for English."""
    ground = contact.english_ground or (lasting_ground(contact.person.canonical) if contact.person else "")
    urgent = incident.notice.subject is not None and incident.notice.subject.urgent
    kind = SAFETY if urgent else Nature.REQUEST
    result = allowed(language_rule(), ground=ground, channel=contact.channel, kind=kind, day=today())
    return result.chosen(contact.language)


def _record_matter(
    matter_input: MatterInput, outcome: Matter.Outcome, *, then: Callable[[Matter], None] | None = None, **values: Any
) -> Matter:
    with transaction.atomic():
        contact = owned(matter_input.contact_id, matter_input.by)
        if earlier := settled_before(matter_input.key, contact.pk, outcome):
            return earlier
        refuse_if_done(contact)
        names = ("key", "words", "subject", "nature", "note")
        matter = add_matter(contact, outcome, **{name: getattr(matter_input, name) for name in names}, **values)
        if matter_input.finish:
            end(contact)
        if then:
            then(matter)
    return matter


def add_matter(
    contact: Contact,
    outcome: Matter.Outcome,
    *,
    key: str,
    words: str,
    note: str,
    at: datetime | None = None,
    **values: Any,
) -> Matter:
    """Records a matter settled by the agent of a locked contact, and clears the contact's draft.

    Also saves the contact's person and ground for English. Raises Conflict when the key settled another matter.
    """
    matter = Matter(
        contact=contact,
        key=key,
        words=words.strip(),
        outcome=outcome,
        note=note.strip(),
        at=at or now(),
        by_id=contact.agent_id,
        **values,
    )
    if not insert(matter, unless="key"):
        raise Conflict(_("This matter was already settled otherwise."))
    contact.draft = {}
    contact.draft_seq += 1
    update(contact, "draft", "draft_seq", "person", "english_ground")
    return matter


def settled_before(key: str, contact_id: int, outcome: Matter.Outcome) -> Matter | None:
    """The matter that the same submission settled, if any; Conflict when its outcome or its contact is another.

    The usual case, a new key, reads at most one small row.
    """
    earlier = _by_key.first(key)
    if earlier is None:
        return None
    if earlier[1:] != (outcome.value, contact_id):
        raise Conflict(_("This matter was already settled otherwise."))
    return Matter.objects.select_related("contact", "case__subject").get(pk=earlier[0])
