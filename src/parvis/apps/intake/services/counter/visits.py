"""The counter's waiting line: visitors join by ticket or by name, and each is called by one agent only."""

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Actor, User
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Device, Visit
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.services.contacts import end, receive
from parvis.lib.clock import now, today
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotFound

WINDOWS = range(1, 31)
TRIES = 50  # to draw a number despite concurrent draws


def take_number(*, device: Device, key: str, language: str) -> Visit:
    """Joins the line from an entrance tablet; once a day per key. NotFound when the device is closed."""
    if device.closed_at or device.kind != Device.Kind.DOOR:
        raise NotFound(_("This screen was closed."))
    return _join(key=f"door-{device.pk}-{today():%y%m%d}-{key}"[:64], name="", language=language)


def write_in(*, name: str, key: str, language: str, by: User) -> Visit:
    """Adds someone to the line by name, once per key. Raises Invalid (name) and NotAllowed."""
    refuse_unless_agent(by)
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise Invalid(_("Write the name to call."), {"name": _("Write the name to call, in 80 characters at most.")})
    return _join(key=f"desk-{by.pk}-{key}"[:64], name=name, language=language)


def _join(*, key: str, name: str, language: str) -> Visit:
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                if visit := Visit.objects.filter(key=key).first():
                    return visit
                day = today()
                last = Visit.objects.filter(day=day).aggregate(last=Max("number"))["last"] or 0
                if not last:  # first visit of the day: names of earlier days have served their purpose
                    Visit.objects.exclude(name="").exclude(day=day).update(name="")
                return Visit.objects.create(
                    day=day, number=last + 1, key=key, name=name, language=language, arrived_at=now()
                )
        except IntegrityError:
            continue
    raise Conflict(_("Too many people at once. Try again."))


def call_next(*, window: int, key: str, by: User) -> Visit:
    """Calls the visitor who has waited longest today to a window, and begins their contact; once per key.

    Concurrent calls by two agents call two visitors. Raises Conflict when the line is empty, Invalid (window),
    NotAllowed.
    """
    waiting = Visit.objects.filter(day=today(), state=Visit.State.WAITING).order_by("arrived_at", "pk")
    return _call(waiting, window=window, key=key, by=by, if_none=_("Nobody is waiting."))


def call_one(*, visit_id: int, window: int, key: str, by: User) -> Visit:
    """Calls a chosen visitor out of turn. Raises as `call_next`; Conflict when that visitor no longer waits."""
    chosen = Visit.objects.filter(day=today(), state=Visit.State.WAITING, pk=visit_id)
    return _call(chosen, window=window, key=key, by=by, if_none=_("This person is not waiting any more."))


def _call(rows: QuerySet[Visit], *, window: int, key: str, by: User, if_none: str) -> Visit:
    refuse_unless_agent(by)
    if window not in WINDOWS:
        raise Invalid(_("Which window are you at?"), {"window": _("Choose the window you are at.")})
    call_key = f"{by.pk}-{key}"[:64]
    try:
        with transaction.atomic():
            if called := Visit.objects.filter(call_key=call_key).first():
                return called
            visit = rows.select_for_update(skip_locked=True).first()
            if visit is None:
                raise Conflict(if_none)
            visit.state, visit.agent, visit.window, visit.call_key = Visit.State.CALLED, by, window, call_key
            visit.called_at = now()
            _announce(visit)
            key = f"visit-{visit.pk}-{visit.calls}"
            visit.contact = receive(Arrival(Channel.COUNTER, key, by=Actor.staff(by), language=visit.language))
            visit.save()
            return visit
    except IntegrityError:  # the same key, concurrently
        return Visit.objects.get(call_key=call_key)


def _announce(visit: Visit) -> None:
    visit.calls += 1
    visit.told_at = now()


@transaction.atomic
def call_again(*, visit_id: int, by: User) -> Visit:
    """Announces again a visitor whom this agent called. Raises NotFound, Conflict."""
    visit = _called_by(visit_id, by)
    _announce(visit)
    visit.save(update_fields=["calls", "told_at"])
    return visit


@transaction.atomic
def no_show(*, visit_id: int, by: User) -> Visit:
    """Marks a called visitor absent and discards the empty contact. Raises NotFound, Conflict."""
    visit = _called_by(visit_id, by)
    _discard_contact(visit)
    visit.state = Visit.State.ABSENT
    visit.save(update_fields=["state", "contact"])
    return visit


@transaction.atomic
def put_back(*, visit_id: int, by: User) -> Visit:
    """Returns a visitor of today (called, absent or gone) to the line, placed by arrival time. Idempotent.

    A called visitor can only be put back by the agent who called. Raises NotFound, Conflict.
    """
    visit = _locked(visit_id, by)
    if visit.state == Visit.State.WAITING:
        return visit
    if visit.state == Visit.State.CALLED:
        _refuse_other(visit, by)
        _discard_contact(visit)
    visit.state, visit.called_at, visit.agent, visit.window = Visit.State.WAITING, None, None, None
    visit.save(update_fields=["state", "called_at", "agent", "window", "contact"])
    return visit


@transaction.atomic
def leave(*, visit_id: int, by: User) -> Visit:
    """Records that a visitor went away before being called. Idempotent. Raises NotFound, Conflict."""
    visit = _locked(visit_id, by)
    if visit.state == Visit.State.CALLED:
        raise Conflict(_("%(who)s was called meanwhile.") % {"who": visit.label})
    visit.state = Visit.State.LEFT
    visit.save(update_fields=["state"])
    return visit


def _locked(visit_id: int, by: User) -> Visit:
    refuse_unless_agent(by)
    return locked_row(
        Visit.objects.filter(pk=visit_id, day=today()), _("This person does not wait at the counter today.")
    )


def _called_by(visit_id: int, by: User) -> Visit:
    visit = _locked(visit_id, by)
    if visit.state != Visit.State.CALLED:
        raise Conflict(_("%(who)s is not called any more.") % {"who": visit.label})
    _refuse_other(visit, by)
    return visit


def _refuse_other(visit: Visit, by: User) -> None:
    """Raises Conflict when a colleague called the visitor, or when the visit is over."""
    if visit.agent_id != by.pk:
        raise Conflict(_("%(who)s was called by a colleague.") % {"who": visit.label})
    if visit.contact is None or visit.contact.state == Contact.State.DONE:
        raise Conflict(_("The visit of %(who)s is over.") % {"who": visit.label})


def _discard_contact(visit: Visit) -> None:
    """Deletes the visit's contact when nothing was recorded in it, and ends it otherwise."""
    contact = visit.contact
    visit.contact = None
    if contact is None:
        return
    if contact.person_id or contact.matters.exists() or contact.corrections.exists() or contact.callbacks.exists():
        end(contact)
    else:
        Visit.objects.filter(pk=visit.pk).update(contact=None)
        contact.delete()
