"""The life of a subscription: asked, confirmed, changed, left; by the person, or by an agent for them."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.newsletter.letters import subscriptions as letters
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscriber, Subscription, WatchedPlace
from parvis.apps.newsletter.queries.points import by_target, digest, network_digest
from parvis.apps.newsletter.rules.contact_points import email_address
from parvis.apps.newsletter.services.suppression import mark_left
from parvis.apps.outbox.models import PENDING
from parvis.apps.places.models import Address, Sector, Street
from parvis.apps.telephony.models import RINGING, Medium, OutgoingCall, OutgoingText
from parvis.apps.telephony.queries.calls import refusing
from parvis.apps.telephony.services.calls.outgoing import call_off_calls_to, queue_call
from parvis.apps.telephony.services.carriers import Addressed, accept
from parvis.apps.telephony.services.texts.outgoing import queue_text
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotFound, or_not_found
from parvis.lib.i18n.languages import clean
from parvis.lib.ids import new_secret
from parvis.lib.jobs import job
from parvis.lib.phone_numbers import is_callable, phone_number
from parvis.lib.words import one_line

CONFIRM = "parvis.apps.newsletter.letters.subscriptions.confirmation"
ABOUT = "subscription-{}-"  # the keys of what is sent to a contact point about itself begin so
ALREADY = "parvis.apps.newsletter.letters.subscriptions.already"
CONFIRM_BY_CALL = job("parvis.apps.newsletter.tasks.confirm_by_call")
LEAVE_BY_CALL = job("parvis.apps.newsletter.tasks.leave_by_call")
ASKED_BY_CALL_FOR = timedelta(days=1)  # a call to confirm that could not be placed, the hours of calls counted
MOST_TEXTS_TO_CONFIRM = 3  # to one number in a day, whoever asks
MOST_CALLS_TO_CONFIRM = 3  # to one number in a day, whoever asks
Channel, Kind, Action, Via = ContactPoint.Channel, Subscription.Kind, Consent.Action, Consent.Via


@dataclass(frozen=True)
class Wanted:
    """What someone asks for. `groups`: families of subjects of the news, all of them when empty.

    `places` are what they watch; none: the whole town. None leaves the places as they are.
    """

    news: bool = False
    alerts: bool = False
    groups: Collection[int] = ()
    places: Collection[Address | Street | Sector] | None = None

    @property
    def kinds(self) -> list[str]:
        """The values of Subscription.Kind."""
        return [kind for kind, asked in ((Kind.NEWS, self.news), (Kind.ALERTS, self.alerts)) if asked]


@dataclass(frozen=True)
class Origin:
    """Where a consent comes from: the way, the words shown or said, the page, the network, what a clerk saw."""

    via: str = Via.WEB
    words: str = ""
    page: str = ""
    network: str = ""
    evidence: str = ""
    clerk: User | None = None


def clean_target(channel: str, text: str) -> str:
    """The address or the number as it is kept. Raises Invalid (email, or phone)."""
    if channel == Channel.EMAIL:
        if target := email_address(text):
            return target
        raise Invalid.in_field("email", _("This is not an e-mail address. Example: name@example.ca."))
    if target := phone_number(text):
        if not is_callable(target):
            message = _("We call and text only ordinary numbers of Canada and the United States.")
            raise Invalid(message, {"phone": message})
        return target
    raise Invalid.in_field("phone", _("This is not a whole phone number. Example: 450 555-0123."))


@transaction.atomic
def subscribe(
    *, channel: str, target: str, language: str, wanted: Wanted, origin: Origin, beside: ContactPoint | None = None
) -> ContactPoint:
    """Records what someone asks for, and sends a request to confirm, once an hour; nothing else is sent until then.

    For a contact point that is confirmed, nothing changes: it is told so, with the way to its preferences; nor do the
    places of who has another one that is confirmed. `beside` is a contact point of the same person, whose page they are
    on. Raises Invalid (email, phone, kinds).
    """
    address = clean_target(channel, target)
    _refuse_nothing(wanted)
    point = _point(channel, address, clean(language), beside)
    known = point.reachable and point.subscriptions.exists()
    if not known:
        others = ContactPoint.objects.filter(subscriber=point.subscriber_id, confirmed_at__isnull=False)
        if others.exclude(pk=point.pk).exists():
            wanted = replace(wanted, places=None)
        _choose(point, wanted)
        _write(point, Action.ASKED, wanted.kinds, origin)
    _ask(point, ALREADY if known else CONFIRM)
    return point


@transaction.atomic
def send_link(*, email: str) -> None:
    """Sends the way to its preferences to an address that asked for something, once an hour; nothing to any other.

    Raises Invalid (email).
    """
    point = by_target(Channel.EMAIL, clean_target(Channel.EMAIL, email))
    if point and point.subscriptions.exists():
        _ask(point, ALREADY if point.reachable else CONFIRM)


@transaction.atomic
def confirm(*, secret: str, origin: Origin) -> ContactPoint:
    """Confirms a contact point, by a button on the page that only it was sent. Repeated, changes nothing.

    It works again, then: what was suppressed comes back. One that was left, and asks for nothing, stays so. Raises
    NotFound.
    """
    point = _locked(secret)
    kinds = _kinds(point)
    if point.reachable or not kinds:
        return point
    _set_confirmed(point)
    _write(point, Action.GIVEN, kinds, origin)
    return point


@transaction.atomic
def change_choices(*, secret: str, wanted: Wanted, origin: Origin, language: str = "") -> ContactPoint:
    """Makes these choices, and no other, those of a contact point; nothing chosen is leaving. Raises NotFound.

    Who had left and chooses again, on the page that only they were sent, confirms by that.
    """
    point = _locked(secret)
    if not wanted.kinds:
        return leave_all(secret=secret, origin=origin)
    before = _kinds(point)
    _choose(point, wanted)
    if not wanted.alerts:
        _call_no_more(point)
    if language:
        Subscriber.objects.filter(pk=point.subscriber_id).update(language=clean(language))
    if not before:
        _set_confirmed(point)
    added = set(wanted.kinds) - set(before)
    _write(point, Action.GIVEN if added and point.confirmed_at else Action.CHANGED, wanted.kinds, origin)
    return point


@transaction.atomic
def leave(*, secret: str, kind: str, origin: Origin) -> bool:
    """Stops one kind at once; False when it was stopped before. Raises NotFound for an unknown secret.

    Nothing else stops: the letters about requests, and the other kind, go on.
    """
    point = _locked(secret)
    if not point.subscriptions.filter(kind=kind).delete()[0]:
        return False
    _write(point, Action.WITHDRAWN, [kind], origin)
    if kind == Kind.ALERTS:
        _call_no_more(point)
    if not point.subscriptions.exists():
        mark_left(point)
    return True


@transaction.atomic
def leave_all(*, secret: str, origin: Origin) -> ContactPoint:
    """Stops everything that is sent to a contact point. Raises NotFound."""
    point = _locked(secret)
    if kinds := _kinds(point):
        point.subscriptions.all().delete()
        mark_left(point)
        _call_no_more(point)
        _write(point, Action.WITHDRAWN, kinds, origin)
    return point


@transaction.atomic
def enrol(*, channel: str, target: str, language: str, wanted: Wanted, origin: Origin) -> ContactPoint:
    """Subscribes someone who asks an agent, at the counter or by phone: no confirmation follows.

    The consent holds what the agent read aloud and saw. Raises Invalid (email, phone, kinds, evidence).
    """
    address = clean_target(channel, target)
    _refuse_nothing(wanted)
    if origin.clerk is None or not one_line(origin.evidence):
        raise Invalid.in_field("evidence", _("Say how the person asked for it: who reads the proof later needs it."))
    point = _point(channel, address, clean(language), None)
    _set_confirmed(point)
    _choose(point, wanted)
    _write(point, Action.GIVEN, wanted.kinds, origin)
    return point


@transaction.atomic
def confirm_by_call(*, number: str, words: str, evidence: str) -> bool:
    """Confirms a number by the key pressed during the call that asks for it; `words`: what was said to the person.

    False when nobody asks for calls there any more. Repeated, changes nothing.
    """
    point = by_target(Channel.VOICE, number) if number else None
    if point is None:
        return False
    confirm(secret=point.secret, origin=Origin(Via.PHONE, words=words, evidence=evidence))
    return True


@transaction.atomic
def leave_by_call(*, number: str, evidence: str) -> bool:
    """Leaves every call to a number by the key pressed during one; False when nothing was asked for there.

    The letters and texts of the same person go on.
    """
    point = by_target(Channel.VOICE, number) if number else None
    if point is None:
        return False
    leave_all(secret=point.secret, origin=Origin(Via.PHONE, evidence=evidence))
    return True


@transaction.atomic
def remove_means(*, secret: str, point_id: int, origin: Origin) -> ContactPoint:
    """Leaves everything sent to another address or number of the same person, from the page of this one.

    Raises NotFound, also for the address or number of somebody else.
    """
    point = _locked(secret)
    other = ContactPoint.objects.filter(pk=point_id, subscriber=point.subscriber_id).exclude(target="").first()
    if other is None or not point.confirmed_at:
        raise NotFound(_("This link no longer leads anywhere."))
    return leave_all(secret=other.secret, origin=origin)


def _call_no_more(point: ContactPoint) -> None:
    """Calls off the alerts, recalls and request to confirm that wait for a number, in the caller's transaction."""
    if point.channel == Channel.VOICE:
        call_off_calls_to(point.target)


