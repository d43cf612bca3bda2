"""Takes in the messages of the mailbox: each becomes a waiting contact, or an entry of the request it answers."""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.kinds import EntryKind
from parvis.apps.cases.services.journal import EntryDraft, write
from parvis.apps.cases.services.moves import lock
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.intake.models import Contact, ReceivedMail
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.queries.dangers import danger_of, own_words_of
from parvis.apps.intake.queries.inbox import question_of
from parvis.apps.intake.rules.private_links import without_private_links
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.joining import join_case
from parvis.apps.intake.services.mail import inbox, newsletters
from parvis.apps.intake.services.mail.automatic import acknowledge, answer_oversize, warn_of_danger
from parvis.apps.intake.services.mail.undelivered import answer_refused
from parvis.apps.mail import queries as mailboxes
from parvis.apps.mail import services as mail
from parvis.apps.mail.models import Incoming, IncomingFile
from parvis.apps.mail.rules import automatons, threads
from parvis.apps.mail.rules.body import only_in_html
from parvis.apps.mail.rules.parsing import Message
from parvis.apps.mail.rules.trust import FAILED, trust
from parvis.apps.matching import queries as matching
from parvis.apps.matching.rules.text import guess_language
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries import lookalikes
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotFound

WORDS_OF_A_LANGUAGE = 3  # a shorter message is taken to be in the language of its mailbox
LEFT_BEHIND_AFTER = timedelta(minutes=5)
LEFT_BEHIND_SECONDS = 5.0  # after which no other is begun, so that the job ends in time
REFERENCE = re.compile(r"\b\d{2}-\d{4,7}-[A-Z]\b")
AUTOMATIC = EntryKind("automail", _("Automatic answer received"))

logger = logging.getLogger(__name__)


def take_in_mail(*, incoming_id: int) -> Incoming:
    """Reads a stored message and gives it its outcome; once, whatever the number of calls.

    A message that cannot be read is quarantined with the reason, and the others go on; so is one that killed the
    process three times. Raises only when the database does not answer: the job is retried then.
    """
    incoming = Incoming.objects.get(pk=incoming_id)
    if incoming.outcome:
        return incoming
    try:
        mail.count_attempt(incoming)
        message = mail.parse_stored(incoming)
        files, left_out = mail.keep_files(message)
        try:
            return _take_in(incoming_id, message, files, left_out)
        except IntegrityError:  # the same message was taken in at the same instant
            return _take_in(incoming_id, message, files, left_out)
    except (OperationalError, InterfaceError):
        with suppress(DatabaseError):
            mail.forget_attempt(incoming)
        raise
    except Exception as error:  # whatever arrives, the mailbox goes on
        logger.exception("message %s could not be taken in", incoming_id)
        return mail.quarantine(incoming_id=incoming_id, reason=str(error) or type(error).__name__)


@transaction.atomic
def _take_in(
    incoming_id: int, message: Message, files: Sequence[mail.KeptFile], left_out: Sequence[tuple[str, str]]
) -> Incoming:
    incoming = Incoming.objects.select_for_update().get(pk=incoming_id)
    if incoming.outcome:
        return incoming
    incoming.identity, incoming.message_id = message.identity, message.message_id[:998]
    incoming.from_name, incoming.from_address = message.from_name, message.from_address
    incoming.subject, incoming.sent_at = message.subject, message.sent_at
    mail.place(incoming, message.to)
    incoming.cc = list(message.cc)
    incoming.text, incoming.left_out = message.text, [list(pair) for pair in left_out]
    incoming.references = list(dict.fromkeys([*message.in_reply_to, *reversed(message.references)]))
    incoming.automatic, incoming.taken_in_at = automatons.automatic(message), now()
    results = message.headers.get("authentication-results", ())
    incoming.trust = trust(results, incoming.mailbox.authority if incoming.mailbox else "", message.from_address)
    incoming.page = mailboxes.page_of(message.html)
    incoming.outcome, incoming.reason = _outcome(incoming, message, [file.attachment for file in files])
    incoming.save()
    if incoming.outcome != Incoming.Outcome.DUPLICATE:
        rows = [
            IncomingFile(incoming=incoming, attachment=file.attachment, cid=file.cid, about=file.about)
            for file in files
        ]
        IncomingFile.objects.bulk_create(rows)
    return incoming


def _outcome(incoming: Incoming, message: Message, files: Sequence[Attachment]) -> tuple[Incoming.Outcome, str]:
    if mailboxes.same_message(incoming):
        return Incoming.Outcome.DUPLICATE, ""
    if mail.record_round_trip(incoming):
        return Incoming.Outcome.IGNORED, "round-trip"
    if not incoming.oversize and (settled := newsletters.settle(incoming, message)):
        return settled
    letter = threads.bounced_letter(incoming.to, settings.SECRET_KEY)
    report = automatons.bounce(message) or (automatons.bounce_in_words(message) if letter else None)
    if report and not incoming.oversize:
        bounced = mail.record_bounce(report, outgoing_id=letter)
        if bounced and report.permanent:
            answer_refused(bounced)
        return Incoming.Outcome.BOUNCE, report.reason
    person = _sender(message.from_address) if incoming.trust != FAILED else None
    thread = threads.thread_of(incoming.to, settings.SECRET_KEY) or mailboxes.thread_of(letter)
    case, certain = _case_of(thread, message.subject, incoming.references, person)
    if case and not certain and (person is None or case.person_id != person.pk):
        case = None
    if incoming.automatic:
        if case:
            _file_automatic(incoming, case)
        return (Incoming.Outcome.JOINED if case else Incoming.Outcome.IGNORED), incoming.automatic
    beside = only_in_html(message.text, message.html)
    if case and not threads.is_forward(message.subject) and _joined(incoming, case, files, beside):
        return Incoming.Outcome.JOINED, ""
    _wait(incoming, person, case, files, beside)
    return Incoming.Outcome.NEW, ""


