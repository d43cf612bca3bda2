"""The inbox: messages to answer, the answer that could be sent to each, and what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.content import queries as content
from parvis.apps.content.queries.rendering import Rendered
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule, town, working_calendar
from parvis.apps.directory.rules.language_policy import Allowed, allowed
from parvis.apps.intake.models import Contact, InboxItem, MailReply, Matter, ReceivedMail
from parvis.apps.matching import queries as matching
from parvis.lib.clock import now, today
from parvis.lib.i18n.languages import Lang, clean, pick

NEW, MINE, AWAITED, LATER, ANSWERED, SPAM = "new", "mine", "awaited", "later", "answered", "spam"
VIEWS = (NEW, MINE, AWAITED, LATER, ANSWERED, SPAM)
LONGEST_QUESTION = 400  # characters of a message that are searched


def question_of(subject: str, words: str) -> str:
    """What is asked in a message, to be searched: its subject line, then its words."""
    plain = subject if not subject.lower().startswith("re:") else ""
    return " ".join(f"{plain}. {words}".split())[:LONGEST_QUESTION].strip(" .")


def inbox(view: str, agent: User, limit: int = 50) -> list[Contact]:
    """The messages of a view, with their senders: those in danger first, then the oldest; answered ones newest first.

    Four queries, whatever their number.
    """
    rows = _of_view(view, agent).select_related("person__merged_into", "agent", "inbox").prefetch_related(_mails())
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


def message_contact(contact_id: int) -> Contact | None:
    """A contact that came by e-mail, with its message, its files and its matters; None for any other."""
    matters: Any = Prefetch("matters", Matter.objects.select_related("subject", "case"))
    rows = Contact.objects.select_related("person__merged_into", "agent", "inbox__closed_by").prefetch_related(
        _mails(), "files__attachment", matters, "replies__by"
    )
    return rows.filter(pk=contact_id, channel=Channel.EMAIL, mails__isnull=False).first()


def messages(ids: Sequence[int]) -> list[Contact]:
    """Those of these contacts that are messages, in the order given, with their senders."""
    rows = Contact.objects.filter(channel=Channel.EMAIL).select_related("person__merged_into").in_bulk(ids)
    return [rows[pk] for pk in dict.fromkeys(ids) if pk in rows]


def last_reply(contact: Contact) -> MailReply | None:
    """The last answer sent to a message, unless it was taken back."""
    kept = [reply for reply in contact.replies.all() if reply.taken_back_at is None]
    return max(kept, key=lambda reply: reply.pk, default=None)


def _mails() -> Any:
    mails = ReceivedMail.objects.select_related("incoming").prefetch_related("incoming__files")
    return Prefetch("mails", mails.order_by("-incoming__received_at", "-pk"))  # the latest first


def _of_view(view: str, agent: User) -> QuerySet[Contact]:
    mails, moment = Contact.objects.filter(channel=Channel.EMAIL), now()
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


def mail_language(contact: Contact, ground: str = "") -> tuple[Lang, Allowed]:
    """The language of an answer to this message, by the town's rule, and what the rule says."""
    policy = allowed(
        language_rule(),
        ground=ground or contact.english_ground,
        channel=contact.channel,
        kind=Nature.INFORMATION,
        day=today(),
    )
    return clean(policy.chosen(contact.language)), policy


def draft_answer(contact: Contact, question: str, slug: str, language: Lang, agent: User) -> DraftAnswer:
    """The message that answers this one by the standard answer on a subject; a blank one without it."""
    subject = Subject.objects.filter(slug=slug, active=True).first() if slug else None
    answer = content.current_answer(slug) if subject else None
    rendered = content.render(answer, language, audience=contact.audience) if answer else None
    lang: Lang = rendered.short.lang if rendered else language
    if answer and lang != language:  # not translated: all of it in the other language, its stamp too
        rendered = content.render(answer, lang, audience=contact.audience)
    rendered = matching.with_verdict(rendered, question) if rendered else None
    body = _paragraphs(rendered, lang) if rendered else [""]
    words = "\n\n".join([_greeting(contact, lang), *body, _signature(agent, lang)])
    held = ", ".join(fact.label for fact in rendered.to_check) if rendered else ""
    return DraftAnswer(words, lang, subject, rendered, held)


def _greeting(contact: Contact, lang: Lang) -> str:
    name = contact.person.canonical.name if contact.person else contact.mails.all()[0].incoming.from_name
    hello = "Hello" if lang == "en" else "Bonjour"
    return f"{hello} {name},".replace(" ,", ",")


def _signature(agent: User, lang: Lang) -> str:
    return f"{agent.display_name}\n{pick(town(), 'name', lang)}"


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
