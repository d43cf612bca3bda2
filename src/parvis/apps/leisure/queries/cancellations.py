"""What is given back of a registration: the part of the meetings that are left, with its taxes."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from parvis.apps.billing.rules.taxes import part
from parvis.apps.leisure.models import CancellationRequest, Meeting, Registration
from parvis.apps.leisure.rules.pricing import part_left
from parvis.lib import clock


@dataclass(frozen=True)
class GivenBack:
    """What cancelling now gives back: `left` meetings out of `of`; cents before taxes, and of each tax.

    `aid_cents`: the part of the financial aid that may be given again; it is not money given back.
    """

    left: int
    of: int
    net_cents: int
    gst_cents: int
    qst_cents: int
    aid_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Taxes included."""
        return self.net_cents + self.gst_cents + self.qst_cents


def cancellations_asked() -> list[CancellationRequest]:
    """What waits for a second person, the oldest first, with what it is about, and who asked. One query."""
    joined = ("group__activity", "registration__group__activity", "registration__individual", "asked_by")
    return list(CancellationRequest.objects.filter(decided_at=None).select_related(*joined).order_by("pk"))


def given_back(registration: Registration, *, in_full: bool = False) -> GivenBack:
    """What cancelling a registration now takes off its invoice line; `in_full`: all that is left of it. Two queries.

    Before the first meeting, all of it. A meeting that has begun is not given back.
    """
    meetings = Meeting.objects.filter(group=registration.group_id)
    counts = meetings.aggregate(of=Count("pk"), left=Count("pk", filter=Q(starts_at__gt=clock.now())))
    line = registration.invoice_line
    if line is None:
        return GivenBack(counts["left"], counts["of"], 0, 0, 0)
    done = -(line.reversals.aggregate(cents=Sum("net_cents"))["cents"] or 0)
    remains = line.net_cents - done
    whole = in_full or counts["left"] == counts["of"]
    net = remains if whole else min(remains, part_left(line.net_cents, left=counts["left"], of=counts["of"]))
    gst, qst = (part(tax, done, net, line.net_cents) for tax in (line.gst_cents, line.qst_cents))
    aid = part(line.aid_cents, done, net, line.net_cents)
    if not line.net_cents:
        aid = line.aid_cents if whole else part_left(line.aid_cents, left=counts["left"], of=counts["of"])
    return GivenBack(counts["left"], counts["of"], net, gst, qst, aid)
