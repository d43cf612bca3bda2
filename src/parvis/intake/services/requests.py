"""What comes in complete, without an agent: a request written on the site."""

from dataclasses import replace

from django.db import transaction

from parvis.cases import services as cases
from parvis.intake.channels import Arrival
from parvis.intake.models import Contact, Matter
from parvis.intake.services.contacts import end, receive
from parvis.lib.clock import now
from parvis.residents import services as people
from parvis.residents.services import Newcomer


def receive_request(
    arrival: Arrival, asked: cases.Asked, *, newcomer: Newcomer | None = None, reach: str = "", into: int | None = None
) -> cases.Opened:
    """The contact, its one matter and the case that it opens, in one transaction; `arrival.key` twice makes one.

    `newcomer` is whoever signed the form, `reach` how they wish to hear of it (`residents.services.welcome_stranger`);
    without one the request is anonymous. `into` is an open case about the same thing that they chose to follow: theirs
    is handled with it. A refusal leaves nothing behind: it raises what `cases.open_case`, `cases.merge` and
    `welcome_stranger` raise.
    """
    with transaction.atomic():
        contact = Contact.objects.select_for_update().get(pk=receive(arrival).pk)
        before = contact.matters.select_related("case__subject", "case__department").first()
        if before and before.case:
            return cases.found(before.case)
        person = people.welcome_stranger(newcomer, reach=reach) if newcomer else None
        asked = replace(
            asked,
            key=arrival.key,
            channel=arrival.channel,
            person=person,
            anonymous=person is None,
            english_ground=arrival.english_ground,
        )
        opened = cases.open_case(asked, by=None)
        Matter.objects.create(
            contact=contact,
            key=arrival.key,
            words=asked.words.strip(),
            subject=asked.subject,
            nature=asked.nature,
            outcome=Matter.Outcome.CASE,
            case=opened.case,
            department=opened.case.department,
            at=now(),
            by=None,
        )
        if person:
            contact.person = person
            contact.save(update_fields=["person"])
        if into is not None:
            cases.merge(case_id=opened.case.pk, into_id=into, words="", by=None)
        end(contact)
    return opened
