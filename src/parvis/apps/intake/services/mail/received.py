"""Takes in the messages of the mailbox: each becomes a waiting contact, or an entry of the request it answers.

What each means, and whether someone is in danger, is looked for afterwards (`understanding`).
"""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.kinds import EntryKind
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.transitions import lock_case
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import User
from parvis.apps.files.models import Attachment
from parvis.apps.intake.channels import Arrival, References
from parvis.apps.intake.models import ReceivedMail
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.queries.conversations import answered_by, thread_of
from parvis.apps.intake.queries.dangers import own_words_of
from parvis.apps.intake.queries.inbox import contact_key, question_of
from parvis.apps.intake.rules.message_words import without_private_links
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.joining import join_case
from parvis.apps.intake.services.mail import inbox, newsletters
from parvis.apps.intake.services.mail.undelivered import answer_refused
from parvis.apps.mail import queries as mailboxes
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.rules import automated_mail, threads
from parvis.apps.mail.rules.parsing import Message
from parvis.apps.mail.rules.trust import FAILED, trust
from parvis.apps.mail.services import incoming as mail
from parvis.apps.matching.rules.text import guess_language
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.people import lookalikes
from parvis.lib.clock import now
from parvis.lib.database.rows import Compiled, insert, locked_row, update
from parvis.lib.errors import Conflict
from parvis.lib.jobs import enqueue, job

TAKE_IN = job("parvis.apps.intake.tasks.take_in_mail", urgent=True)  # it may tell of a danger
WORDS_OF_A_LANGUAGE = 3  # a shorter message is taken to be in the language of its mailbox
REFERENCE = re.compile(r"\b\d{2}-\d{4,7}-[A-Z]\b")
AUTOMATIC = EntryKind("automail", _("Automatic answer received"))
READ = (  # what is written once it is read
    *("identity", "message_id", "from_name", "from_address", "to", "cc", "subject", "sent_at", "text", "references"),
    *("automatic", "mailbox", "trust", "left_out", "page", "attempts", "outcome", "reason", "taken_in_at"),
)
_incoming = Compiled(lambda incoming_id: Incoming.objects.filter(pk=incoming_id))
_locked = Compiled(lambda incoming_id: Incoming.objects.select_for_update().filter(pk=incoming_id))

logger = logging.getLogger(__name__)


def take_in_mail(*, incoming_id: int) -> Incoming:
    """Reads a stored message and gives it its outcome; once, whatever the number of calls. See `understand_mail` next.

    A message that cannot be read is quarantined with the reason, and the others go on; so is one that killed the
    process three times. Raises only when the database does not answer: the job is retried then.
    """
    incoming = _incoming(incoming_id)[0]
    if incoming.outcome:
        return incoming
    try:
        mail.count_attempt(incoming)
        message = mail.parse_stored(incoming)
        files, left_out = mail.keep_files(incoming, message)
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
        return mail.quarantine_message(incoming_id=incoming_id, reason=str(error) or type(error).__name__)


@transaction.atomic
def _take_in(
    incoming_id: int, message: Message, files: Sequence[mail.KeptFile], left_out: Sequence[tuple[str, str]]
) -> Incoming:
    incoming = _locked(incoming_id)[0]
    if incoming.outcome:
        return incoming
    incoming.identity, incoming.message_id = message.identity, message.message_id[:998]
    incoming.from_name, incoming.from_address = message.from_name, message.from_address
    incoming.subject, incoming.sent_at = message.subject, message.sent_at
    mail.place_message(incoming, message.to)
    incoming.cc = list(message.cc)
    incoming.text, incoming.left_out = message.text, [list(pair) for pair in left_out]
    incoming.references = list(dict.fromkeys([*message.in_reply_to, *reversed(message.references)]))
    incoming.automatic, incoming.taken_in_at = automated_mail.automatic(message), now()
    results = message.headers.get("authentication-results", ())
    incoming.trust = trust(results, incoming.mailbox.authority if incoming.mailbox else "", message.from_address)
    incoming.page, incoming.attempts = mailboxes.page_of(message.html), 0
    if mailboxes.same_message(incoming):
        incoming.outcome = Incoming.Outcome.DUPLICATE
        mail.forget_files(files)
    else:
        attachments = mail.record_files(incoming, files)
        incoming.outcome, incoming.reason = _outcome(incoming, message, attachments)
    update(incoming, *READ)
    return incoming


