"""Who enters the desk, whose contact is whose, and to whom a sensitive file is shut."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import gave_reason, reasons_given
from parvis.apps.intake import queries as intake
from parvis.apps.intake.models import Contact
from parvis.apps.residents.access import Field, may_see
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries import whole

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(action: Action) -> Callable[[View[P]], View[P]]:
    """A view for those whose role includes the action: others are refused, a stranger is sent to sign in.

    Nothing it answers is kept by a browser: these pages hold what people said.
    """

    def dress(view: View[P]) -> View[P]:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            user = agent_of(request)
            if not user.may(action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return dress


def agent_of(request: HttpRequest) -> User:
    """The person signed in; PermissionDenied for a session that is nobody's."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def my_contact(request: HttpRequest, contact_id: int) -> Contact:
    """The contact, when it is this agent's; otherwise the page of an address that leads nowhere."""
    contact = intake.contact_of(contact_id, agent_of(request))
    if contact is None:
        raise Http404
    return contact


def sees(user: User, person: Person, field: Field) -> bool:
    """Whether that reader may see that field of the person; asks whether they gave a reason only if it opens it.

    For one person. A list asks `may_see` itself, as of someone who gave no reason: what is marked stays shut there.
    """
    if may_see(person, field, user):
        return True
    return may_see(person, field, user, reason=True) and gave_reason(user, whole(person.canonical.pk).values("pk"))


def people_seen(user: User, people: Iterable[Person | None], field: Field) -> set[int]:
    """The people of a list (their numbers) of whom that reader may see that field, the reasons they gave counted.

    One query at most, none when all may be seen at once. Reads `kept` of the others.
    """
    wanted = {person.pk: person for person in people if person is not None}
    shown = {pk for pk, one in wanted.items() if may_see(one, field, user)}
    kept = {pk: one.canonical.pk for pk, one in wanted.items() if pk not in shown}
    stated = reasons_given(user, sorted(set(kept.values())))
    return shown | {pk for pk, file in kept.items() if may_see(wanted[pk], field, user, reason=file in stated)}


def closed_to(user: User, person: Person) -> bool:
    """Whether a reason is to be given before this file is opened to that reader."""
    return not sees(user, person, Field.FILE)


def sees_place(user: User, case: Case) -> bool:
    """Whether that reader may see where a request is; a query only when the address of its person is protected."""
    return case.person is None or sees(user, case.person, Field.PLACE)


def open_file(user: User | None, person: Person | None) -> Person | None:
    """The file kept for that person, to show something of it: None while it is shut to that reader."""
    result = person.canonical if person else None
    return None if result is None or (user is not None and closed_to(user, result)) else result
