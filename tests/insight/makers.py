"""Missed questions, as they happen at the desk and on the site."""

from datetime import timedelta
from typing import Any

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.models import Answer, Usefulness
from parvis.apps.directory.models import Actor
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.intake.services import contacts
from parvis.apps.intake.services.matters import GivenAnswer, MatterInput, settle_answered, settle_unanswered
from parvis.lib import clock
from tests.factories import SmallTown, unique


def call(town: SmallTown, channel: str = "phone") -> Contact:
    return contacts.receive(Arrival(key=unique(), channel=channel, by=Actor.staff(town.agent)))


def unanswered(town: SmallTown, words: str, channel: str = "phone") -> Matter:
    """A matter left unanswered."""
    contact = call(town, channel)
    return settle_unanswered(MatterInput(contact_id=contact.pk, key=unique(), by=town.agent, words=words))


def answered(town: SmallTown, answer: Answer, words: str, subject: Subject | None = None) -> Matter:
    """A matter settled on that answer, whatever came first."""
    wish = MatterInput(
        contact_id=call(town).pk, key=unique(), by=town.agent, words=words, subject=subject or answer.subject
    )
    return settle_answered(wish, GivenAnswer(answer, "Dit.", "fr", [], {}))


def useless(answer: Answer, words: str = "", **values: Any) -> Usefulness:
    """A "not useful" opinion past its correction period."""
    at = clock.now() - timedelta(hours=2)
    given = {"language": "fr", "useful": False, "words": words, "at": at} | values
    return Usefulness.objects.create(answer=answer, **given)
