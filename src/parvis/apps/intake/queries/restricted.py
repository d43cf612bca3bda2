"""Contacts from which a restricted request was opened: what they say is what the request says.

Nobody but the posts of its subject reads them once they are finished. Until then, a message that still waits for an
answer, or a call, is read by those who answer it.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from parvis.apps.cases.queries.access import may_open, sealed
from parvis.apps.catalogue.queries import restrictions
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Callback, Contact, Matter


def openable(user: User) -> Q:
    """Filters the contacts that the user may open as far as restricted requests go; empty where none is closed."""
    closed = restrictions.closed_to(user)
    if not closed:
        return Q()
    matters = Matter.objects.filter(contact=OuterRef("pk"), case__subject__in=sorted(closed))
    in_hand = Q(state=Contact.State.WAITING) | Q(agent=user, state__in=Contact.IN_HAND)
    return in_hand | Q(~Exists(matters))


def may_open_contact(user: User, contact: Contact) -> bool:
    """`openable` for one contact; a query only where a subject is closed to the user."""
    mine = contact.agent_id == user.pk and contact.state in Contact.IN_HAND
    if mine or contact.state == Contact.State.WAITING:
        return True
    closed = restrictions.closed_to(user)
    return not closed or not Matter.objects.filter(contact=contact, case__subject__in=sorted(closed)).exists()


def openable_only(user: User, contacts: Iterable[Contact]) -> list[Contact]:
    """Those of these contacts that the user may open; one query at most."""
    rows = list(contacts)
    if not rows or not (condition := openable(user)):
        return rows
    kept = set(Contact.objects.filter(condition, pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return [row for row in rows if row.pk in kept]


def seal_callback(user: User, callback: Callback) -> Callback:
    """The call as the user may see it: without the words nor the person when its request is closed to them."""
    if callback.case is not None and not may_open(user, callback.case):
        callback.case, callback.person, callback.entry = sealed(callback.case), None, None
        callback.reason = callback.phone = ""
        callback.attempts = []
    return callback
