"""The inbox: messages to answer, the answer that could be sent to each, and what was set aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import language_rule, town, working_calendar
from parvis.apps.directory.rules.language_policy import Allowed, allowed
from parvis.apps.files.models import Attachment
from parvis.apps.intake.models import Contact, InboxItem, MailDraft, MailReply, Matter, ReceivedMail, ReplyFile
from parvis.apps.intake.queries.restricted import openable
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.queries import by_keys
from parvis.apps.matching.queries.suggesting import with_verdict
from parvis.apps.outbox.models import UNDELIVERED
from parvis.apps.places.models import Address
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.lib.i18n.languages import Lang, clean, pick

NEW, MINE, AWAITED, LATER, ANSWERED, SPAM = "new", "mine", "awaited", "later", "answered", "spam"
VIEWS = (NEW, MINE, AWAITED, LATER, ANSWERED, SPAM)
MOST_COPIES = 10
LONGEST_QUESTION = 400  # characters of a message that are searched


def question_of(subject: str, words: str) -> str:
    """What is asked in a message, to be searched: its subject line, then its words."""
    plain = subject if not subject.lower().startswith("re:") else ""
    return " ".join(f"{plain}. {words}".split())[:LONGEST_QUESTION].strip(" .")


def inbox(view: str, agent: User, limit: int = 50) -> list[Contact]:
    """The messages of a view, with their senders: those in danger first, then the oldest; answered ones newest first.

    Five queries, whatever their number. `undelivered` are the answers that were refused.
    """
    undelivered: Any = Prefetch("replies", MailReply.objects.filter(undelivered_at__isnull=False), "undelivered")
    rows = _of_view(view, agent).select_related("person__merged_into", "agent", "inbox")
    rows = rows.prefetch_related(_mails(), undelivered)
    if view in (ANSWERED, AWAITED):
        return list(rows.order_by("-ended_at", "-pk")[:limit])
    if view == LATER:
        return list(rows.order_by("inbox__later_until", "pk")[:limit])
    if view == SPAM:
        return list(rows.order_by("-started_at", "-pk")[:limit])
    danger = Exists(ReceivedMail.objects.filter(contact=OuterRef("pk"), danger=True))
    return list(rows.annotate(danger=danger).order_by("-danger", "started_at", "pk")[:limit])


def inbox_counts(agent: User) -> dict[str, int]:
    """The number of messages of each view."""
    return {view: _of_view(view, agent).count() for view in VIEWS}


def message_contact(contact_id: int, agent: User) -> Contact | None:
    """A contact that came by e-mail, with its message, its files and its matters; None for any other.

    None too when a restricted request that this agent may not open came of it.
    """
    matters: Any = Prefetch("matters", Matter.objects.select_related("subject", "case"))
    rows = Contact.objects.select_related("person__merged_into", "agent", "inbox__closed_by").prefetch_related(
        _mails(), "files__attachment", matters, "replies__by", "replies__files__attachment"
    )
    return rows.filter(openable(agent), pk=contact_id, channel=Channel.EMAIL, mails__isnull=False).first()


def messages(ids: Sequence[int]) -> list[Contact]:
    """Those of these contacts that are messages, in the order given, with their senders."""
    rows = Contact.objects.filter(channel=Channel.EMAIL).select_related("person__merged_into").in_bulk(ids)
    return [rows[pk] for pk in dict.fromkeys(ids) if pk in rows]


def others_of(incoming: Incoming) -> list[str]:
    """The people to whom the sender of a message also sent it: those of Cc, without the town's own addresses."""
    local, _at, domain = town().email.lower().rpartition("@")
    emails = Department.objects.exclude(email="").values_list("email", flat=True)
    ours = {incoming.from_address, *(email.lower() for email in emails)}
    others = [address for address in dict.fromkeys(incoming.cc) if address not in ours and _is_address(address)]
    return [address for address in others if not _same_box(address, local, domain)][:MOST_COPIES]


def _is_address(address: str) -> bool:
    try:
        return bool(clean_email(address))
    except Unreadable:
        return False


def _same_box(address: str, local: str, domain: str) -> bool:
    box, _at, at = address.rpartition("@")
    return at == domain and box.partition("+")[0] == local


def draft_of(contact: Contact, agent: User) -> MailDraft | None:
    """What an agent typed in answer to a message and has not sent; a draft without words is only its number."""
    return MailDraft.objects.filter(contact=contact, user=agent).first()


def files_to_send(contact: Contact, agent: User) -> list[Attachment]:
    """The files that an agent joined to the answer that they are writing."""
    rows = ReplyFile.objects.filter(contact=contact, by=agent, reply=None).select_related("attachment")
    return [row.attachment for row in rows]


