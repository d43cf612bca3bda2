"""Erasing a subscriber by law, and what is no longer needed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action as Permission
from parvis.apps.mail.services.outgoing import erase_letters
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscriber, Subscription, WatchedPlace
from parvis.apps.newsletter.rules.contact_points import email_address
from parvis.apps.newsletter.services.subscribing import ABOUT
from parvis.apps.telephony.models import OutgoingCall, OutgoingText
from parvis.apps.telephony.services.calls.outgoing import erase_calls
from parvis.apps.telephony.services.texts.outgoing import erase_texts
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, or_not_found
from parvis.lib.phone_numbers import phone_number
from parvis.lib.words import one_line

Channel = ContactPoint.Channel
UNCONFIRMED_KEPT = timedelta(days=30)
LEFT_KEPT = timedelta(days=3 * 365)  # the limitation period of a claim


@transaction.atomic
def erase_subscriber(*, point_id: int, ground: str, by: User) -> dict[int, str]:
    """Erases by law a subscriber: their addresses, numbers, places and choices, for a recorded ground.

    Returns the targets erased, by contact point, so that those who keep them elsewhere erase them too.

    What remains proves the consent to who gives the address again, and to nobody else: its digest, the words, the
    dates. Raises NotAllowed, NotFound, Invalid (ground).
    """
    by.require(Permission.ERASE_WORDS, _("Your role does not allow this."))
    point = or_not_found(ContactPoint.objects.filter(pk=point_id).first(), _("This subscriber does not exist."))
    if not one_line(ground):
        raise Invalid.in_field("ground", _("Write on which ground it is erased."))
    return _erase([point], ground, by)


@transaction.atomic
def erase_targets(*, targets: Collection[str], ground: str, by: User) -> dict[int, str]:
    """Erases by law the subscribers reached at these addresses and numbers, as `erase_subscriber`.

    Raises NotAllowed.
    """
    by.require(Permission.ERASE_WORDS, _("Your role does not allow this."))
    kept = {email_address(target) or phone_number(target) for target in targets} - {""}
    return _erase(list(ContactPoint.objects.filter(target__in=kept)), ground, by)


def _erase(found: Collection[ContactPoint], ground: str, by: User) -> dict[int, str]:
    """Erases the subscribers of these contact points, in the caller's transaction; the targets, by contact point."""
    subscribers = {point.subscriber_id for point in found}
    points = ContactPoint.objects.select_for_update().filter(subscriber__in=subscribers).exclude(target="")
    erased = {each.pk: each.target for each in points}
    for each in points:
        each.subscriptions.all().delete()
        erase_letters(prefix=ABOUT.format(each.pk))
        each.target, each.suppressed_words, each.left_at = "", "", each.left_at or now()
        each.save()
        Consent.objects.create(
            point=each,
            action=Consent.Action.ERASED,
            via=Consent.Via.COUNTER,
            evidence=one_line(ground)[:300],
            clerk=by,
            at=now(),
        )
    _erase_alerts((each.channel, erased[each.pk]) for each in points)
    WatchedPlace.objects.filter(subscriber__in=subscribers).delete()
    return erased


def _erase_alerts(targets: Iterable[tuple[str, str]]) -> None:
    """Erases the alerts sent to these (channel, target), and not what was written to them about a request.

    By channel: the same number may still be kept for the other one, of another subscriber at times.
    """
    numbers = defaultdict[str, list[str]](list)
    for channel, target in targets:
        numbers[channel].append(target)
    erase_texts(OutgoingText.objects.filter(to__in=numbers[Channel.TEXT], thread="", on_sent=""))
    erase_calls(OutgoingCall.objects.filter(to__in=numbers[Channel.VOICE]))


@transaction.atomic
def purge() -> int:
    """Deletes the contact points never confirmed, and those left long ago with their proof; returns how many.

    The letters and texts about them are erased, with their addresses and numbers. What someone asked for one that was
    left, and nobody confirmed, is forgotten as soon.
    """
    moment = now()
    old = ContactPoint.objects.filter(confirmed_at=None, left_at=None, created_at__lt=moment - UNCONFIRMED_KEPT)
    asked = Subscription.objects.filter(point__confirmed_at=None, point__left_at__isnull=False)
    asked.filter(created_at__lt=moment - UNCONFIRMED_KEPT).delete()
    left = ContactPoint.objects.filter(left_at__lt=moment - LEFT_KEPT)
    ids = [*old.values_list("pk", flat=True), *left.values_list("pk", flat=True)]
    points = ContactPoint.objects.filter(pk__in=ids)
    _erase_alerts(points.exclude(target="").values_list("channel", "target"))
    for point_id in ids:
        erase_letters(prefix=ABOUT.format(point_id))
    points.delete()
    Subscriber.objects.filter(points=None).delete()
    return len(ids)
