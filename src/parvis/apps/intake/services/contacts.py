"""The life of a contact: received, drafted, put on hold, identified, described, finished."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import language_rule
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, ContactFile
from parvis.apps.intake.queries.access import held, owned, refuse_unless_agent
from parvis.apps.intake.services.indexing import index_contact
from parvis.apps.residents.models import Person
from parvis.apps.residents.services import people
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.clock import now, today
from parvis.lib.database.rows import insert, update
from parvis.lib.errors import Invalid
from parvis.lib.words import one_line

LARGEST_DRAFT = 64_000  # characters of JSON


def receive(arrival: Arrival) -> Contact:
    """Creates the contact of an arrival, once per key; the single entry point. NotAllowed for staff without the role.

    A contact brought by staff is in progress at once; any other waits.
    """
    return receive_once(arrival)[0]


def receive_once(arrival: Arrival) -> tuple[Contact, bool]:
    """As `receive`, and whether the contact is new: then it is this transaction's, and needs no lock."""
    agent = arrival.by.user
    if agent:
        refuse_unless_agent(agent)
    contact = Contact(
        key=arrival.key,
        channel=arrival.channel,
        outbound=arrival.outbound,
        state=Contact.State.IN_PROGRESS if agent else Contact.State.WAITING,
        agent=agent,
        person=arrival.person,
        phone=arrival.phone,
        language=arrival.language,
        english_ground=arrival.english_ground,
        audience=arrival.audience,
        subject_line=one_line(arrival.subject_line)[:300],
        text=arrival.text,
        references=asdict(arrival.references),
        started_at=arrival.at or now(),
    )
    with transaction.atomic(savepoint=False):
        if not insert(contact, unless="key"):
            return Contact.objects.get(key=arrival.key), False
        ContactFile.objects.bulk_create(
            [ContactFile(contact=contact, attachment=attachment) for attachment in arrival.attachments]
        )
    return contact, True


def save_draft(*, contact_id: int, seq: int, draft: dict[str, Any], by: User) -> datetime:
    """Saves the draft of the agent's screen and returns the time; a `seq` older than the saved one is ignored.

    Raises Invalid when the draft exceeds 64,000 characters, and what `access.held` raises.
    """
    if len(json.dumps(draft, ensure_ascii=False)) > LARGEST_DRAFT:
        raise Invalid(_("This draft is too long to be kept."), {"text": _("Keep it under 20,000 characters.")})
    with transaction.atomic():
        contact = held(contact_id, by)
        if seq > contact.draft_seq:
            contact.draft, contact.draft_seq = draft, seq
            contact.save(update_fields=["draft", "draft_seq"])
    return now()


@transaction.atomic
def hold(*, contact_id: int, by: User) -> Contact:
    """Puts the contact on hold, keeping its draft."""
    return _set_state(contact_id, by, Contact.State.ON_HOLD)


@transaction.atomic
def unhold(*, contact_id: int, by: User) -> Contact:
    """Resumes a contact on hold."""
    return _set_state(contact_id, by, Contact.State.IN_PROGRESS)


def _set_state(contact_id: int, by: User, state: Contact.State) -> Contact:
    contact = held(contact_id, by)
    contact.state = state
    contact.save(update_fields=["state"])
    return contact


@transaction.atomic
def identify(*, contact_id: int, person: Person | None, phone: str = "", by: User) -> Contact:
    """Links a person to the contact, or none; opening their file is logged. Never required.

    `phone` (E.164) is the number by which they were found, stored when the contact has none.
    """
    contact = held(contact_id, by)
    contact.person, contact.phone = person, contact.phone or phone
    if person is not None:
        _use_language_of(contact, person)
    contact.save(update_fields=["person", "phone", "language", "english_ground"])
    if person is not None:
        read_file(contact, person, by)
    return contact


@transaction.atomic
def identify_newcomer(*, contact_id: int, newcomer: Newcomer, by: User) -> Contact:
    """Registers a new person and links them to the contact; a repeat registers nobody. Raises what
    `residents.services.people.find_or_register` raises."""
    contact = held(contact_id, by)
    name = " ".join(newcomer.name.split()).casefold()
    if contact.person is None or contact.person.name.casefold() != name or newcomer.phone or newcomer.email:
        contact.person = people.find_or_register(newcomer, by=Actor.staff(by))
    keep_ground(contact)
    contact.save(update_fields=["person"])
    read_file(contact, contact.person, by)
    return contact


def _use_language_of(contact: Contact, person: Person) -> None:
    """Sets the contact's language to the person's unless the agent chose one; copies a ground for English both ways."""
    if not contact.draft.get("lang"):
        contact.language = person.language
    if contact.language == "en" and not contact.english_ground:
        contact.english_ground = lasting_ground(person)
    keep_ground(contact)


def keep_ground(contact: Contact) -> None:
    """Saves in the person's file the ground for English given in a contact, if it is a lasting one."""
    if contact.person and contact.language == "en":
        people.keep_ground(person=contact.person, ground=contact.english_ground)


def lasting_ground(person: Person) -> str:
    """The slug of the ground for English in the person's file, if still valid; "" otherwise."""
    ground = language_rule().ground(person.english_ground)
    return ground.slug if ground and ground.holds_on(today(), person.english_since) else ""


def read_file(contact: Contact, person: Person, by: User) -> None:
    """Logs that the agent opened a person's file, once per contact."""
    reason = _("contact %(number)d, %(channel)s") % {"number": contact.pk, "channel": Channel(contact.channel).label}
    record_reading(user=by, subject="person", subject_id=person.pk, reason=reason, once_since=contact.started_at)


@transaction.atomic
def describe(
    *,
    contact_id: int,
    by: User,
    phone: str | None = None,
    language: str | None = None,
    english_ground: str | None = None,
    audience: str | None = None,
    channel: str | None = None,
) -> Contact:
    """Updates the contact's own fields; None leaves a field unchanged."""
    contact = held(contact_id, by)
    values = {
        "phone": phone,
        "language": language,
        "english_ground": english_ground,
        "audience": audience,
        "channel": channel,
    }
    changed = {name: value for name, value in values.items() if value is not None}
    for name, value in changed.items():
        setattr(contact, name, value)
    if changed:
        contact.save(update_fields=list(changed))
        keep_ground(contact)
    return contact


@transaction.atomic
def finish(*, contact_id: int, by: User) -> Contact:
    """Ends the contact; its length runs from its start. Idempotent."""
    contact = owned(contact_id, by)
    if contact.state != Contact.State.DONE:
        end(contact)
    return contact


def end(contact: Contact, at: datetime | None = None) -> None:
    """Marks a locked contact done, now or `at`, with its length in seconds, and indexes it for search."""
    contact.state = Contact.State.DONE
    contact.ended_at = at or now()
    contact.seconds = max(0, int((contact.ended_at - contact.started_at).total_seconds()))
    update(contact, "state", "ended_at", "seconds")
    index_contact(contact)
