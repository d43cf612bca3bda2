"""The messages and comments of social networks that wait at the desk, and what was answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Contact, Matter, ReceivedSocial, SocialReply
from parvis.apps.intake.queries.restricted import openable
from parvis.apps.social.models import Post
from parvis.lib.clock import now

SOCIAL_NEW, SOCIAL_MINE, SOCIAL_DONE = "new", "mine", "answered"
SOCIAL_VIEWS = (SOCIAL_NEW, SOCIAL_MINE, SOCIAL_DONE)


def social_inbox(view: str, agent: User, limit: int = 50) -> list[Contact]:
    """The contacts of a view: those in danger first, then the oldest; those answered today, newest first.

    Three queries, whatever their number. One whose answer failed comes back among those to answer.
    """
    rows = _of_view(view, agent).select_related("person__merged_into", "agent", "inbox")
    rows = rows.prefetch_related(_messages(), _replies())
    if view == SOCIAL_DONE:
        return list(rows.order_by("-ended_at", "-pk")[:limit])
    danger = Exists(ReceivedSocial.objects.filter(contact=OuterRef("pk"), danger=True))
    return list(rows.annotate(danger=danger).order_by("-danger", "started_at", "pk")[:limit])


def social_counts(agent: User) -> dict[str, int]:
    """The number of contacts of each view."""
    return {view: _of_view(view, agent).count() for view in SOCIAL_VIEWS}


def social_waiting() -> int:
    """The number of contacts of social networks that wait for someone. One query."""
    return ReceivedSocial.objects.filter(contact__state=Contact.State.WAITING).values("contact").distinct().count()


def social_contact(contact_id: int, agent: User) -> Contact | None:
    """A contact that came by a social network, with its messages, answers and matters; None for any other.

    None too when a restricted request that this agent may not open came of it.
    """
    matters: Any = Prefetch("matters", Matter.objects.select_related("subject", "case"))
    rows = Contact.objects.select_related("person__merged_into", "agent", "inbox__closed_by")
    rows = rows.prefetch_related(_messages(), _replies(), matters)
    return rows.filter(openable(agent), pk=contact_id, channel=Channel.SOCIAL, social__isnull=False).distinct().first()


def social_replies_of(contacts: Iterable[Contact]) -> dict[int, list[SocialReply]]:
    """What was answered on social networks in these contacts, by id of the contact, oldest first. One query."""
    result: dict[int, list[SocialReply]] = {}
    rows = SocialReply.objects.filter(contact__in=[contact.pk for contact in contacts]).select_related("post", "by")
    for row in rows.order_by("pk"):
        result.setdefault(row.contact_id, []).append(row)
    return result


def may_take_social_back(reply: SocialReply) -> bool:
    """Whether an answer may still be taken back: nothing was handed over."""
    post = reply.post
    waits = post.state == Post.State.QUEUED and post.attempts == 0 and not post.external_id
    return waits and reply.taken_back_at is None and post.not_before is not None and now() < post.not_before


def _messages() -> Any:
    rows = ReceivedSocial.objects.select_related("message__account").order_by("-message__sent_at", "-pk")
    return Prefetch("social", rows)  # the latest first


def _replies() -> Any:
    return Prefetch("social_replies", SocialReply.objects.select_related("post", "by").order_by("pk"))


def _of_view(view: str, agent: User) -> QuerySet[Contact]:
    rows = Contact.objects.filter(openable(agent), Exists(ReceivedSocial.objects.filter(contact=OuterRef("pk"))))
    failed = Exists(
        SocialReply.objects.filter(contact=OuterRef("pk"), post__state=Post.State.FAILED, taken_back_at=None)
    )
    if view == SOCIAL_DONE:
        return rows.filter(~failed, state=Contact.State.DONE, ended_at__gte=_midnight())
    if view == SOCIAL_MINE:
        return rows.filter(state__in=(Contact.State.WAITING, *Contact.IN_HAND), agent=agent)
    here = Q(inbox__later_until=None) | Q(inbox__later_until__lte=now())
    return rows.filter(Q(here, state=Contact.State.WAITING) & ~Q(agent=agent) | Q(failed))


def _midnight() -> datetime:
    return working_calendar().local(now()).replace(hour=0, minute=0, second=0, microsecond=0)