def _set_confirmed(point: ContactPoint) -> None:
    point.confirmed_at, point.left_at = point.confirmed_at or now(), None
    point.suppressed_at, point.suppressed_why, point.suppressed_words, point.soft_failures = None, "", "", 0
    point.save()
    if point.channel == Channel.VOICE:
        accept(Medium.CALL, point.target)


def _refuse_nothing(wanted: Wanted) -> None:
    if not wanted.kinds:
        raise Invalid.in_field("kinds", _("Choose at least one thing to receive."))


def _point(channel: str, target: str, language: str, beside: ContactPoint | None) -> ContactPoint:
    if point := by_target(channel, target):
        return point
    moment = now()
    subscriber = beside.subscriber if beside else Subscriber.objects.create(language=language, created_at=moment)
    return ContactPoint.objects.create(
        subscriber=subscriber,
        channel=channel,
        target=target,
        digest=digest(target),
        secret=new_secret(),
        created_at=moment,
    )


def _locked(secret: str) -> ContactPoint:
    rows = ContactPoint.objects.select_for_update(of=("self",)).select_related("subscriber").exclude(target="")
    return or_not_found(
        rows.filter(secret=secret).first() if secret else None, _("This link no longer leads anywhere.")
    )


def _kinds(point: ContactPoint) -> list[str]:
    return sorted(set(point.subscriptions.values_list("kind", flat=True)))