def take_in_left_behind() -> int:
    """Takes in the messages that no job took in for LEFT_BEHIND_AFTER; returns how many. Runs every five minutes."""
    rows = Incoming.objects.filter(outcome="", received_at__lt=now() - LEFT_BEHIND_AFTER).order_by("pk")
    until, taken = monotonic() + LEFT_BEHIND_SECONDS, 0
    for incoming_id in list(rows.values_list("pk", flat=True)[:200]):
        if monotonic() > until:
            break
        take_in_mail(incoming_id=incoming_id)
        taken += 1
    return taken


@transaction.atomic
def bring_back(*, incoming_id: int, by: User) -> Incoming:
    """Makes a message that was set aside as a machine's wait for an agent. Raises NotAllowed, NotFound, Conflict."""
    refuse_unless_agent(by)
    incoming = Incoming.objects.select_for_update().filter(pk=incoming_id).first()
    if incoming is None:
        raise NotFound(gettext("This message does not exist."))
    if incoming.outcome != Incoming.Outcome.IGNORED:
        raise Conflict(gettext("This message is no longer set aside."))
    files = [row.attachment for row in incoming.files.select_related("attachment").order_by("pk")]
    person = _sender(incoming.from_address) if incoming.trust != FAILED else None
    _wait(incoming, person, None, files, mailboxes.only_in_html(incoming))
    incoming.outcome, incoming.reason = Incoming.Outcome.NEW, ""
    incoming.save(update_fields=["outcome", "reason"])
    return incoming


def _sender(address: str) -> Person | None:
    """The person with this e-mail address; None when nobody or several have it."""
    people = lookalikes("", address) if address else []
    return people[0] if len(people) == 1 else None


def _case_of(thread: str, subject: str, references: Sequence[str], person: Person | None) -> tuple[Case | None, bool]:
    """The request that the message is about, and whether it is certain.

    Certain by `thread`, that of a signed address, or by an identifier of ours; only likely by a number in the subject.
    """
    thread = thread or mailboxes.thread_answered(references)
    if thread and (case := _by_reference(thread)):
        return case, True
    named = REFERENCE.search(subject)
    return (_by_reference(named[0]) if named and person else None), False


def _by_reference(reference: str) -> Case | None:
    return Case.objects.filter(reference=reference.upper()).first()


def _file_automatic(incoming: Incoming, case: Case) -> None:
    """Files an automatic answer on the case: its clock and its state do not move."""
    words = without_private_links(own_words_of(incoming, case.reference))
    entry = write(lock(case.pk), EntryDraft(AUTOMATIC, body=words, data={"channel": Channel.EMAIL}))
    ReceivedMail.objects.create(incoming=incoming, entry=entry)


def _joined(incoming: Incoming, case: Case, files: Sequence[Attachment], beside: str) -> bool:
    """Adds the message to the case as the citizen's words; False when it becomes a contact instead.

    `beside` is what only its HTML says.
    """
    believed = incoming.from_address and incoming.trust != FAILED
    theirs = believed and case.person in lookalikes("", incoming.from_address)
    stranger = "" if theirs else incoming.from_address
    words = own_words_of(incoming, case.reference)
    joined, entry = join_case(case, without_private_links(words), Channel.EMAIL, files, author=stranger)
    if not joined:
        return False
    heard = danger_of(words, beside=beside)
    ReceivedMail.objects.create(incoming=incoming, entry=entry, danger=heard is not None)
    if heard:
        warn_of_danger(incoming, heard, language=guess_language(heard.words), case=case)
    return True


def _wait(
    incoming: Incoming, person: Person | None, case: Case | None, files: Sequence[Attachment], beside: str
) -> None:
    question, mailbox = question_of(incoming.subject, incoming.said), incoming.mailbox
    suggestion = matching.suggest(question, lang=None, limit=1)
    short = mailbox is not None and len(question.split()) < WORDS_OF_A_LANGUAGE
    heard = danger_of(own_words_of(incoming), incoming.subject, beside)
    likely, danger = "" if heard else suggestion.to_read, heard is not None
    incoming.save()  # its words are indexed below
    joined = inbox.join_open(incoming, files=files, likely=likely, danger=danger)
    contact = joined or receive(
        Arrival(
            channel=Channel.EMAIL,
            key=f"mail-{incoming.pk}",
            person=person,
            language=mailbox.language if mailbox and short else suggestion.lang,
            subject_line=incoming.subject,
            text=incoming.text,
            attachments=files,
            references=References(tuple(incoming.references), (case.reference,) if case else ()),
            at=incoming.received_at,
        )
    )
    if joined is None:
        ReceivedMail.objects.create(incoming=incoming, contact=contact, likely=likely, danger=danger)
        inbox.begin(contact, incoming, danger=danger)
    if heard:
        warn_of_danger(incoming, heard, language=guess_language(heard.words), contact=contact)
    elif joined is not None or contact.state == Contact.State.SPAM:
        return
    elif incoming.oversize:
        answer_oversize(incoming, contact)
    elif not mailboxes.thread_answered(incoming.references):
        acknowledge(incoming, contact)
