"""Cancelling, for the staff: at once, or once a second person approved what it gives back."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from parvis.apps.billing.queries.balances import refunds_decided_by
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.second_person import approves_alone
from parvis.apps.leisure.models import CancellationRequest, Group, Registration
from parvis.apps.leisure.queries.cancellations import given_back
from parvis.apps.leisure.queries.management import cancelling
from parvis.apps.leisure.rules.approving import Refunds, needs_second_person
from parvis.apps.leisure.services import places
from parvis.apps.leisure.services.groups import cancel_group, one_reason
from parvis.apps.leisure.services.registering import cancel_registration
from parvis.apps.mail.letters import Awaited
from parvis.apps.mail.services.approvals import tell_approvers
from parvis.lib import clock
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.words import one_line

LATELY = timedelta(days=1)
LONGEST = 300
State = Registration.State


@transaction.atomic
def ask_to_cancel_group(*, group: Group, why: str, by: User) -> CancellationRequest | None:
    """Cancels a group at once, as `cancel_group`, and returns None; or asks a second person, when it gives back more
    than one person decides (PARVIS_REFUND_ALONE_CENTS, PARVIS_REFUNDS_ALONE, over a day).

    Raises NotAllowed, Invalid (why), and Conflict when it is asked already.
    """
    by.require(Action.MANAGE_LEISURE, _("Your role does not manage leisure."))
    why = one_reason(why)
    locked = places.lock_groups([group.pk])[group.pk]
    effect = cancelling(locked)
    refunds = Refunds(effect.refunds, effect.cents)
    if not _needs_second_person(refunds, by):
        cancel_group(group=locked, why=why, by=by)
        return None
    if locked.cancellation_requests.filter(decided_at=None).exists():
        raise Conflict(_("This is asked already: a second person decides."))
    return _ask(CancellationRequest(group=locked, why=why), refunds, str(locked.activity), by)


@transaction.atomic
def ask_to_cancel_registration(
    *, registration: Registration, channel: str, by: User, why: str = ""
) -> CancellationRequest | None:
    """As `ask_to_cancel_group`, for one registration, by the rules of the town (`cancel_registration`)."""
    by.require(Action.REGISTER_OTHERS, _("Your role does not register people."))
    places.lock_groups([registration.group_id])
    registration.refresh_from_db()
    back = given_back(registration).total_cents if registration.state == State.CONFIRMED else 0
    refunds = Refunds(1 if back else 0, back)
    if not _needs_second_person(refunds, by):
        cancel_registration(registration=registration, channel=channel, by=by, why=why)
        return None
    if registration.cancellation_requests.filter(decided_at=None).exists():
        raise Conflict(_("This is asked already: a second person decides."))
    request = CancellationRequest(registration=registration, channel=channel, why=one_line(why)[:LONGEST])
    return _ask(request, refunds, str(registration.group.activity), by)


@transaction.atomic
def decide_cancellation(
    *, request: CancellationRequest, approved: bool, note: str = "", by: User
) -> CancellationRequest:
    """Cancels what was asked, as it is now, or leaves it; decided by someone who did not ask for it.

    Raises Invalid (note) for a refusal without a word; Conflict when it is decided already; NotAllowed.
    """
    by.require(Action.APPROVE_REFUND, _("Your role does not approve refunds."))
    rows = CancellationRequest.objects.select_related("group", "registration__group", "asked_by")
    row = locked_row(rows.filter(pk=request.pk), _("This is not there any more."))
    if row.decided_at:
        raise Conflict(_("This is decided already."))
    approves_alone(by=by, writers=[row.asked_by_id], emergency=False)
    row.note = one_line(note)[:LONGEST]
    if not approved and not row.note:
        raise Invalid.in_field("note", _("Say why it is not cancelled."))
    row.decided_by, row.decided_at, row.approved = by, clock.now(), approved
    row.save(update_fields=["decided_by", "decided_at", "approved", "note"])
    if approved and row.group is not None:
        cancel_group(group=row.group, why=row.why, by=row.asked_by)
    elif approved and row.registration is not None:
        cancel_registration(registration=row.registration, channel=row.channel, by=row.asked_by, why=row.why)
    return row


def _needs_second_person(asked: Refunds, by: User) -> bool:
    count, cents = refunds_decided_by(by, since=clock.now() - LATELY)
    most = Refunds(settings.PARVIS_REFUNDS_ALONE, settings.PARVIS_REFUND_ALONE_CENTS)
    return needs_second_person(asked, Refunds(count, cents), most=most)


def _ask(request: CancellationRequest, refunds: Refunds, title: str, by: User) -> CancellationRequest:
    request.cents, request.refunds, request.asked_by, request.asked_at = refunds.cents, refunds.count, by, clock.now()
    request.save()
    tell_approvers(
        key=f"cancellation/{request.pk}",
        kind=Awaited.CANCELLATION,
        title=title,
        path=reverse("desk:approvals"),
        writers=[by.pk],
        by=by,
        action=Action.APPROVE_REFUND,
    )
    return request
