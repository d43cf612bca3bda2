"""By which means the citizen of a request is told: those they chose that work, else the way of their file."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from parvis.apps.cases.models import Case, CaseNotification, Entry
from parvis.apps.mail.models import Outgoing
from parvis.apps.outbox.models import CALLED_OFF, UNDELIVERED
from parvis.apps.push.models import OutgoingPush
from parvis.apps.telephony.models import OutgoingText
from parvis.apps.telephony.queries import texts as carrier
from parvis.lib.phone_numbers import is_callable

Via = CaseNotification.Via
VIA = "via"  # key of `Entry.data`: the means of an entry whose citizen chose them, such as ["email", "text"]


@dataclass(frozen=True)
class Means:
    """One means that works now: `target` is an address, a number, or the id of a device."""

    via: str
    target: str


def chosen(case: Case) -> list[CaseNotification]:
    """The means that the citizen chose for this request, whether or not they work; one query."""
    return list(case.notifications.select_related("device"))


def usable(case: Case, rows: list[CaseNotification] | None = None) -> list[Means]:
    """Those of the chosen means that work: an address that is known, a number that accepts texts and that the
    town writes to, a live device.

    At most two queries; reads `person.merged_into`.
    """
    rows = chosen(case) if rows is None else rows
    refusing = carrier.refusing(row.phone for row in rows)
    means = []
    for row in rows:
        target = _target(case, row)
        if target and not (row.via == Via.TEXT and (target in refusing or not _is_texted(target))):
            means.append(Means(row.via, target))
    order = list(Via.values)
    return sorted(means, key=lambda each: order.index(each.via))


def _is_texted(number: str) -> bool:
    return carrier.enabled() and is_callable(number)


def _target(case: Case, row: CaseNotification) -> str:
    if row.via == Via.TEXT:
        return row.phone
    if row.via == Via.PUSH:
        return str(row.device.pk) if row.device and row.device.live else ""
    return row.email or (case.person.canonical.email if case.person else "")


def via_of(entry: Entry) -> list[str]:
    """The means by which an entry is told: those chosen at the time, else its one way; none when it is not told."""
    if not entry.notified_via:
        return []
    return list(entry.data.get(VIA) or [entry.notified_via])


def text_key(entry_id: int) -> str:
    """The idempotency key of the text about an entry."""
    return f"told/{entry_id}"


def entry_of(key: str) -> int:
    """The id of the entry that a text or a notice of that key tells of; 0 for any other."""
    prefix, _, rest = key.partition("/")
    entry_id = rest.partition("/")[0]
    return int(entry_id) if prefix == "told" and entry_id.isdecimal() else 0


def failed_notices(since: datetime) -> list[tuple[int, str]]:
    """The entries (id, reason) with a text or a notice that failed since a moment; two queries.

    Another means may have reached the citizen (`reaches`).
    """
    failed: dict[int, str] = {}
    lost = Q(key__startswith="told/", state__in=UNDELIVERED, queued_at__gte=since) & ~Q(error=CALLED_OFF)
    for rows in (OutgoingText.objects.filter(lost), OutgoingPush.objects.filter(lost)):
        for key, error in rows.values_list("key", "error"):
            failed.setdefault(entry_of(key), error)
    failed.pop(0, None)
    return list(failed.items())


def push_key(entry_id: int, device: str) -> str:
    """The idempotency key of the notice about an entry on a device."""
    return f"told/{entry_id}/{device}"


def reaches(entry: Entry) -> bool:
    """Whether one of the means of an entry reached its citizen, or still may; at most three queries."""
    via = via_of(entry)
    if Via.EMAIL in via:
        letters = Outgoing.objects.filter(key=f"{entry.case.reference}/{entry.seq}")
        if letters.exclude(state__in=UNDELIVERED).exists():
            return True
    if Via.TEXT in via:
        messages = OutgoingText.objects.filter(key=text_key(entry.pk))
        if messages.exclude(state__in=UNDELIVERED).exists():
            return True
    if Via.PUSH in via:
        pushes = OutgoingPush.objects.filter(key__startswith=push_key(entry.pk, ""))
        return pushes.exclude(state__in=UNDELIVERED).exists()
    return False
