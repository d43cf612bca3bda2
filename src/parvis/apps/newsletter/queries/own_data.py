"""What is sent to someone's addresses, and the proof that they asked for it, as their own data: plain values."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch

from parvis.apps.newsletter.models import Consent, ContactPoint, IssueDelivery, Subscription, WatchedPlace


def own_subscriptions(emails: Sequence[str]) -> list[dict[str, Any]]:
    """Of each address that someone proved: {email, made_at, confirmed_at, ended_at, receives, places, consents,
    letters}. A constant number of queries.

    Of the other means of the same subscriber, nothing: this account did not prove them.
    """
    rows = ContactPoint.objects.filter(channel=ContactPoint.Channel.EMAIL, target__in=emails).order_by("pk")
    places = Prefetch(
        "subscriber__places",
        WatchedPlace.objects.select_related("address__street", "street", "sector").order_by("pk"),
    )
    points = list(
        rows.select_related("subscriber").prefetch_related(
            places,
            Prefetch("subscriptions", Subscription.objects.select_related("group").order_by("pk")),
            Prefetch("consents", Consent.objects.order_by("at", "pk")),
        )
    )
    letters: dict[int, list[IssueDelivery]] = {}
    for row in IssueDelivery.objects.filter(point__in=points).select_related("issue").order_by("pk"):
        letters.setdefault(row.point_id or 0, []).append(row)
    return [_point(point, letters.get(point.pk, [])) for point in points]


def _point(point: ContactPoint, letters: Sequence[IssueDelivery]) -> dict[str, Any]:
    return {
        "email": point.target,
        "language": point.subscriber.language,
        "made_at": point.created_at,
        "confirmed_at": point.confirmed_at,
        "ended_at": point.left_at,
        "receives": [
            {"what": str(row.get_kind_display()), "subject": str(row.group or ""), "since": row.created_at}
            for row in point.subscriptions.all()
        ],
        "places": [place.label for place in point.subscriber.places.all()],
        "consents": [
            {
                "at": row.at,
                "what": str(row.get_action_display()),
                "by": str(row.get_via_display()),
                "words": row.words,
                "proof": row.evidence,
            }
            for row in point.consents.all()
        ],
        "letters": [
            {"title": row.issue.title, "state": str(row.get_state_display()), "at": row.sent_at} for row in letters
        ],
    }
