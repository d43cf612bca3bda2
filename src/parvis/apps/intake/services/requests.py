"""Opens a request from a contact in hand, or from a complete arrival (the public site, a call entered later)."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.directory.models import Actor
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.queries.access import owned, refuse_if_done
from parvis.apps.intake.services.alerts import carry_threat
from parvis.apps.intake.services.contacts import end, keep_ground, lasting_ground, read_file, receive_once
from parvis.apps.intake.services.matters import MatterInput, add_matter, settled_before
from parvis.apps.residents import services as people
from parvis.apps.residents.services import Newcomer


def open_request(
    source: MatterInput | Arrival,
    new_case: cases.NewCase,
    *,
    newcomer: Newcomer | None = None,
    reach: str = "",
    into: int | None = None,
) -> cases.Opened:
    """Records the contact, its matter and the new case in one transaction, once per `source.key`.

    `source` is a matter of a contact in hand, or a complete arrival, whose contact ends at once. `newcomer` is
    registered too: by `residents.services.find_or_register` for an agent, by `register_from_public_form` with the
    contact preference `reach` for a public form. `into` is an open case about the same thing, to merge the new one
    into. Raises what `cases.open_case`, `cases.merge`, `receive` and these two raise, and Conflict when the key settled
    something else; nothing is saved then.
    """
    new_case = replace(new_case, key=source.key)
    by = Actor.staff(source.by) if isinstance(source, MatterInput) else source.by
    planned = cases.plan(new_case, by=by)
    with transaction.atomic():
        contact = owned(source.contact_id, source.by) if isinstance(source, MatterInput) else _received(source)
        if newcomer is not None or contact.state == Contact.State.DONE:  # otherwise `open_case` detects a repeated key
            if earlier := _opened_before(new_case.key, contact):
                return earlier
            refuse_if_done(contact)
        new_case = _with_requester(new_case, contact, newcomer, reach, by)
        opened = cases.open_case(new_case, by=by, planned=planned)
        if not opened.created and (earlier := _opened_before(new_case.key, contact)):
            return earlier
        _record_matter(source, contact, new_case, opened)
        if by.user:
            carry_threat(contact, opened.case, by.user)
        if into is not None:
            words = _("The agent heard the same thing in a contact.") if by.user else ""
            cases.merge(case_id=opened.case.pk, into_id=into, words=words, by=by)
        if isinstance(source, Arrival):
            end(contact, contact.started_at + timedelta(seconds=source.seconds) if source.seconds is not None else None)
    return opened


def _received(arrival: Arrival) -> Contact:
    contact, new = receive_once(arrival)
    return contact if new else Contact.objects.select_for_update().get(pk=contact.pk)


def _with_requester(
    new_case: cases.NewCase, contact: Contact, newcomer: Newcomer | None, reach: str, by: Actor
) -> cases.NewCase:
    """Adds the requester and their ground for English; the ground in their file is used only when staff open it."""
    person, ground = new_case.person, new_case.english_ground or contact.english_ground
    if newcomer is not None:
        person = (
            people.find_or_register(newcomer, by=by)
            if by.user
            else people.register_from_public_form(newcomer, reach=reach)
        )
    if person and by.user:
        read_file(contact, person, by.user)
    person = None if new_case.anonymous else person or contact.person
    if person and by.user:
        ground = ground or lasting_ground(person)
    return replace(new_case, channel=contact.channel, person=person, english_ground=ground)


def _record_matter(
    source: MatterInput | Arrival, contact: Contact, new_case: cases.NewCase, opened: cases.Opened
) -> None:
    """Records the matter, and the requester and ground for English on its contact."""
    contact.person = new_case.person or contact.person
    if contact.agent_id and new_case.english_ground and new_case.language == "en":
        contact.english_ground = new_case.english_ground
        keep_ground(contact)
    matter_input = source if isinstance(source, MatterInput) else None
    add_matter(
        contact,
        Matter.Outcome.CASE,
        key=new_case.key,
        words=matter_input.words if matter_input and matter_input.words else new_case.words,
        subject=new_case.subject,
        nature=new_case.nature,
        note=matter_input.note if matter_input else "",
        at=opened.case.opened_at,
        case=opened.case,
        department=opened.case.department,
    )
    if matter_input and matter_input.finish:
        end(contact)


def _opened_before(key: str, contact: Contact) -> cases.Opened | None:
    """The case that the same submission opened, if any; raises as `settled_before`."""
    matter = settled_before(key, contact.pk, Matter.Outcome.CASE)
    return cases.already_opened(matter.case) if matter and matter.case else None
