"""A request is opened: from a contact in hand, or by what came in complete (the site, a call entered later)."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.directory.actors import Actor
from parvis.apps.intake.access import owned, refuse_if_done
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.services.alerts import carry_threat
from parvis.apps.intake.services.contacts import end, keep_ground, lasting_ground, read_file, receive
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
    """The contact, its matter and the case that it becomes, in one transaction; the same `source.key` twice makes one.

    `source` is a matter of a contact in hand, or something that came in complete, whose contact ends at once.
    `newcomer` is registered in that transaction too, as `residents.services.welcome` does for an agent; as
    `welcome_stranger` does, with their wish `reach`, for a form that anyone may fill. `into` is an open case about the
    same thing, with which it is handled from the start. A refusal leaves nothing behind: it raises what
    `cases.open_case`, `cases.merge`, `receive` and the two welcomes raise, and Conflict when that key settled something
    else.
    """
    new_case = replace(new_case, key=source.key)
    by = Actor.staff(source.by) if isinstance(source, MatterInput) else source.by
    planned = cases.plan(new_case, by=by)
    with transaction.atomic():
        contact = owned(source.contact_id, source.by) if isinstance(source, MatterInput) else _received(source)
        if newcomer is not None or contact.state == Contact.State.DONE:  # else the case itself tells, once it is opened
            if before := _case_before(new_case.key, contact):
                return before
            refuse_if_done(contact)
        new_case = _signed(new_case, contact, newcomer, reach, by)
        opened = cases.open_case(new_case, by=by, planned=planned)
        if not opened.created and (before := _case_before(new_case.key, contact)):
            return before
        _settle(source, contact, new_case, opened)
        if by.user:
            carry_threat(contact, opened.case, by.user)
        if into is not None:
            words = _("The agent heard the same thing in a contact.") if by.user else ""
            cases.merge(case_id=opened.case.pk, into_id=into, words=words, by=by)
        if isinstance(source, Arrival):
            end(contact, contact.started_at + timedelta(seconds=source.seconds) if source.seconds is not None else None)
    return opened


def _received(arrival: Arrival) -> Contact:
    return Contact.objects.select_for_update().get(pk=receive(arrival).pk)


def _signed(
    new_case: cases.NewCase, contact: Contact, newcomer: Newcomer | None, reach: str, by: Actor
) -> cases.NewCase:
    """What is asked, with who asks it and the ground for English; what an agent knows of them serves an agent alone."""
    person, ground = new_case.person, new_case.english_ground or contact.english_ground
    if newcomer is not None:
        person = people.welcome(newcomer, by=by) if by.user else people.welcome_stranger(newcomer, reach=reach)
    if person and by.user:
        read_file(contact, person, by.user)
    person = None if new_case.anonymous else person or contact.person
    if person and by.user:
        ground = ground or lasting_ground(person)
    return replace(new_case, channel=contact.channel, person=person, english_ground=ground)


def _settle(source: MatterInput | Arrival, contact: Contact, new_case: cases.NewCase, opened: cases.Opened) -> None:
    """Records the matter; its contact is with whoever asked, on the ground that was given."""
    contact.person = new_case.person or contact.person
    if contact.agent_id and new_case.english_ground and new_case.language == "en":
        contact.english_ground = new_case.english_ground
        keep_ground(contact)
    settled = source if isinstance(source, MatterInput) else None
    add_matter(
        contact,
        Matter.Outcome.CASE,
        key=new_case.key,
        words=settled.words if settled and settled.words else new_case.words,
        subject=new_case.subject,
        nature=new_case.nature,
        note=settled.note if settled else "",
        at=opened.case.opened_at,
        case=opened.case,
        department=opened.case.department,
    )
    if settled and settled.finish:
        end(contact)


def _case_before(key: str, contact: Contact) -> cases.Opened | None:
    """The case that the same submission opened; Conflict as `settled_before`."""
    before = settled_before(key, contact.pk, Matter.Outcome.CASE)
    return cases.found(before.case) if before and before.case else None
