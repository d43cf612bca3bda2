"""Lists that programs read page by page, by a cursor: rows that come meanwhile move no page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.directory.models import ApiKey
from parvis.apps.intake.models import Contact, Matter
from parvis.apps.integrations.models import Webhook, WebhookDelivery
from parvis.apps.integrations.queries.sight import READ
from parvis.apps.integrations.rules import cursors
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotFound, or_not_found
from parvis.lib.ids import parse_reference

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `next` is the cursor of the next one, None at the end."""

    rows: list[Row]
    next: str | None


@dataclass(frozen=True)
class CaseFilter:
    """Which cases; what is empty does not filter. With `updated_since`, the page goes from the oldest change on."""

    subject: str = ""
    department: str = ""
    state: str = ""
    opened_since: datetime | None = None
    updated_since: datetime | None = None


def _readable() -> QuerySet[Case]:
    """All but those carried over from an earlier system, which nobody outside reads."""
    return Case.objects.filter(carried_over_at=None).select_related(*READ)


def cases_page(wanted: CaseFilter, cursor: str, limit: int) -> Page[Case]:
    """Cases, the newest first; or from the oldest change on, so that a program that copies them misses none.

    By changes, it stops SETTLED behind now: a change that is long to commit is never behind a cursor that has passed.
    One query, whatever the length. Raises Invalid (cursor).
    """
    rows, values = _readable(), {"subject__slug": wanted.subject, "department__slug": wanted.department}
    values |= {"state": wanted.state}
    rows = rows.filter(**{name: value for name, value in values.items() if value})
    if wanted.subject:
        rows = rows.filter(unrestricted())
    if wanted.opened_since:
        rows = rows.filter(opened_at__gte=wanted.opened_since)
    if wanted.updated_since is None:
        return _by_id(rows, cursor, limit)
    moment, pk = wanted.updated_since, 0
    if cursor:
        if (found := cursors.read_moment(cursor)) is None:
            raise _no_cursor()
        moment, pk = found
    rows = rows.filter(changed_at__gte=moment, changed_at__lt=clock.now() - cursors.SETTLED)
    rows = rows.filter(Q(changed_at__gt=moment) | Q(pk__gt=pk))
    kept = list(rows.order_by("changed_at", "pk")[: limit + 1])
    last = kept[limit - 1] if len(kept) > limit else None
    return Page(kept[:limit], cursors.write_cursor(last.changed_at.isoformat(), last.pk) if last else None)


def case_of(reference: str) -> Case:
    """The case of a reference, however it is typed, with all that `sight` reads. Raises NotFound."""
    rows = _readable().prefetch_related("person__phones", "person__merged_into__phones")
    return or_not_found(
        rows.filter(reference=str(parse_reference(reference) or "")).first(), _("No request has this number.")
    )


def contacts_page(cursor: str, limit: int) -> Page[Contact]:
    """Contacts, the newest first, with their `opened_matters`. Two queries. Raises Invalid (cursor)."""
    opened = Matter.objects.filter(case__isnull=False).select_related("case")
    rows = Contact.objects.prefetch_related(Prefetch("matters", queryset=opened, to_attr="opened_matters"))
    return _by_id(rows, cursor, limit)


def references_of(contact: Contact) -> list[str]:
    """The numbers of the requests that a contact of `contacts_page` opened. No query."""
    return [matter.case.reference for matter in contact.opened_matters]  # type: ignore[attr-defined]


def webhooks_of(key: ApiKey) -> list[Webhook]:
    """The webhooks made with a key, the newest first."""
    return list(Webhook.objects.filter(api_key=key, removed_at=None).order_by("-pk"))


def deliveries_page(webhook: Webhook, states: Collection[str], cursor: str, limit: int) -> Page[WebhookDelivery]:
    """The log of a webhook, the newest first; of some states when they are given. Raises Invalid (cursor)."""
    rows = webhook.deliveries.all()
    return _by_id(rows.filter(state__in=states) if states else rows, cursor, limit)


def _by_id(rows: QuerySet[Any], cursor: str, limit: int) -> Page[Any]:
    if cursor:
        if (last_id := cursors.read_id(cursor)) is None:
            raise _no_cursor()
        rows = rows.filter(pk__lt=last_id)
    kept: Sequence[Any] = list(rows.order_by("-pk")[: limit + 1])
    more = len(kept) > limit
    return Page(list(kept[:limit]), cursors.write_cursor(kept[limit - 1].pk) if more else None)


def _no_cursor() -> Invalid:
    return Invalid.in_field("cursor", _("This cursor was not given by this list: begin again without one."))


def all_webhooks() -> list[Webhook]:
    """Every webhook that was not removed, with its key, the newest first. One query."""
    return list(Webhook.objects.filter(removed_at=None).select_related("api_key").order_by("-pk"))


def webhook_by_id(webhook_id: int) -> Webhook:
    """A webhook with its key. Raises NotFound."""
    webhook = Webhook.objects.filter(pk=webhook_id, removed_at=None).select_related("api_key").first()
    if webhook is None:
        raise NotFound(_("This webhook does not exist."))
    return webhook


def log_page(webhook: Webhook, cursor: str, limit: int) -> Page[WebhookDelivery]:
    """The log of a webhook with the cases and incidents it is about, the newest first. Raises Invalid (cursor)."""
    return _by_id(webhook.deliveries.select_related("entry__case", "incident__notice"), cursor, limit)
