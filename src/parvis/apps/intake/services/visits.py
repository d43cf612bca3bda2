"""The waiting line of the counter: joined at the door or by name, called one by one, never twice the same person."""

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact, Device, Visit
from parvis.apps.intake.services.contacts import end, receive
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound

WINDOWS = range(1, 31)
TRIES = 50  # to draw a number that nobody draws at the same instant


def take_number(*, device: Device, key: str, language: str) -> Visit:
    """Joins the line from the tablet at the door; the same press twice in a day is one number. NotFound: closed."""
    if device.closed_at or device.kind != Device.Kind.DOOR:
        raise NotFound(_("This screen was closed."))
    return _join(key=f"door-{device.pk}-{today():%y%m%d}-{key}"[:64], name="", language=language)


def write_in(*, name: str, key: str, language: str, by: User) -> Visit:
    """Joins the line by name, written by an agent; the same press twice is one number. Raises Invalid (name)."""
    _agents_only(by)
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise Invalid(_("Write the name to call."), {"name": _("Write the name to call, in 80 characters at most.")})
    return _join(key=f"desk-{by.pk}-{key}"[:64], name=name, language=language)


def _join(*, key: str, name: str, language: str) -> Visit:
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                if known := Visit.objects.filter(key=key).first():
                    return known
                day = today()
                last = Visit.objects.filter(day=day).aggregate(last=Max("number"))["last"] or 0
                if not last:  # names serve to call someone, and no longer than the day
                    Visit.objects.exclude(name="").exclude(day=day).update(name="")
                joined = {"key": key, "name": name, "language": language, "arrived_at": now()}
                return Visit.objects.create(day=day, number=last + 1, **joined)
        except IntegrityError:
            continue
    raise Conflict(_("Too many people at once. Try again."))


def call_next(*, window: int, key: str, by: User) -> Visit:
    """Calls whoever has waited longest today to that window, and begins their contact.

    Two agents who call at once call two people; the same press twice calls one. Raises Conflict when nobody waits,
    Invalid (window), NotAllowed.
    """
    waiting = Visit.objects.filter(day=today(), state=Visit.State.WAITING).order_by("arrived_at", "pk")
    return _call(waiting, window=window, key=key, by=by, nobody=_("Nobody is waiting."))


def call_one(*, visit_id: int, window: int, key: str, by: User) -> Visit:
    """Calls that very person before their turn; the refusals of `call_next`, Conflict when a colleague called them."""
    chosen = Visit.objects.filter(day=today(), state=Visit.State.WAITING, pk=visit_id)
    return _call(chosen, window=window, key=key, by=by, nobody=_("This person is not waiting any more."))


def _call(rows: QuerySet[Visit], *, window: int, key: str, by: User, nobody: str) -> Visit:
    _agents_only(by)
    if window not in WINDOWS:
        raise Invalid(_("Which window are you at?"), {"window": _("Choose the window you are at.")})
    call_key = f"{by.pk}-{key}"[:64]
    try:
        with transaction.atomic():
            if known := Visit.objects.filter(call_key=call_key).first():
                return known
            visit = rows.select_for_update(skip_locked=True).first()
            if visit is None:
                raise Conflict(nobody)
            visit.state, visit.agent, visit.window, visit.call_key = Visit.State.CALLED, by, window, call_key
            visit.called_at = now()
            _tell(visit)
            arrival = Arrival(
                Channel.COUNTER, f"visit-{visit.pk}-{visit.calls}", by=Actor.staff(by), language=visit.language
            )
            visit.contact = receive(arrival)
            visit.save()
            return visit
    except IntegrityError:  # the same press, at the same instant
        return Visit.objects.get(call_key=call_key)


def _tell(visit: Visit) -> None:
    visit.calls += 1
    visit.told_at = now()


@transaction.atomic
def call_again(*, visit_id: int, by: User) -> Visit:
    """Has the hall told once more of the person that this agent called. Raises NotFound, Conflict."""
    visit = _called_by(visit_id, by)
    _tell(visit)
    visit.save(update_fields=["calls", "told_at"])
    return visit


@transaction.atomic
def no_show(*, visit_id: int, by: User) -> Visit:
    """Nobody came to the window: the person is put aside, and no contact is left. Raises NotFound, Conflict."""
    visit = _called_by(visit_id, by)
    _forget_contact(visit)
    visit.state = Visit.State.ABSENT
    visit.save(update_fields=["state", "contact"])
    return visit


@transaction.atomic
def put_back(*, visit_id: int, by: User) -> Visit:
    """Back in the line, at the place that the hour of arrival gives: someone called, absent, or gone today.

    Only the one who called puts back a person called. Twice changes nothing. Raises NotFound, Conflict.
    """
    visit = _locked(visit_id, by)
    if visit.state == Visit.State.WAITING:
        return visit
    if visit.state == Visit.State.CALLED:
        _refuse_other(visit, by)
        _forget_contact(visit)
    visit.state, visit.called_at, visit.agent, visit.window = Visit.State.WAITING, None, None, None
    visit.save(update_fields=["state", "called_at", "agent", "window", "contact"])
    return visit


@transaction.atomic
def leave(*, visit_id: int, by: User) -> Visit:
    """The person went away without being called. Twice changes nothing. Raises NotFound, Conflict."""
    visit = _locked(visit_id, by)
    if visit.state == Visit.State.CALLED:
        raise Conflict(_("%(who)s was called meanwhile.") % {"who": visit.label})
    visit.state = Visit.State.LEFT
    visit.save(update_fields=["state"])
    return visit


def _agents_only(by: User) -> None:
    if not by.may(Action.TAKE_CONTACT):
        raise NotAllowed(_("Your role does not answer contacts."))


def _locked(visit_id: int, by: User) -> Visit:
    """Someone of today's line, the row locked."""
    _agents_only(by)
    visit = Visit.objects.select_for_update().filter(pk=visit_id, day=today()).first()
    if visit is None:
        raise NotFound(_("This person is not in today's line."))
    return visit


def _called_by(visit_id: int, by: User) -> Visit:
    visit = _locked(visit_id, by)
    if visit.state != Visit.State.CALLED:
        raise Conflict(_("%(who)s is not called any more.") % {"who": visit.label})
    _refuse_other(visit, by)
    return visit


def _refuse_other(visit: Visit, by: User) -> None:
    """Conflict when a colleague called the person, or when the visit is over."""
    if visit.agent_id != by.pk:
        raise Conflict(_("%(who)s was called by a colleague.") % {"who": visit.label})
    if visit.contact is None or visit.contact.state == Contact.State.DONE:
        raise Conflict(_("The visit of %(who)s is over.") % {"who": visit.label})


def _forget_contact(visit: Visit) -> None:
    """A contact in which nothing happened leaves no trace; one in which something was recorded just ends."""
    contact = visit.contact
    visit.contact = None
    if contact is None:
        return
    if contact.person_id or contact.matters.exists() or contact.corrections.exists() or contact.callbacks.exists():
        end(contact)
    else:
        Visit.objects.filter(pk=visit.pk).update(contact=None)
        contact.delete()
