"""What the letters keep of a reader who was erased."""

import re
from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import Q

from parvis.apps.directory.models import User
from parvis.apps.mail.models import Incoming
from parvis.apps.mail.services.incoming import erase_message
from parvis.apps.newsletter.models import IssueDelivery
from parvis.apps.newsletter.queries.points import digest
from parvis.apps.newsletter.services.subscriber_erasure import erase_subscriber, erase_targets

ABOUT_OUR_LETTERS = (Incoming.Outcome.IGNORED, Incoming.Outcome.BOUNCE)
_OURS = re.compile(r"\+(issue|leave)-(\d{1,15})[.-]")  # the addresses of rules.identity


@transaction.atomic
def erase_reader(*, point_id: int, ground: str, by: User) -> None:
    """Erases by law a subscriber, and their address in the letters that were sent and in what came back of them.

    Raises as `erase_subscriber`.
    """
    _forget(erase_subscriber(point_id=point_id, ground=ground, by=by))


@transaction.atomic
def erase_readers(*, targets: Collection[str], ground: str, by: User) -> int:
    """Erases by law the subscribers reached at these addresses and numbers, as `erase_reader`; how many targets.

    Raises NotAllowed.
    """
    erased = erase_targets(targets=targets, ground=ground, by=by)
    _forget(erased)
    return len(erased)


@transaction.atomic
def forget_addresses() -> int:
    """Puts its digest in place of each address that is erased or no longer kept; returns how many addresses."""
    gone = IssueDelivery.objects.filter(Q(point=None) | Q(point__target="")).exclude(domain="")
    addresses = list(gone.order_by().values_list("to", flat=True).distinct())
    for address in addresses:
        ids = list(gone.filter(to=address).values_list("pk", flat=True))
        IssueDelivery.objects.filter(pk__in=ids).update(to=digest(address), domain="", error="")
    return len(addresses)


def _forget(erased: Mapping[int, str]) -> None:
    """Erases the messages by which machines and mail programs named these readers; then `forget_addresses`.

    Those are reports of failure, complaints, automatic answers and messages to a leave address: no case holds them,
    and what they said is recorded on the letter.
    """
    letters = IssueDelivery.objects.filter(point__in=list(erased)).values_list("pk", flat=True)
    theirs = {("issue", str(pk)) for pk in letters} | {("leave", str(pk)) for pk in erased}
    received = Incoming.objects.filter(outcome__in=ABOUT_OUR_LETTERS, erased_at=None)
    addressed = received.filter(Q(to__icontains="+issue-") | Q(to__icontains="+leave-")).values_list("pk", "to")
    about = {pk for pk, to in addressed.iterator() if not theirs.isdisjoint(_OURS.findall(" ".join(to).lower()))}
    for target in erased.values():
        about |= set(received.filter(from_address__iexact=target).values_list("pk", flat=True))
        said = received.filter(text__icontains=target).values_list("pk", "text")
        whole = re.compile(rf"(?<![\w.+-]){re.escape(target)}(?![\w-]|\.\w)", re.IGNORECASE)
        about |= {pk for pk, text in said.iterator() if whole.search(text)}
    erase_message(received.in_bulk(about).values())
    forget_addresses()
