"""Queries on outgoing letters and incoming messages."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.mail.models import InboundDelivery, Incoming, IncomingFile, Mailbox, Outgoing
from parvis.apps.mail.rules import body, parsing
from parvis.apps.mail.rules.page import MOST_LINKS, Page, links_in, page
from parvis.apps.mail.rules.threads import ERASED_HOST, bounce_address, erased_address, reply_address, without_detail
from parvis.apps.outbox.models import UNDELIVERED, State
from parvis.lib import clock
from parvis.lib.database.rows import Compiled
from parvis.lib.ingest.entries import nearest
from parvis.lib.traffic import Traffic, counted_since

MOST_ANSWERED = 5  # letters compared with what a reply repeats
MOST_PICTURES = 6_000_000  # bytes of pictures shown inside a message
SILENT_AFTER = timedelta(minutes=15)
QUARANTINE_ALARM = 10  # messages
BREAKER_LETTERS = 200  # automatic answers in BREAKER_PERIOD, to anyone
BREAKER_PERIOD = timedelta(hours=1)
_GROUP = 8
_mailboxes = Compiled(lambda: Mailbox.objects.filter(active=True))
_same = Compiled(
    lambda identity, but: (
        Incoming.objects.filter(identity=identity, outcome__in=("new", "joined", "ignored", "bounce"))
        .exclude(pk=but)
        .values_list("pk")
    )
)
_by_keys = Compiled(lambda *keys: Outgoing.objects.filter(key__in=keys).defer("text", "html"))


def by_keys(keys: Iterable[str]) -> dict[str, Outgoing]:
    """The letters with these keys, by key, without their text; unknown keys are absent."""
    wanted = list(keys)
    groups = (wanted[start : start + _GROUP] for start in range(0, len(wanted), _GROUP))
    rows = (row for group in groups for row in _by_keys(*group, *[group[0]] * (_GROUP - len(group))))
    return {row.key: row for row in rows}


def mailbox(*, before: int | None = None, limit: int = 50) -> list[Outgoing]:
    """The latest letters, newest first, without their text; `before` is the id of the last one shown."""
    rows = Outgoing.objects.defer("text", "html").order_by("-pk")
    return list((rows if before is None else rows.filter(pk__lt=before))[:limit])


def refused(*, renderers: Sequence[str], since: datetime) -> list[tuple[Any, str]]:
    """(first argument, error) of the letters permanently refused since a moment, rendered by one of these."""
    rows = Outgoing.objects.filter(state__in=UNDELIVERED, renderer__in=renderers)
    recent = rows.annotate(last=Coalesce("attempted_at", "queued_at")).filter(last__gte=since).order_by("-pk")
    return [(args[0], error) for args, error in recent.values_list("args", "error")[:500] if args]


def thread_answered(message_ids: Sequence[str]) -> str:
    """The thread of the first of these messages that is a letter of ours in a thread; "" without one."""
    threads = dict(
        Outgoing.objects.filter(message_id__in=message_ids).exclude(thread="").values_list("message_id", "thread")
    )
    return next((threads[message_id] for message_id in message_ids if message_id in threads), "")


def thread_of(outgoing_id: int | None) -> str:
    """The thread of a letter; "" without one."""
    rows = Outgoing.objects.filter(pk=outgoing_id).values_list("thread", flat=True) if outgoing_id else []
    return next(iter(rows), "")


def letters_answered(message_ids: Sequence[str], thread: str = "") -> list[str]:
    """The words of the letters of ours that a message answers: those with these identifiers, the last of its thread.

    Two queries at most.
    """
    letters = Outgoing.objects.filter(message_id__in=message_ids) if message_ids else Outgoing.objects.none()
    texts = list(letters.order_by("-pk").values_list("text", flat=True)[:MOST_ANSWERED])
    if thread:
        last = Outgoing.objects.filter(thread=thread).order_by("-pk").values_list("text", flat=True)
        texts += last[:MOST_ANSWERED]
    return [text for text in dict.fromkeys(texts) if text]


def same_message(incoming: Incoming) -> bool:
    """Whether an earlier message with the same identity was taken in."""
    return bool(_same(incoming.identity, incoming.pk))


def mailbox_for(addresses: Iterable[str]) -> Mailbox | None:
    """The mailbox of the first of these addresses that is one of the town's, sub-addresses included (RFC 5233)."""
    boxes = {box.address.lower(): box for box in _mailboxes()}
    return next((boxes[plain] for address in addresses if (plain := without_detail(address)) in boxes), None)


