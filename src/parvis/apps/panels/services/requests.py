"""Requests of local bodies: submitted, approved, refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.panels.models import Item, PanelRequest
from parvis.apps.panels.queries.requests import body_key, quota, rules
from parvis.apps.panels.rules.text import MOST, clean, fit
from parvis.apps.panels.services.items import REQUESTED, Slot, show
from parvis.apps.panels.services.screens import require
from parvis.lib import clock, quebec
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, type_text
from parvis.lib.i18n.languages import clean as clean_language
from parvis.lib.words import one_line

RECEIVED, DECIDED = "parvis.apps.panels.letters.received", "parvis.apps.panels.letters.decided"
LONGEST = timedelta(days=31)
State = PanelRequest.State


@dataclass(frozen=True)
class BodyMessage:
    """What a body asks: its words, the days when they are shown, both included, and whom to answer."""

    body: str
    contact: str
    email: str
    text: str
    first_day: date
    last_day: date
    phone: str = ""
    language: str = "fr"


@transaction.atomic
def submit_request(*, key: str, message: BodyMessage) -> PanelRequest:
    """Keeps a body's request, once per key, and writes to it that someone will look at it.

    Raises Invalid (body, contact, email, text, first_day, last_day): the words of the refusal say the rule.
    """
    existing = PanelRequest.objects.filter(key=key).first()
    if existing is not None:
        return existing
    if wrong := _wrong(message):
        raise Invalid(_("Something is to be mended."), wrong)
    request = PanelRequest.objects.create(
        key=key,
        body=one_line(message.body),
        body_key=body_key(message.body),
        contact=one_line(message.contact),
        email=message.email.strip(),
        phone=one_line(message.phone)[:40],
        language=clean_language(message.language),
        text=clean(message.text),
        first_day=message.first_day,
        last_day=message.last_day,
        made_at=clock.now(),
    )
    _write(request, RECEIVED)
    return request


def _wrong(message: BodyMessage) -> dict[str, type_text]:
    wrong: dict[str, type_text] = {}
    asked, language = rules(), clean_language(message.language)
    for name, most in (("body", 120), ("contact", 160)):
        if not 2 <= len(one_line(getattr(message, name))) <= most:
            wrong[name] = _("Write a name, in %(most)s characters at most.") % {"most": most}
    try:
        validate_email(message.email.strip())
    except ValidationError:
        wrong["email"] = _("Write an e-mail address: the answer goes there.")
    result = fit(message.text)
    if not result.count:
        wrong["text"] = _("Write the message.")
    elif not result.fits:
        wrong["text"] = _("%(n)s characters: a panel takes %(most)s.") % {"n": result.count, "most": MOST}
    if message.first_day < asked.earliest:
        words = _("The town asks for %(n)s working days: choose %(day)s or later.")
        day = quebec.day_of_month(asked.earliest, language, year=True)
        wrong["first_day"] = words % {"n": asked.working_days, "day": day}
    if message.last_day < message.first_day:
        wrong["last_day"] = _("The last day comes before the first.")
    elif message.last_day - message.first_day > LONGEST:
        wrong["last_day"] = _("A message is shown for a month at most.")
    counted = quota(message.body, message.first_day.year)
    if "body" not in wrong and not counted.left:
        words = _("%(used)s messages of this body are already counted for %(year)s: the town takes %(most)s in a year.")
        wrong["body"] = words % {"used": counted.used, "year": message.first_day.year, "most": counted.yearly}
    return wrong


@transaction.atomic
def approve_request(
    *,
    request_id: int,
    text: str,
    groups: Sequence[str] = (),
    playlist_id: int | None = None,
    words: str = "",
    by: User,
) -> PanelRequest:
    """Shows a body's message, perhaps in mended words, on its days, in a playlist or in turn with those of every
    screen, and writes to the body.

    Raises NotAllowed, NotFound, Conflict (decided already), Invalid (text_fr, expires_at, playlist).
    """
    request = _waiting(request_id, by)
    start, end = _midnight(request.first_day), _midnight(request.last_day + timedelta(days=1))
    key, slot = f"{REQUESTED}{request.pk}", Slot(playlist_id) if playlist_id else None
    show(key=key, text_fr=text, starts_at=start, expires_at=end, groups=groups, slot=slot, by=by)
    request.item = Item.objects.get(key=key)
    return _decide(request, State.APPROVED, words, by)


@transaction.atomic
def refuse_request(*, request_id: int, words: str, by: User) -> PanelRequest:
    """Refuses a body's message and writes why. Raises NotAllowed, NotFound, Conflict, Invalid (words)."""
    request = _waiting(request_id, by)
    if not words.strip():
        raise Invalid.in_field("words", _("Write why: the body reads it."))
    return _decide(request, State.REFUSED, words, by)


def _waiting(request_id: int, by: User) -> PanelRequest:
    require(by)
    request = locked_row(PanelRequest.objects.filter(pk=request_id), _("This request does not exist."))
    if request.state != State.WAITING:
        raise Conflict(_("This request was decided already."))
    return request


def _decide(request: PanelRequest, state: str, words: str, by: User) -> PanelRequest:
    request.state, request.words, request.decided_at, request.decided_by = state, words.strip(), clock.now(), by
    request.save(update_fields=["state", "words", "decided_at", "decided_by", "item"])
    _write(request, DECIDED)
    return request


def _write(request: PanelRequest, renderer: str) -> None:
    key = f"panel-request-{request.pk}-{request.state}"
    queue_letter(key=key, to=request.email, language=request.language, renderer=renderer, args=[request.pk])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))