def _outcome(incoming: Incoming, message: Message, files: Sequence[Attachment]) -> tuple[Incoming.Outcome, str]:
    if mail.record_round_trip(incoming):
        return Incoming.Outcome.IGNORED, "round-trip"
    if not incoming.oversize and (settled := newsletters.settle(incoming, message)):
        return settled
    letter = threads.bounced_letter(incoming.to, settings.SECRET_KEY)
    report = automated_mail.bounce(message) or (automated_mail.bounce_in_words(message) if letter else None)
    if report and not incoming.oversize:
        bounced = mail.record_bounce(report, outgoing_id=letter)
        if bounced and report.permanent:
            answer_refused(bounced)
        return Incoming.Outcome.BOUNCE, report.reason
    person = _sender(message.from_address) if incoming.trust != FAILED else None
    thread = thread_of(incoming)
    case, certain = _case_of(thread or mailboxes.thread_of(letter), message.subject, person)
    if case and not certain and (person is None or case.person_id != person.pk):
        case = None
    if incoming.automatic:
        if case:
            _file_automatic(incoming, case)
        return (Incoming.Outcome.JOINED if case else Incoming.Outcome.IGNORED), incoming.automatic
    if case and not threads.is_forward(message.subject) and _joined(incoming, case, files):
        return Incoming.Outcome.JOINED, ""
    _wait(incoming, person, case, files, thread)
    return Incoming.Outcome.NEW, ""


@transaction.atomic
def bring_back(*, incoming_id: int, by: User) -> Incoming:
    """Makes a message that was set aside as a machine's wait for an agent. Raises NotAllowed, NotFound, Conflict."""
    refuse_unless_agent(by)
    incoming = locked_row(Incoming.objects.filter(pk=incoming_id), gettext("This message does not exist."))
    if incoming.outcome != Incoming.Outcome.IGNORED:
        raise Conflict(gettext("This message is no longer set aside."))
    files = [row.attachment for row in incoming.files.select_related("attachment").order_by("pk")]
    person = _sender(incoming.from_address) if incoming.trust != FAILED else None
    _wait(incoming, person, None, files, thread_of(incoming))
    incoming.outcome, incoming.reason = Incoming.Outcome.NEW, ""
    incoming.save(update_fields=["outcome", "reason"])
    enqueue(TAKE_IN, incoming.pk)
    return incoming


def _sender(address: str) -> Person | None:
    """The person with this e-mail address; None when nobody or several have it."""
    people = lookalikes("", address) if address else []
    return people[0] if len(people) == 1 else None


def _case_of(thread: str, subject: str, person: Person | None) -> tuple[Case | None, bool]:
    """The request that the message is about, and whether it is certain.

    Certain by its thread, that of a signed address or of a letter of ours; only likely by a number in the subject.
    """
    if thread and (case := _by_reference(thread)):
        return case, True
    named = REFERENCE.search(subject)
    return (_by_reference(named[0]) if named and person else None), False


def _by_reference(reference: str) -> Case | None:
    return Case.objects.filter(reference=reference.upper()).first()


def _file_automatic(incoming: Incoming, case: Case) -> None:
    """Files an automatic answer on the case: its clock and its state do not move."""
    words = without_private_links(own_words_of(incoming, case.reference))
    entry = write_entry(lock_case(case.pk), EntryDraft(AUTOMATIC, body=words, data={"channel": Channel.EMAIL}))
    ReceivedMail.objects.create(incoming=incoming, entry=entry, understood_at=now())


def _joined(incoming: Incoming, case: Case, files: Sequence[Attachment]) -> bool:
    """Adds the message to the case as the citizen's words; False when it becomes a contact instead."""
    believed = incoming.from_address and incoming.trust != FAILED
    theirs = believed and case.person in lookalikes("", incoming.from_address)
    stranger = "" if theirs else incoming.from_address
    words = without_private_links(own_words_of(incoming, case.reference))
    joined, entry = join_case(case, words, Channel.EMAIL, files, author=stranger)
    if joined:
        ReceivedMail.objects.create(incoming=incoming, entry=entry)
    return joined


def _wait(
    incoming: Incoming, person: Person | None, case: Case | None, files: Sequence[Attachment], thread: str
) -> None:
    """Has the message wait for an agent: with the one of the same sender that it continues, or as a new contact."""
    before = answered_by(incoming, thread)
    if inbox.join_open(incoming, before, files=files):
        return
    question, mailbox = question_of(incoming.subject, incoming.said), incoming.mailbox
    short = mailbox is not None and len(question.split()) < WORDS_OF_A_LANGUAGE
    contact = receive(
        Arrival(
            channel=Channel.EMAIL,
            key=contact_key(incoming),
            person=person,
            language=mailbox.language if mailbox and short else guess_language(question),
            subject_line=incoming.subject,
            text=incoming.text,
            attachments=files,
            references=References(tuple(incoming.references), (case.reference,) if case else ()),
            at=incoming.received_at,
        )
    )
    insert(ReceivedMail(incoming=incoming, contact=contact))
    inbox.begin(contact, before)
