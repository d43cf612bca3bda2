"""Access to the desk: roles, the agent's own contacts, sensitive files."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, TypeVar

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import people_in_common
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import gave_reason, reasons_given
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.identity.web.second_factor import SENSITIVE
from parvis.apps.intake.models import Contact
from parvis.apps.intake.queries import contacts
from parvis.apps.residents.models import Person
from parvis.apps.residents.queries.access import Field, may_see
from parvis.apps.residents.queries.people import whole
from parvis.lib.errors import Conflict, Invalid
from parvis.ui.forms import RefusableForm
from parvis.ui.views import or_404

P = ParamSpec("P")
T = TypeVar("T")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(action: Action, *methods: Literal["GET", "POST"]) -> Callable[[View[P]], View[P]]:
    """A view for roles that include the action: anonymous users are sent to sign in, others get PermissionDenied.

    Only these HTTP methods are allowed (any, when none is named). NotFound raised by a service gives the page of the
    refusal, a 404 with its words. Responses are never cached: these pages show what people said.
    """

    def decorate(view: View[P]) -> View[P]:
        allowed = require_http_methods(list(methods))(view) if methods else view

        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not agent_of(request).may(action):
                raise PermissionDenied
            return allowed(request, *args, **kwargs)

        return guarded

    return decorate


def password_again_if(concerned: Callable[[HttpRequest], bool]) -> Callable[[View[P]], View[P]]:
    """A view that asks for the password again before the requests concerned, then does what was sent.

    Or the code of the second factor, of someone without a password. Not again for ACCOUNT_REAUTHENTICATION_TIMEOUT.
    """

    def decorate(view: View[P]) -> View[P]:
        asking: View[P] = reauthentication_required(app=SENSITIVE, enabled=concerned)(view)
        return asking

    return decorate


password_again = password_again_if(lambda _request: True)
"""As `password_again_if`, before every request."""


def agent_of(request: HttpRequest) -> User:
    """The signed-in user; PermissionDenied for an anonymous session."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def my_contact(request: HttpRequest, contact_id: int) -> Contact:
    """The contact, when it belongs to this agent; Http404 otherwise."""
    return or_404(contacts.contact_of(contact_id, agent_of(request)))


def by_slug(departments: Iterable[Department], slug: str) -> Department | None:
    """The department of that slug, if it is one of these."""
    return next((department for department in departments if department.slug == slug), None)


def submit(form: RefusableForm, run: Callable[[], T]) -> tuple[T | None, int]:
    """Runs a service for a bound form: (its result, 200), or (None, the HTTP status) with the errors on the form.

    Catches Invalid and Conflict. Callers that need another answer to a conflict catch it inside `run`.
    """
    if not form.is_valid():
        return None, Invalid.status
    try:
        return run(), 200
    except (Invalid, Conflict) as error:
        form.refuse(error.fields, error.message)
        return None, error.status


def can_see(user: User, person: Person, field: Field, *, of: Case | None = None) -> bool:
    """Whether the user may see that field of the person, after a reason if they gave one.

    For one person: a list calls `may_see`, without reasons, so that sensitive data stays hidden there. `of`: a request
    of the person that the user may read. A request in common, then a reason given, are looked up only when one would
    make a difference.
    """
    if may_see(person, field, user, in_common=of is not None):
        return True
    if of is None and may_see(person, field, user, in_common=True):
        canonical = person.canonical.pk
        if people_in_common(user, [canonical]):
            return True
    return may_see(person, field, user, reason=True) and gave_reason(user, whole(person.canonical.pk).values("pk"))


def visible_people(user: User, people: Iterable[Person | None], field: Field, *, shared: bool = False) -> set[int]:
    """The ids of the people in a list of whom the user may see that field, the reasons they gave included.

    `shared`: each is of a household that the user registers, which counts as a request in common. Two queries at most,
    none when every field may be seen without a reason. Reads `canonical` of the others.
    """
    by_id = {person.pk: person for person in people if person is not None}
    visible = {pk for pk, person in by_id.items() if may_see(person, field, user, in_common=shared)}
    visible |= in_common(user, (person for pk, person in by_id.items() if pk not in visible), field)
    canonical_ids = {pk: person.canonical.pk for pk, person in by_id.items() if pk not in visible}
    explained = reasons_given(user, sorted(set(canonical_ids.values())))
    return visible | {
        pk for pk, canonical in canonical_ids.items() if may_see(by_id[pk], field, user, reason=canonical in explained)
    }


def in_common(user: User, people: Iterable[Person], field: Field = Field.FILE) -> set[int]:
    """The ids of those of whom the user sees that field because a request of theirs is the user's to read.

    One query at most; none for users who read any person. Reads `canonical`.
    """
    rows = [person for person in people if not may_see(person, field, user)]
    rows = [person for person in rows if may_see(person, field, user, in_common=True)]
    shared = people_in_common(user, {person.canonical.pk for person in rows})
    return {person.pk for person in rows if person.canonical.pk in shared}


def needs_reason(user: User, person: Person, *, of: Case | None = None) -> bool:
    """Whether the user must give a reason before opening this file; `of` as for `can_see`."""
    return not can_see(user, person, Field.FILE, of=of)


def can_see_place(user: User, case: Case) -> bool:
    """Whether the user may see the place of a case; one query, only when the address of its person is protected."""
    return case.person is None or can_see(user, case.person, Field.PLACE)


def readable_file(user: User | None, person: Person | None) -> Person | None:
    """The canonical file of the person; None when the user must give a reason before opening it."""
    file = person.canonical if person else None
    return None if file is None or (user is not None and needs_reason(user, file)) else file
