"""Alerts as CAP 1.2 messages."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.news.models import Alert, AlertMessage
from parvis.apps.news.rules import cap
from parvis.apps.news.services.checks import refuse_past, refuse_unknown_area
from parvis.apps.places.models import Sector, Street
from parvis.lib import clock
from parvis.lib.errors import Invalid
from parvis.lib.words import printable

Kind = AlertMessage.Kind
NOTES = {True: "Exercice. Exercise.", False: ""}


@transaction.atomic
def publish_alert(
    *,
    key: str,
    event: str,
    category: str,
    urgency: str,
    severity: str,
    certainty: str,
    headline_fr: str,
    description_fr: str,
    instruction_fr: str = "",
    event_en: str = "",
    headline_en: str = "",
    description_en: str = "",
    instruction_en: str = "",
    sectors: Sequence[int] = (),
    streets: Sequence[int] = (),
    zones: Sequence[Sequence[Any]] = (),
    expires_at: datetime,
    exercise: bool = False,
    event_code: str = "",
) -> str:
    """Publishes an alert in the CAP feed, and returns the identifier of its message.

    A key already known, unless it was cancelled or has lapsed, is updated: an Update that refers to every message
    before it. The same content again changes nothing. `event` is in French; `event_code` is CAP-CP's, if known;
    `zones` are (name, GeoJSON geometry) of places that are no sector. Invalid for words that are not the standard's, an
    end that has passed, or a sector that does not exist.
    """
    content: dict[str, Any] = {
        "event": event,
        "event_en": event_en,
        "event_code": event_code,
        "category": category,
        "urgency": urgency,
        "severity": severity,
        "certainty": certainty,
        "headline_fr": headline_fr,
        "headline_en": headline_en,
        "description_fr": description_fr,
        "description_en": description_en,
        "instruction_fr": instruction_fr,
        "instruction_en": instruction_en,
        "sectors": sorted(set(sectors)),
        "streets": sorted(set(streets)),
        "exercise": exercise,
        **({"zones": [list(zone) for zone in zones]} if zones else {}),
    }
    content = {name: printable(value) if isinstance(value, str) else value for name, value in content.items()}
    _refuse_other_words(content)
    refuse_past(expires_at)
    refuse_unknown_area(sectors, streets)
    alert, _made = Alert.objects.select_for_update().get_or_create(key=key, defaults={"expires_at": expires_at})
    last = alert.messages.last()
    over = last is None or last.kind == Kind.CANCEL or last.expires_at <= clock.now()
    if last is not None and not over and last.content == content and last.expires_at == expires_at:
        return last.identifier
    alert.expires_at, alert.cancelled_at = expires_at, None
    alert.save()
    return _issue(alert, Kind.ALERT if over else Kind.UPDATE, content, expires_at).identifier


def _refuse_other_words(content: dict[str, Any]) -> None:
    if wrong := cap.outside(content):
        words = _("“%(value)s” is no word of CAP for “%(name)s”.")
        raise Invalid(words % {"value": content[wrong[0]], "name": wrong[0]}, dict.fromkeys(wrong, words))


@transaction.atomic
def cancel_alert(*, key: str) -> None:
    """Cancels an alert in force by a message that refers to all those before it. Nothing when there is none."""
    alert = Alert.objects.select_for_update().filter(key=key, cancelled_at=None, expires_at__gt=clock.now()).first()
    last = alert.messages.last() if alert else None
    if alert is None or last is None:
        return
    alert.cancelled_at = clock.now()
    alert.save(update_fields=["cancelled_at"])
    _issue(alert, Kind.CANCEL, last.content, last.expires_at)


def _issue(alert: Alert, kind: AlertMessage.Kind, content: dict[str, Any], expires_at: datetime) -> AlertMessage:
    place, moment = town(), clock.now()
    earlier = _chain(alert) if kind != Kind.ALERT else []
    message = AlertMessage(
        alert=alert,
        identifier=cap.identifier(place.slug, f"{timezone.localtime(moment):%Y%m%dT%H%M%S}", token_hex(4)),
        kind=kind,
        sender=place.email or urlsplit(settings.PARVIS_URL).hostname or place.slug,
        sent_at=moment,
        expires_at=expires_at,
        headline_fr=content["headline_fr"],
        headline_en=content["headline_en"],
        content=content,
    )
    written = cap.Message(
        identifier=message.identifier,
        sender=message.sender,
        sender_name=place.name_fr,
        sent=moment,
        expires=expires_at,
        kind=str(kind),
        infos=_infos(content),
        areas=_areas(place, content),
        references=tuple((each.sender, each.identifier, each.sent_at) for each in earlier),
        exercise=content["exercise"],
        note=NOTES[content["exercise"]],
        web=settings.PARVIS_URL,
        **{name: content[name] for name in ("category", "urgency", "severity", "certainty", "event_code")},
    )
    message.xml = cap.write(written, timezone.get_default_timezone())
    message.save()
    return message


def _chain(alert: Alert) -> list[AlertMessage]:
    """The messages since the last Alert, itself included."""
    messages = list(alert.messages.all())
    first = max((rank for rank, each in enumerate(messages) if each.kind == Kind.ALERT), default=0)
    return messages[first:]


def _infos(content: dict[str, Any]) -> tuple[cap.Info, ...]:
    french = cap.Info(
        "fr-CA", content["event"], content["headline_fr"], content["description_fr"], content["instruction_fr"]
    )
    if not content["headline_en"]:
        return (french,)
    event = content["event_en"] or content["event"]
    description = content["description_en"] or content["headline_en"]
    return french, cap.Info("en-CA", event, content["headline_en"], description, content["instruction_en"])


def _areas(place: Town, content: dict[str, Any]) -> tuple[cap.CapArea, ...]:
    """The sectors and zones with their polygons, the streets by their names; the whole town when there is none."""
    sectors, streets, zones = content["sectors"], content.get("streets", []), content.get("zones", [])
    sgc = cap.sgc_code(place.code_mamh)
    rows = Sector.objects.filter(pk__in=sectors).order_by("pk")
    named = tuple(cap.CapArea(f"{place.name_fr}, {row.name_fr}", cap.rings_of(row.polygon), sgc) for row in rows)
    named += tuple(
        cap.CapArea(f"{place.name_fr}, {name}")
        for name in Street.objects.filter(pk__in=streets).order_by("name").values_list("name", flat=True)
    )
    named += tuple(cap.CapArea(f"{place.name_fr}, {name}", cap.rings_of(polygon)) for name, polygon in zones)
    return named or (cap.CapArea(place.name_fr, (), sgc),)
