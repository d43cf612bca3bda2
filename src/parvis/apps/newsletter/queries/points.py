"""Contact points, found by their secret, their target, or words; their choices and their proof."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from parvis.apps.catalogue.models import Group
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscription, WatchedPlace
from parvis.apps.newsletter.rules.contact_points import email_address
from parvis.lib.phone_numbers import phone_number

MOST_FOUND = 50


def digest(target: str) -> str:
    """What stands for an address or a number once it is erased."""
    return hmac.digest(settings.SECRET_KEY.encode(), f"subscriber {target}".encode(), "sha256").hex()


def network_digest(network: str) -> str:
    """What is kept of the network that a consent came from; "" for ""."""
    if not network:
        return ""
    return hmac.digest(settings.SECRET_KEY.encode(), f"consent from {network}".encode(), "sha256").hex()


def page_url(secret: str) -> str:
    """The address of the preferences of a contact point, with the host."""
    return settings.PARVIS_URL + reverse("public:subscription", args=[secret])


def unsubscribe_url(secret: str, kind: str) -> str:
    """The address that leaves one kind at once when it is posted to (RFC 8058), with the host."""
    return settings.PARVIS_URL + reverse("public:unsubscribe", args=[secret, kind])


def by_secret(secret: str) -> ContactPoint | None:
    """The contact point of a secret, with its subscriber; None for "" or an unknown one."""
    rows = ContactPoint.objects.select_related("subscriber").exclude(target="")
    return rows.filter(secret=secret).first() if secret else None


def by_target(channel: str, target: str) -> ContactPoint | None:
    """The contact point of an address or a number as it is kept (`rules`)."""
    return ContactPoint.objects.select_related("subscriber").filter(channel=channel, target=target).first()


def siblings(point: ContactPoint) -> list[ContactPoint]:
    """The contact points of the same subscriber, this one first."""
    rows = ContactPoint.objects.filter(subscriber=point.subscriber_id).exclude(target="").order_by("pk")
    return sorted(rows, key=lambda row: row.pk != point.pk)


def other_means(point: ContactPoint) -> list[ContactPoint]:
    """The other addresses and numbers of the same subscriber that are sent something, or wait to be confirmed."""
    rows = ContactPoint.objects.filter(subscriber=point.subscriber_id, subscriptions__isnull=False)
    return list(rows.exclude(pk=point.pk).exclude(target="").distinct().order_by("pk"))


@dataclass(frozen=True)
class Choices:
    """What is sent to a contact point. `groups` are ids; `all_news`: of every subject."""

    news: bool
    alerts: bool
    all_news: bool
    groups: frozenset[int]
    places: tuple[WatchedPlace, ...]


def choices_of(point: ContactPoint) -> Choices:
    """The choices of a contact point, and the places of its subscriber. Two queries."""
    rows = list(point.subscriptions.all())
    news = [row.group_id for row in rows if row.kind == Subscription.Kind.NEWS]
    places = WatchedPlace.objects.filter(subscriber=point.subscriber_id).order_by("pk")
    return Choices(
        news=bool(news),
        alerts=any(row.kind == Subscription.Kind.ALERTS for row in rows),
        all_news=None in news,
        groups=frozenset(group for group in news if group is not None),
        places=tuple(places.select_related("address__street", "street", "sector")),
    )


def offered_groups() -> list[Group]:
    """The families of subjects that one may choose, in order."""
    return list(Group.objects.all())


def history(point: ContactPoint) -> list[Consent]:
    """The proof of consent of a contact point, oldest first."""
    return list(point.consents.select_related("clerk").order_by("at", "pk"))


@dataclass(frozen=True)
class Sent:
    """What is sent to one address: the newsletter, alerts; and the page of its choices."""

    target: str
    secret: str
    news: bool
    alerts: bool


def sent_to(emails: Sequence[str]) -> list[Sent]:
    """What is sent to the addresses that someone proved; none to those that never subscribed. Two queries."""
    rows = ContactPoint.objects.filter(channel=ContactPoint.Channel.EMAIL, target__in=emails)
    rows = rows.filter(confirmed_at__isnull=False).prefetch_related("subscriptions").order_by("pk")
    kinds = [(row, {each.kind for each in row.subscriptions.all()}) for row in rows]
    return [
        Sent(row.target, row.secret, Subscription.Kind.NEWS in found, Subscription.Kind.ALERTS in found)
        for row, found in kinds
    ]


def search(text: str) -> list[ContactPoint]:
    """The contact points that an e-mail address, a number or the beginning of one names; the latest without words.

    One of an erased address is found by the whole address. At most MOST_FOUND, with what is sent to each: two queries.
    """
    typed = text.strip().lower()
    rows = ContactPoint.objects.prefetch_related("subscriptions").order_by("-pk")
    if typed:
        whole = email_address(typed) or phone_number(typed)
        digits = "".join(character for character in typed if character.isdigit())
        found = Q(target__startswith=typed) | (Q(digest=digest(whole)) if whole else Q())
        if len(digits) >= 4 and "@" not in typed:  # noqa: PLR2004
            found |= Q(target__startswith=f"+1{digits.removeprefix('1')}")
        rows = rows.filter(found)
    return list(rows[:MOST_FOUND])


def totals() -> dict[str, int]:
    """The contact points that are sent something, by channel; and `waiting`, `suppressed`. Two queries."""
    live = ContactPoint.objects.filter(confirmed_at__isnull=False, suppressed_at=None).exclude(target="")
    told = live.filter(subscriptions__isnull=False)
    counts = dict(told.values_list("channel").annotate(n=Count("pk", distinct=True)))
    others = ContactPoint.objects.exclude(target="").aggregate(
        waiting=Count("pk", filter=Q(confirmed_at=None, subscriptions__isnull=False), distinct=True),
        suppressed=Count("pk", filter=Q(suppressed_at__isnull=False), distinct=True),
    )
    return {channel: counts.get(channel, 0) for channel in ContactPoint.Channel.values} | others