def files_sent(contact: Contact) -> list[Attachment]:
    """The files that left with the answers to a message."""
    rows = ReplyFile.objects.filter(contact=contact, reply__isnull=False).select_related("attachment")
    return [row.attachment for row in rows]


@dataclass(frozen=True)
class ReplyDelivery:
    """What became of the letter to one address: "taken back", "waiting", "sent", "late" or "refused", and why."""

    address: str
    state: str
    at: datetime | None = None
    why: str = ""


def deliveries(replies: Iterable[MailReply]) -> dict[int, list[ReplyDelivery]]:
    """The delivery of each of these answers to each recipient, by id of the answer. One query."""
    rows = list(replies)
    letters = by_keys(key for reply in rows for key in reply.letter_keys)
    return {
        reply.pk: [_delivery(reply, address, letters.get(key)) for key, address in reply.letter_keys.items()]
        for reply in rows
    }


def _delivery(reply: MailReply, address: str, letter: Outgoing | None) -> ReplyDelivery:
    if reply.taken_back_at:
        return ReplyDelivery(address, "back", reply.taken_back_at)
    if letter is None or (letter.is_pending and not letter.late):
        return ReplyDelivery(address, "waiting")
    if letter.late:
        return ReplyDelivery(address, "late", letter.attempted_at, letter.error)
    if letter.state in UNDELIVERED:
        return ReplyDelivery(address, "refused", letter.attempted_at, letter.error)
    return ReplyDelivery(address, "sent", letter.sent_at, letter.delay)


@dataclass(frozen=True)
class SentLetter:
    """What an agent wrote by e-mail in a contact, and what became of it."""

    reply: MailReply
    deliveries: list[ReplyDelivery]


def letters_of(contacts: Iterable[Contact]) -> dict[int, list[SentLetter]]:
    """The letters that agents wrote in these contacts, by id of the contact, oldest first. Two queries at most."""
    replies = list(MailReply.objects.filter(contact__in=[contact.pk for contact in contacts]).order_by("pk"))
    delivered = deliveries(replies) if replies else {}
    letters: dict[int, list[SentLetter]] = {}
    for reply in replies:
        letters.setdefault(reply.contact_id, []).append(SentLetter(reply, delivered[reply.pk]))
    return letters


def last_reply(contact: Contact) -> MailReply | None:
    """The last answer sent to a message, unless it was taken back."""
    kept = [reply for reply in contact.replies.all() if reply.taken_back_at is None]
    return max(kept, key=lambda reply: reply.pk, default=None)


def _mails() -> Any:
    mails = ReceivedMail.objects.select_related("incoming").prefetch_related("incoming__files")
    return Prefetch("mails", mails.order_by("-incoming__received_at", "-pk"))  # the latest first


def _of_view(view: str, agent: User) -> QuerySet[Contact]:
    received, moment = Exists(ReceivedMail.objects.filter(contact=OuterRef("pk"))), now()
    # a message that an agent wrote down, rather than received, has nothing to read here
    mails = Contact.objects.filter(received, openable(agent), channel=Channel.EMAIL)
    if view == SPAM:
        return mails.filter(state=Contact.State.SPAM)
    if view == AWAITED:
        return mails.filter(state=Contact.State.DONE, inbox__awaits=True)
    if view == ANSWERED:
        settled = Matter.objects.filter(at__gte=_midnight()).order_by().values("contact")
        closed = InboxItem.objects.filter(closed_at__gte=_midnight()).values("contact")
        return mails.filter(state=Contact.State.DONE, pk__in=settled.union(closed))
    waiting = mails.filter(state=Contact.State.WAITING)
    if view == LATER:
        return waiting.filter(inbox__later_until__gt=moment)
    here = Q(inbox__later_until=None) | Q(inbox__later_until__lte=moment)
    if view == MINE:
        return mails.filter(Q(here, state=Contact.State.WAITING) | Q(state__in=Contact.IN_HAND), agent=agent)
    return waiting.filter(here).exclude(agent=agent)


def _midnight() -> datetime:
    return working_calendar().local(now()).replace(hour=0, minute=0, second=0, microsecond=0)


def answer_is_ready(contact: Contact) -> bool:
    """Whether a standard answer to the latest message of a contact could leave as it is.

    Its subject has one, nobody is in danger, no value in it is to be checked, and there is an address to send it to. No
    query, when its messages are read.
    """
    mails = list(contact.mails.all())
    latest = mails[0] if mails else None
    if latest is None or not latest.likely or not latest.incoming.from_address or any(row.danger for row in mails):
        return False
    answer = answers.published(latest.likely, contact.language, contact.audience)
    return answer is not None and not answer.to_check


