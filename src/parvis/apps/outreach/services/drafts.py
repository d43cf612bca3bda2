"""Drafts: saved at each pause; two people never overwrite each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Incident
from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.files.models import Attachment
from parvis.apps.outreach.channels.registry import CHANNELS
from parvis.apps.outreach.models import KeptDraft, Message, Version
from parvis.apps.outreach.queries.messages import content_of
from parvis.apps.outreach.rules.audiences import may_write_to
from parvis.apps.outreach.rules.content import BASE, PARTICIPANTS, Words
from parvis.apps.outreach.services.journal import What, back_to_draft, locked, note_editor, require, require_public
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.models import Declaration, RoadNotice
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, NotFound, Outdated
from parvis.lib.words import one_line

LARGEST = 20_000  # characters of one text
READ_WITHIN = timedelta(days=7)  # a letter to an audience that did not leave by then never does
State = Message.State


@dataclass(frozen=True)
class MessageDraft:
    """What the composer holds. `versions`: {(channel, or BASE, SHORT, AGENTS; language): words}.

    `image_id` is a stored picture, `image_fr` and `image_en` what it shows.
    """

    kind: str = Message.Kind.NEWS
    urgency: str = Message.Urgency.NORMAL
    drill: bool = False
    channels: Sequence[str] = ()
    versions: Mapping[tuple[str, str], Words] = field(default_factory=dict)
    sectors: Sequence[int] = ()
    streets: Sequence[int] = ()
    subject_id: int | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    english_reason: str = ""
    image_id: int | None = None
    image_fr: str = ""
    image_en: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        values = {name: getattr(self, name) for name in _PLAIN}
        return values | {
            "channels": list(self.channels),
            "sectors": list(self.sectors),
            "streets": list(self.streets),
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "versions": [[channel, lang, w.title, w.text] for (channel, lang), w in sorted(self.versions.items())],
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "MessageDraft":
        """The draft that `to_json` stored."""
        moments: dict[str, Any] = {
            name: datetime.fromisoformat(values[name]) if values.get(name) else None
            for name in ("starts_at", "expires_at")
        }
        known = {name: values[name] for name in _PLAIN if name in values}
        return cls(
            **known,
            channels=tuple(values["channels"]),
            sectors=tuple(values["sectors"]),
            streets=tuple(values["streets"]),
            versions={(channel, lang): Words(title, text) for channel, lang, title, text in values["versions"]},
            **moments,
        )


_PLAIN = ("kind", "urgency", "drill", "subject_id", "english_reason", "image_id", "image_fr", "image_en")


@transaction.atomic
def start_message(
    *,
    key: str,
    draft: MessageDraft,
    by: User,
    incident: Incident | None = None,
    road_notice: RoadNotice | None = None,
    declaration: Declaration | None = None,
    audience: str = "",
) -> Message:
    """Creates a draft, for the public or for an audience alone; the same key twice creates one. Raises NotAllowed."""
    require(by, Action.WRITE_MESSAGE)
    if not audience:
        require_public(by, Action.WRITE_MESSAGE)
    if not may_write_to(by, audience):
        raise NotAllowed(_("Your role does not write to these people."))
    if existing := Message.objects.filter(key=key).first():
        return existing
    moment = now()
    message = Message.objects.create(
        key=key,
        incident=incident,
        road_notice=road_notice,
        declaration=declaration,
        audience=audience,
        created_at=moment,
        created_by=by,
        changed_at=moment,
        changed_by=by,
    )
    _apply(message, draft, by)
    message.note(What.CREATED, by=by, data={"edited": True})
    return message


@transaction.atomic
def copy_message(*, message_id: int, key: str, by: User) -> Message:
    """Creates a draft with the words and settings of a message, without its moments."""
    message = locked(message_id, by)
    content = content_of(message)
    draft = MessageDraft(
        kind=content.kind,
        urgency=content.urgency,
        channels=content.channels,
        versions=content.versions,
        sectors=content.sectors,
        streets=content.streets,
        subject_id=content.subject_id,
        english_reason=message.english_reason,
        image_id=content.image_id,
        image_fr=content.image_fr,
        image_en=content.image_en,
    )
    return start_message(key=key, draft=draft, audience=message.audience, by=by)


def save_draft(*, message_id: int, revision: int, draft: MessageDraft, by: User) -> Message:
    """Saves what was typed on `revision` of a message that is not out, or prepares its correction.

    A change makes a new revision, and an approval of the earlier one no longer counts. When someone saved meanwhile,
    what `by` typed is kept apart (one KeptDraft a person) and Outdated is raised, so that the page shows both. A save
    of `by` that comes after their own request for approval, on the revision before it, changes nothing. Raises
    NotAllowed, NotFound, Conflict when the message is over.
    """
    require(by, Action.WRITE_MESSAGE)
    with transaction.atomic():
        message = locked(message_id, by)
        if not (message.is_editable or message.is_out):
            if message.may_end:
                raise Conflict(_("It is held after a part of it left: send the rest, lift it or withdraw it first."))
            raise Conflict(_("This message is over: copy it to start another one."))
        own = message.changed_by_id == by.pk and revision == message.revision - 1  # its own save, still on its way
        if own and message.state in (State.IN_REVIEW, State.SCHEDULED, State.HELD):
            return message  # it was on its way when approval was asked, for words that were saved after it
        if message.revision == revision or own:
            changed, asked = _apply(message, draft, by), message.state in (State.IN_REVIEW, State.SCHEDULED, State.HELD)
            if changed:
                note_editor(
                    message, by, words=_("Changed after approval was asked: to be asked again.") if asked else ""
                )
            if changed and asked:
                back_to_draft(message)
            return message
        values = {"based_on": revision, "content": draft.to_json(), "saved_at": now()}
        KeptDraft.objects.update_or_create(message=message, by=by, closed_at=None, defaults=values)
        who = message.changed_by.display_name
    raise Outdated(_("%(who)s saved this message meanwhile: both texts are below.") % {"who": who})


@transaction.atomic
def close_kept(*, message_id: int, by: User) -> None:
    """One of the two texts was chosen: what `by` typed apart is no longer shown. It stays in the database."""
    KeptDraft.objects.filter(message_id=message_id, by=by, closed_at=None).update(closed_at=now())


def new_key() -> str:
    """A key for a message started without a form."""
    return uuid4().hex


def _apply(message: Message, draft: MessageDraft, by: User) -> bool:
    """Writes the draft; returns whether anything changed."""
    before = (content_of(message), message.english_reason)
    if message.audience:
        draft = _narrowed(message, draft)
    if draft.subject_id and not Subject.objects.filter(pk=draft.subject_id).exists():
        raise NotFound(_("This subject does not exist."))
    message.kind, message.urgency, message.drill = draft.kind, draft.urgency, draft.drill
    message.channels = [slug for slug in CHANNELS if slug in draft.channels]
    message.subject_id, message.english_reason = draft.subject_id, draft.english_reason
    message.starts_at, message.expires_at = draft.starts_at, draft.expires_at
    message.sectors.set(Sector.objects.filter(pk__in=list(draft.sectors)))
    message.streets.set(Street.objects.filter(pk__in=list(draft.streets)))
    _write_versions(message, draft)
    changed = before != (content_of(message), message.english_reason)
    if changed:
        message.revision, message.changed_at, message.changed_by = message.revision + 1, now(), by
    message.save()
    return changed


def _narrowed(message: Message, draft: MessageDraft) -> MessageDraft:
    """The draft of a message to an audience: its words, in its one channel, until the letters left have no use."""
    words = {place: one for place, one in draft.versions.items() if place[0] == BASE}
    until = message.expires_at or draft.expires_at or now() + READ_WITHIN
    return MessageDraft(channels=(PARTICIPANTS,), versions=words, english_reason=draft.english_reason, expires_at=until)


def _write_versions(message: Message, draft: MessageDraft) -> None:
    known, moment = {(row.channel, row.language): row for row in message.versions.all()}, now()
    image = Attachment.objects.filter(pk=draft.image_id).first() if draft.image_id else None
    shown = {(BASE, "fr"): draft.image_fr, (BASE, "en"): draft.image_en} if image else {}
    described = {place: Words() for place, alt in shown.items() if alt or place[1] == "fr"}
    for place, words in (described | dict(draft.versions)).items():
        row = known.pop(place, None) or Version(message=message, channel=place[0], language=place[1])
        title, text = words.title.strip()[:200], words.text.strip()[:LARGEST]
        alt, picture = one_line(shown.get(place, ""))[:300], draft.image_id if image and place == (BASE, "fr") else None
        if row.pk and (row.title, row.text, row.alt, row.image_id) == (title, text, alt, picture):
            continue
        if (row.title, row.text) != (title, text):
            row.title, row.text, row.changed_at = title, text, moment
        row.alt, row.image_id, row.changed_at = alt, picture, row.changed_at or moment
        row.save()
    Version.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
