"""Publishing, correcting: the words are frozen, then each channel gets them in a job of its own."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.content.services.notices import say_at_desk
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.outreach.channels.base import MovesEnd, Reason
from parvis.apps.outreach.channels.registry import CHANNELS, FIRST, carrying
from parvis.apps.outreach.models import Approval, Delivery, Message, Release
from parvis.apps.outreach.queries.messages import release_of
from parvis.apps.outreach.rules.approval import widened
from parvis.apps.outreach.rules.content import AGENTS, LEVELS, TOPICS, Content, Kind, Urgency
from parvis.apps.outreach.services.checking import check
from parvis.apps.outreach.services.incident_updates import tell_corrected, tell_published
from parvis.apps.outreach.services.journal import What, back_to_draft, locked, require
from parvis.apps.outreach.services.results import delivery_key, message_key, perform
from parvis.apps.places.models import Sector, Street
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, Outdated, type_text
from parvis.lib.jobs import enqueue, job

logger = logging.getLogger(__name__)
DELIVER = job("parvis.apps.outreach.tasks.deliver", urgent=True)
DRILL = {"fr": "EXERCICE. ", "en": "EXERCISE. "}
State, Task = Message.State, Delivery.Task


@transaction.atomic
def publish(*, message_id: int, by: User | None) -> Message:
    """Sends out what was approved: at its moment (`by` None), or before it, or after it was held.

    Raises NotAllowed, NotFound, Conflict when it was not approved or is out, Invalid when it is past its end.
    """
    if by is not None:
        require(by, Action.APPROVE_MESSAGE)
    message = locked(message_id, by, Action.APPROVE_MESSAGE)
    if message.state not in (State.SCHEDULED, State.HELD) or message.approved_at is None:
        raise Conflict(_("This message is not ready to go out."))
    if message.releases.exists():
        _resume(message, by)
        return message
    if not is_approved(message):
        raise Conflict(_("Nobody approved these words: ask for their approval."))
    message.starts_at = None
    release_now(message, check(message), by)
    return message


@transaction.atomic
def unschedule(*, message_id: int, by: User) -> Message:
    """Makes a scheduled or held message a draft again; the agents stop saying it. Raises NotAllowed, Conflict."""
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    if message.state not in (State.SCHEDULED, State.HELD) or message.releases.exists():
        raise Conflict(_("This message is not waiting."))
    message.starts_at = None
    message.save(update_fields=["starts_at"])
    back_to_draft(message)
    message.note(What.CHANGED, by=by, words=_("Taken back: a draft again."))
    return message


def release_now(message: Message, content: Content, by: User | None) -> Release:
    """Freezes the words of an approved message and gives them to each channel, in the caller's transaction.

    The agents have theirs in the same transaction, before any job. The followers of its incident are told once.
    """
    moment = now()
    release = Release.objects.create(
        message=message, revision=message.revision, content=content.to_json(), by=by, at=moment
    )
    message.state, message.published_at, message.held_reason = State.SENDING, moment, ""
    message.live_until = content.expires_at
    say_first(message, content, is_published=True)
    message.save()
    message.note(What.PUBLISHED, by=by, data={"revision": release.revision})
    tell_published(message, content)
    _deliver(message, release, content)
    return release


@transaction.atomic
def correct(*, message_id: int, revision: int, with_letters: bool = False, by: User) -> Message:
    """Replaces what is published by the present words, in every channel, at once.

    What left for good (letters, texts) leaves again only `with_letters`. A second person is not asked: what is wrong is
    mended in a minute, and the journal keeps both texts. What reaches more people, or more urgently, needs the
    approval of a second person as the message did; an exercise stays one. The followers of its incident are told.
    Raises NotAllowed, NotFound, Conflict, Outdated, Invalid.
    """
    require(by, Action.WRITE_MESSAGE)
    message = locked(message_id, by)
    if not message.is_out:
        raise Conflict(_("This message is not live: nothing is there to correct."))
    if message.revision != revision:
        raise Outdated(_("The message changed since this page was shown: read it again."))
    if message.releases.filter(revision=revision).exists():
        raise Conflict(_("Nothing changed since it was published."))
    message.starts_at = None
    content = check(message)
    before = release_of(message)
    if before is not None:
        _check_correction(message, before.words, content)
        tell_corrected(message, before.words, content, by)
    release = Release.objects.create(
        message=message, revision=revision, content=content.to_json(), with_letters=with_letters, by=by, at=now()
    )
    message.live_until, message.state = content.expires_at, State.SENDING
    say_first(message, content, is_published=True)
    message.save()
    message.note(What.CORRECTED, by=by, data={"revision": revision})
    _deliver(message, release, content)
    return message


def _check_correction(message: Message, before: Content, after: Content) -> None:
    """Raises Invalid, by field, for what a correction cannot change, or not without an approval."""
    errors: dict[str, type_text] = {}
    if before.drill != after.drill:
        errors["drill"] = _("An exercise stays an exercise: write another message.")
    if not is_approved(message):
        words = {
            "channels": _("A channel is added: ask for an approval of this correction."),
            "sectors": _("The area is wider: ask for an approval of this correction."),
            "subject": _("Other subscribers would be reached: ask for an approval of this correction."),
            "urgency": _("It is more urgent: ask for an approval of this correction."),
            "kind": _("It becomes a matter of health or safety: ask for an approval of this correction."),
        }
        errors |= {name: words[name] for name in widened(before, after)}
    if errors:
        raise Invalid(_("Something is to be mended."), errors)


def is_approved(message: Message) -> bool:
    """Whether its present revision was approved, by a second person or in an emergency by a decider."""
    return message.approvals.filter(revision=message.revision, verdict=Approval.Verdict.APPROVED).exists()


def say_first(message: Message, content: Content, *, is_published: bool = False) -> None:
    """Shows the words of the agents at the desk, in the caller's transaction; saves nothing but `message.notice`.

    Once published, they lead the answers on its subject, except those of an exercise and of ordinary news. Nothing
    is said of a message to an audience.
    """
    if message.audience:
        return
    mark = DRILL if message.drill else {"fr": "", "en": ""}
    lone = len(content.sectors) + len(content.streets) == 1
    english = content.has("en")
    notice = say_at_desk(
        notice_id=message.notice_id,
        key=message_key(message.pk),
        title_fr=mark["fr"] + content.title(AGENTS, "fr"),
        title_en=mark["en"] + content.title(AGENTS, "en") if english else "",
        say_fr=content.text(AGENTS, "fr"),
        say_en=content.text(AGENTS, "en") if english else "",
        place_fr=content.place_fr,
        place_en=content.place_en,
        street=Street.objects.filter(pk__in=content.streets).first() if lone else None,
        sector=Sector.objects.filter(pk__in=content.sectors).first() if lone else None,
        subject=message.subject,
        streets=content.streets,
        sectors=content.sectors,
        level=LEVELS[Urgency(content.urgency)],
        topic=TOPICS.get(Kind(content.kind), ""),
        public_at=None if is_published else content.starts_at,
        is_published=is_published and content.leads_answers,
        until=content.expires_at,
    )
    message.notice = notice


def _deliver(message: Message, release: Release, content: Content) -> None:
    """Makes or renews the deliveries of a release, and asks for them, one job each."""
    moment, known = now(), {(row.channel, row.recipient): row for row in message.deliveries.all()}
    wanted = {(channel.slug, target.recipient): (channel, target)
              for channel in carrying(content) for target in channel.targets(content)}  # fmt: skip
    due = []
    for place, (channel, target) in wanted.items():
        row = known.get(place)
        if row is None:
            row = Delivery(message=message, channel=channel.slug, recipient=target.recipient)
            row.key = delivery_key(message.pk, channel.slug, target.recipient)
        elif channel.each_once and row.done_at and not release.with_letters:
            if isinstance(channel, MovesEnd) and content.expires_at:
                channel.move_end(row, content.expires_at)
            continue  # it left; one that never did leaves with the present words
        row.task = Task.CORRECT if row.pk and row.attempted_at else Task.PUBLISH
        row.label, row.release = target.label[:160], release
        _queue(row, moment)
        due.append(row)
    for place, row in known.items():
        if place not in wanted and row.state != Delivery.State.WITHDRAWN:
            row.task, row.reason, row.release = Task.WITHDRAW, Reason.WITHDRAWN, release
            _queue(row, moment)
            due.append(row)
    for row in sorted(due, key=lambda row: list(CHANNELS).index(row.channel)):
        if row.channel not in FIRST or not _done_now(row):
            enqueue(DELIVER, row.pk)


def _done_now(row: Delivery) -> bool:
    """Publishes in this transaction what comes before the others; False: it failed, and its job will say why."""
    try:
        with transaction.atomic():
            perform(row)
    except Exception:
        logger.exception("%s could not be published at once", row.key)
        return False
    return True


def _queue(row: Delivery, moment: datetime) -> None:
    row.state, row.words, row.queued_at, row.done_at = Delivery.State.QUEUED, "", moment, None
    row.save()


def _resume(message: Message, by: User | None) -> None:
    """After it was held: sends what never left."""
    message.state, message.held_reason = State.SENDING, ""
    message.save(update_fields=["state", "held_reason"])
    message.note(What.PUBLISHED, by=by, words=_("Sent after it was held."))
    for row in message.deliveries.filter(state=Delivery.State.QUEUED).order_by("pk"):
        _queue(row, now())
        enqueue(DELIVER, row.pk)