def mailbox_addresses() -> list[str]:
    """The addresses of the mailboxes, in lower case."""
    return [address.lower() for address in Mailbox.objects.filter(active=True).values_list("address", flat=True)]


def fetched_mailboxes() -> list[Mailbox]:
    """The mailboxes that Parvis reads on a server, by name."""
    return list(Mailbox.objects.filter(active=True).exclude(server="").order_by("slug"))


def unknown_mailboxes() -> list[str]:
    """The names in PARVIS_MAIL_PASSWORDS that no mailbox of the town has, each with the nearest ones; none before a
    town is loaded.
    """
    known = set(Mailbox.objects.filter(active=True).values_list("slug", flat=True))
    if not known and not Town.objects.exists():
        return []
    wrong = sorted(set(settings.PARVIS_MAIL_PASSWORDS) - known)
    return [f"{name}{nearest(name, known)}" for name in wrong]


@dataclass(frozen=True)
class MailboxHealth:
    """How a mailbox fares. `silent`: it is on a server, and has not been read to its end for SILENT_AFTER."""

    mailbox: Mailbox
    silent: bool


def mailbox_health() -> list[MailboxHealth]:
    """How each mailbox fares, by name. One query."""
    now = clock.now()
    boxes = Mailbox.objects.filter(active=True).select_related("department").order_by("slug")
    return [MailboxHealth(box, bool(box.server) and not _read_lately(box, now)) for box in boxes]


def _read_lately(box: Mailbox, now: datetime) -> bool:
    return box.succeeded_at is not None and now - box.succeeded_at <= SILENT_AFTER


def arrivals() -> dict[tuple[int | None, str], tuple[Traffic, int]]:
    """What came, and how many messages are in quarantine, by the id of the mailbox and the way (`InboundDelivery.Via`).

    Two queries.
    """
    midnight, since = counted_since()
    rows = InboundDelivery.objects.filter(at__gte=since).values_list("mailbox", "via")
    counts = rows.annotate(today=Count("pk", filter=Q(at__gte=midnight)), week=Count("pk"), last=Max("at"))
    found: dict[tuple[int | None, str], tuple[Traffic, int]] = {}
    for box, via, lately, week, last in counts:
        found[box, via] = (Traffic(lately, week, last_at=last), 0)
    aside = InboundDelivery.objects.filter(incoming__outcome=Incoming.Outcome.QUARANTINED).values_list("mailbox", "via")
    for box, via, count in aside.annotate(count=Count("incoming", distinct=True)):
        found[box, via] = (found.get((box, via), (Traffic(), 0))[0], count)
    return found


def undelivered(limit: int) -> list[Outgoing]:
    """The letters that nobody received, without their text, newest first; not those whose address was erased."""
    rows = Outgoing.objects.filter(state=State.FAILED).defer("text", "html")
    return list(rows.exclude(to__endswith=f"@{ERASED_HOST}").order_by("-queued_at")[:limit])


def breaker_is_open() -> bool:
    """Whether so many automatic answers were queued lately that no more may be."""
    lately = Outgoing.objects.filter(reply=True, queued_at__gt=clock.now() - BREAKER_PERIOD)
    return lately.count() >= BREAKER_LETTERS


def untaken_seconds() -> int:
    """The seconds that the oldest message stored and not taken in has waited; 0 when none waits."""
    oldest = Incoming.objects.filter(outcome="").aggregate(oldest=Min("received_at"))["oldest"]
    return max(0, int((clock.now() - oldest).total_seconds())) if oldest else 0


def quarantined_count() -> int:
    """The number of messages in quarantine."""
    return Incoming.objects.filter(outcome=Incoming.Outcome.QUARANTINED).count()


def by_machines(limit: int) -> list[Incoming]:
    """The messages set aside because a machine wrote them, newest first."""
    rows = Incoming.objects.filter(outcome=Incoming.Outcome.IGNORED)
    return list(rows.order_by("-received_at", "-pk")[:limit])


def set_aside(limit: int) -> list[Incoming]:
    """The messages in quarantine, oldest first."""
    rows = Incoming.objects.filter(outcome=Incoming.Outcome.QUARANTINED)
    return list(rows.order_by("received_at", "pk")[:limit])


def replies_to(outgoing: Outgoing) -> str:
    """The address where answers to a letter come: that of its thread where the mail server allows it, or the town's."""
    address = town().email
    if outgoing.thread and settings.PARVIS_MAIL_SUBADDRESSES:
        return reply_address(address, outgoing.thread, settings.SECRET_KEY)
    return address