def _choose(point: ContactPoint, wanted: Wanted) -> None:
    keys: set[tuple[str, int | None]] = {(Kind.ALERTS, None)} if wanted.alerts else set()
    if wanted.news:
        keys |= {(Kind.NEWS, group) for group in wanted.groups} or {(Kind.NEWS, None)}
    kept = set()
    for row in point.subscriptions.all():
        if (row.kind, row.group_id) in keys:
            kept.add((row.kind, row.group_id))
        else:
            row.delete()
    moment = now()
    rows = [
        Subscription(point=point, kind=kind, group_id=group, created_at=moment)
        for kind, group in sorted(keys - kept, key=str)
    ]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)
    if wanted.places is not None:
        _watch(point.subscriber, wanted.places)


def _watch(subscriber: Subscriber, places: Collection[Address | Street | Sector]) -> None:
    subscriber.places.all().delete()
    for place in dict.fromkeys(places):
        name = "address" if isinstance(place, Address) else "street" if isinstance(place, Street) else "sector"
        WatchedPlace.objects.create(subscriber=subscriber, **{name: place})


def _ask(point: ContactPoint, renderer: str) -> None:
    """Writes to a contact point about its subscription, whoever asks: a letter once an hour until it is confirmed."""
    given = point.consents.filter(action=Action.GIVEN).count()
    key = f"{ABOUT.format(point.pk)}{renderer.rpartition('.')[2]}-{given}-{now():%Y%m%d%H}"
    language = point.subscriber.language
    if point.channel == Channel.EMAIL:
        queue_letter(key=key, to=point.target, language=language, renderer=renderer, args=[point.pk])
    elif point.channel == Channel.TEXT and renderer == CONFIRM and _may_be_asked_by_text(point):
        with translation.override(language):
            words = letters.confirmation_text(point)
        queue_text(key=key, to=point.target, body=words, kind=OutgoingText.Kind.CODE)
    elif point.channel == Channel.VOICE and renderer == CONFIRM and _may_be_asked_by_call(point):
        with translation.override(language):
            words = letters.confirmation_call(point)
        queue_call(
            call=Addressed(key, point.target, words, language),
            expires_at=now() + ASKED_BY_CALL_FOR,
            recalls=0,
            on_confirmed=CONFIRM_BY_CALL,
            on_refused=LEAVE_BY_CALL,
        )


def _may_be_asked_by_text(point: ContactPoint) -> bool:
    """Whether a text may ask this number to confirm: few did today. Whoever typed the number is told the same."""
    asked = OutgoingText.objects.filter(key__startswith=ABOUT.format(point.pk), queued_at__gt=now() - timedelta(days=1))
    return asked.count() < MOST_TEXTS_TO_CONFIRM


def _may_be_asked_by_call(point: ContactPoint) -> bool:
    """Whether a call may ask this number to confirm: it refuses none, none waits already, few were asked for today.

    Whoever typed the number is told the same: it may be somebody else's.
    """
    if refusing([point.target]):
        return False
    asked = OutgoingCall.objects.filter(key__startswith=ABOUT.format(point.pk))
    if asked.filter(Q(state__in=PENDING) | RINGING).exists():
        return False
    return asked.filter(queued_at__gt=now() - timedelta(days=1)).count() < MOST_CALLS_TO_CONFIRM


def _write(point: ContactPoint, action: str, kinds: Collection[str], origin: Origin) -> Consent:
    return Consent.objects.create(
        point=point,
        action=action,
        kinds=sorted(kinds),
        via=origin.via,
        words=origin.words,
        page=origin.page[:200],
        network=network_digest(origin.network),
        evidence=one_line(origin.evidence)[:300],
        clerk=origin.clerk,
        at=now(),
    )
