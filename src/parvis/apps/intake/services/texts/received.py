"""Takes in text messages: each becomes a waiting contact, or the citizen's words on the request it answers."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.translation import ngettext

from parvis.apps.cases.models import Case
from parvis.apps.catalogue.models import Channel
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.intake.models import ReceivedText
from parvis.apps.intake.queries.dangers import danger_of
from parvis.apps.intake.queries.inbox import question_of
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.joining import join_case
from parvis.apps.intake.services.texts.automatic import warn_of_danger
from parvis.apps.matching.queries import suggesting
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import household
from parvis.apps.telephony.models import IncomingText
from parvis.apps.telephony.queries import texts as carrier
from parvis.apps.telephony.rules.keywords import START, STOP, keyword
from parvis.apps.telephony.services.texts.incoming import record_opt_out
from parvis.lib.clock import now

ANSWERS_WITHIN = timedelta(days=30)  # a text answers the last one about a request sent to its number
LEFT_BEHIND_AFTER = timedelta(minutes=5)
SHOWN_WORDS = 2000  # characters of a text put on the agent's screen
Outcome = IncomingText.Outcome

logger = logging.getLogger(__name__)


@transaction.atomic
def take_in_text(*, text_id: int) -> IncomingText:
    """Gives a stored text its outcome; once, whatever the number of calls.

    STOP and START change what the number accepts and become nothing else.
    """
    text = IncomingText.objects.select_for_update().get(pk=text_id)
    if text.outcome or text.erased_at:
        return text
    word = keyword(text.body) if not text.files else ""
    if word in (STOP, START):
        record_opt_out(text.sender, word)
        text.outcome = Outcome.STOP if word == STOP else Outcome.START
    else:
        text.outcome = _joined_or_waiting(text)
    text.taken_in_at = now()
    text.save(update_fields=["outcome", "taken_in_at"])
    return text


def take_in_texts_left_behind() -> int:
    """Takes in the texts that no job took in for LEFT_BEHIND_AFTER; returns how many. Runs every five minutes.

    One that cannot be taken in does not stop the others.
    """
    left = IncomingText.objects.filter(outcome="", erased_at=None, received_at__lt=now() - LEFT_BEHIND_AFTER)
    count = 0
    for text_id in left.order_by("pk").values_list("pk", flat=True)[:200]:
        try:
            take_in_text(text_id=text_id)
            count += 1
        except Exception:
            logger.exception("text %s could not be taken in", text_id)
    return count


def _joined_or_waiting(text: IncomingText) -> Outcome:
    reference = carrier.last_thread(text.sender, now() - ANSWERS_WITHIN)
    case = Case.objects.filter(reference=reference).first() if reference else None
    if case and text.body.strip():
        joined, entry = join_case(case, words_of(text), Channel.TEXT)
        if joined:
            heard = danger_of(text.body)
            ReceivedText.objects.create(incoming=text, entry=entry, danger=heard is not None)
            if heard:
                warn_of_danger(text, heard, case=case)
            return Outcome.JOINED
    _wait(text, case)
    return Outcome.NEW


def _wait(text: IncomingText, case: Case | None) -> None:
    suggestion = suggesting.suggest(question_of("", text.body), lang=None, limit=1)
    contact = receive(
        Arrival(
            channel=Channel.TEXT,
            key=f"text-{text.pk}",
            phone=text.sender,
            person=_sender(text.sender),
            language=suggestion.lang,
            text=words_of(text),
            references=References((), (case.reference,) if case else ()),
            at=text.received_at,
        )
    )
    if not (contact.person and contact.person.sensitive):
        contact.draft = {"text": text.body.strip()[:SHOWN_WORDS]}
        contact.save(update_fields=["draft"])
    heard = danger_of(text.body)
    ReceivedText.objects.create(incoming=text, contact=contact, danger=heard is not None)
    if heard:
        warn_of_danger(text, heard, contact=contact)


def words_of(text: IncomingText) -> str:
    """The words of a text, and how many pictures came with it, which are not fetched."""
    left_out = (
        ngettext("(%(n)d picture was not received.)", "(%(n)d pictures were not received.)", text.files)
        % {"n": text.files}
        if text.files
        else ""
    )
    return "\n\n".join(part for part in (text.body.strip(), left_out) if part)


def _sender(number: str) -> Person | None:
    """The person with this number; None when nobody or several have it."""
    people = household(number)
    return people[0] if len(people) == 1 else None
