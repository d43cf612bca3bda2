"""Who enters the desk, whose contact is whose, and to whom a sensitive file is shut."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from parvis.directory.models import User
from parvis.directory.permissions import Action
from parvis.directory.queries import gave_reason
from parvis.intake import queries as intake
from parvis.intake.models import Contact
from parvis.residents.models import Person
from parvis.residents.queries import whole

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def only(action: Action) -> Callable[[View[P]], View[P]]:
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


agents_only = only(Action.TAKE_CONTACT)


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


def closed_to(user: User, found: Person) -> bool:
    """Whether a reason is to be given before this file is opened to that reader."""
    return found.sensitive and not gave_reason(user, whole(found.pk).values("pk"))


def open_file(user: User | None, person: Person | None) -> Person | None:
    """The file kept for that person, to show something of it: None while it is shut to that reader."""
    found = person.standing if person else None
    return None if found is None or (user is not None and closed_to(user, found)) else found