def reports_to(outgoing: Outgoing) -> str:
    """The envelope sender of a letter: where mail servers report that it could not be delivered.

    An address of its own where the mail server allows it, or "" for that of the From header.
    """
    if settings.PARVIS_MAIL_SUBADDRESSES and outgoing.pk:
        return bounce_address(town().email, outgoing.pk, settings.SECRET_KEY)
    return ""


def held_as(addresses: Iterable[str]) -> list[str]:
    """These addresses as letters hold them: as they are, and once erased."""
    plain = [address.lower() for address in addresses]
    return [*plain, *(erased_address(address, settings.SECRET_KEY) for address in plain)]


def refusal_of(address: str) -> Outgoing | None:
    """The last letter to an address, when it was refused for good: the address does not work.

    None once a later letter was accepted, and for an address that never was written to.
    """
    if not address:
        return None
    tried = Outgoing.objects.filter(to__in=held_as([address]), attempts__gt=0)
    tried = tried.filter(state__in=(State.SENT, State.FAILED))
    last = tried.defer("text", "html").order_by("-pk").first()
    return last if last and last.state == State.FAILED else None


@dataclass(frozen=True)
class Held:
    """How many letters are held since a backup was restored, and when they were queued, from the first to the last."""

    count: int
    first_at: datetime | None
    last_at: datetime | None


def held() -> Held:
    """The letters held since a backup was restored."""
    rows = Outgoing.objects.filter(state=State.HELD)
    figures = rows.aggregate(n=Count("pk"), first=Min("queued_at"), last=Max("queued_at"))
    return Held(figures["n"], figures["first"], figures["last"])


def own_letters(emails: Sequence[str]) -> list[dict[str, Any]]:
    """The letters that left for the addresses that someone proved, as their own data: {email, at, title, words}, the
    first one first; `email` is "" once its words are erased. One query.

    Of those for which someone waits, the moment alone: they hold a code, or a link that opens something.
    """
    rows = Outgoing.objects.filter(to__in=held_as(emails), sent_at__isnull=False).order_by("pk")
    return [
        {
            "email": row.to if row.to in emails else "",
            "at": row.sent_at,
            "title": "" if row.urgent else row.subject,
            "words": "" if row.urgent else row.text,
        }
        for row in rows.only("to", "sent_at", "subject", "text", "urgent")
    ]


def files_of(incoming: Incoming) -> list[IncomingFile]:
    """The files kept with a message, in its order."""
    return list(incoming.files.select_related("attachment").order_by("pk"))


# --- As it was written -----------------------------------------------------------------------------------------------


def page_of(html: str) -> Incoming.Page:
    """Whether the HTML of a message may be shown; one with more than MOST_LINKS links is read as text only."""
    if not html.strip():
        return Incoming.Page.NONE
    return Incoming.Page.LINKS if links_in(html) > MOST_LINKS else Incoming.Page.SHOWN


def only_in_html(incoming: Incoming) -> str:
    """What the HTML of a message says, and its plain text does not; "" when its bytes are lost."""
    if incoming.page == Incoming.Page.NONE or incoming.erased_at:
        return ""
    try:
        with storages["received"].open(incoming.stored) as stream:
            message = parsing.read(stream, files=False)
    except FileNotFoundError:
        return ""
    return body.only_in_html(message.text, message.html)


def as_written(incoming: Incoming) -> Page | None:
    """The message as it was written, made safe, its pictures inside it; None when it is not to be shown so."""
    if incoming.page != Incoming.Page.SHOWN or incoming.erased_at:
        return None
    try:
        with storages["received"].open(incoming.stored) as stream:
            html = parsing.read(stream, files=False).html
    except FileNotFoundError:
        return None
    return page(html, _pictures(incoming))


def _pictures(incoming: Incoming) -> dict[str, str]:
    """The kept pictures that the HTML names, as data: addresses, by Content-ID; MOST_PICTURES bytes at most."""
    result: dict[str, str] = {}
    left = MOST_PICTURES
    for row in files_of(incoming):
        picture = row.attachment
        if not row.cid or not picture.is_picture or not picture.is_served or picture.size > left:
            continue
        try:
            with storages["received"].open(picture.served) as stream:
                content = base64.b64encode(stream.read()).decode()
        except FileNotFoundError:
            continue
        result[row.cid] = f"data:{picture.content_type};base64,{content}"
        left -= picture.size
    return result