def was_warned(incoming: Incoming) -> bool:
    """Whether the sender of a message that speaks of a danger was told by a letter to call 911."""
    return bool(by_keys([danger_key(incoming)]))


def contact_key(incoming: Incoming) -> str:
    """The idempotency key of the contact that a message begins."""
    return f"mail-{incoming.pk}"


def danger_key(incoming: Incoming) -> str:
    """The idempotency key of that letter, and of the alert."""
    return f"mail-danger-{incoming.pk}"


# --- The answer that could be sent -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class DraftAnswer:
    """A message ready to be sent: its words, and the standard answer they come from, if any.

    `held` says why it must not be sent as it is: "" when it may. `stamp` identifies the version of the answer.
    """

    words: str
    language: Lang
    subject: Subject | None = None
    answer: Rendered | None = None
    held: str = ""

    @property
    def stamp(self) -> str:
        return self.answer.stamp if self.answer else ""


def mail_language(contact: Contact, ground: str = "", *, wanted: str = "") -> tuple[Lang, Allowed]:
    """The language of a letter to who made this contact, by the town's rule, and what the rule says.

    `wanted` is the language to write in if the rule allows, that of the contact without it.
    """
    policy = allowed(
        language_rule(),
        ground=ground or contact.english_ground,
        channel=Channel.EMAIL,
        kind=Nature.INFORMATION,
        day=today(),
    )
    return clean(policy.chosen(wanted or contact.language)), policy


def draft_answer(
    contact: Contact, question: str, slug: str, language: Lang, agent: User, *, address: Address | None = None
) -> DraftAnswer:
    """The message that answers this contact by the standard answer on a subject, at an address if it differs by area.

    A blank one without answer.
    """
    subject = Subject.objects.filter(slug=slug, active=True).first() if slug else None
    answer = answers.current_answer(slug) if subject else None
    rendered = answers.render(answer, language, audience=contact.audience, address=address) if answer else None
    lang: Lang = rendered.short.lang if rendered else language
    if answer and lang != language:  # not translated: all of it in the other language, its stamp too
        rendered = answers.render(answer, lang, audience=contact.audience, address=address)
    rendered = with_verdict(rendered, question) if rendered else None
    body = _paragraphs(rendered, lang) if rendered else [""]
    words = "\n\n".join([_greeting(contact, lang), *body, _signature(agent, lang)])
    held = ", ".join(fact.label for fact in rendered.to_check) if rendered else ""
    return DraftAnswer(words, lang, subject, rendered, held)


def addressee(contact: Contact) -> str:
    """The name of who made a contact: that of their file, else the one that the message gives; "" when unknown."""
    mails = list(contact.mails.all())
    return contact.person.canonical.name if contact.person else mails[0].incoming.from_name if mails else ""


def _greeting(contact: Contact, lang: Lang) -> str:
    hello = "Hello" if lang == "en" else "Bonjour"
    return f"{hello} {addressee(contact)},".replace(" ,", ",")


def _signature(agent: User, lang: Lang) -> str:
    """Who answers, and the signature of their department: the one that answers contacts first, else the town's name."""
    places = Department.objects.filter(pk__in=agent.department_ids).exclude(signature_fr="", signature_en="")
    department = min(places, key=lambda place: (place.kind != Department.Kind.DESK, place.pk), default=None)
    signature = pick(department, "signature", lang) if department else ""
    return f"{agent.display_name}\n{signature or _of_town(lang)}"


def _of_town(lang: Lang) -> str:
    place = town()
    return f"{pick(place, 'name', lang)}\n{quebec.phone(place.phone, lang)}".strip()


def paragraphs(answer: Rendered, lang: Lang) -> str:
    """A standard answer as a letter holds it, to be put among other words."""
    return "\n\n".join(_paragraphs(answer, lang))


def _paragraphs(answer: Rendered, lang: Lang) -> list[str]:
    """The parts of an answer that a letter holds: what it is, the steps, the papers, the fees, the page."""
    colon, need, fees = (":", "You need", "Fees") if lang == "en" else ("\u00a0:", "Il vous faut", "Tarifs")
    parts = [answer.short.plain]
    if answer.steps:
        steps = [
            f"{rank}. {step.title.plain}" + (f"{colon} {step.text.plain}" if step.text else "")
            for rank, step in enumerate(answer.steps, start=1)
        ]
        parts.append("\n".join(steps))
    for title, items in ((need + colon, answer.documents), (fees + colon, answer.fees)):
        if items:
            parts.append("\n".join([title, *(f"- {item.plain}" for item in items)]))
    return parts


def reply_due(reply: MailReply, wait: timedelta) -> bool:
    """Whether an answer can still be taken back."""
    return reply.taken_back_at is None and now() < reply.at + wait
