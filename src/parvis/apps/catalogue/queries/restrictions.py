"""Which subjects only some posts may open (`Subject.restricted_to`), and whom the others ask; cached for a second."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, Membership, User
from parvis.apps.directory.rules.permissions import Action, Role, roles_with
from parvis.lib.database.rows import Compiled
from parvis.lib.i18n.localized import localized
from parvis.lib.ttl_cache import TtlCache

MOST_NAMED = 3


@dataclass(frozen=True)
class Post:
    """Roles in a department; in any department when `department` is None."""

    department: int | None
    roles: frozenset[Role]


_restricted = Compiled(lambda: Subject.objects.exclude(restricted_to=[]).values_list("pk", "restricted_to"))
_READERS = frozenset(Role(role) for role in roles_with(Action.READ_CASE))


def _read() -> dict[int, tuple[Post, ...]]:
    rows: list[Any] = _restricted()
    if not rows:
        return {}
    departments = dict(Department.objects.values_list("slug", "pk"))
    return {pk: tuple(_posts(posts, departments)) for pk, posts in rows}


def _posts(posts: Iterable[Mapping[str, str]], departments: Mapping[str, int]) -> Iterable[Post]:
    """The posts as ids; one of a department or a role that no longer exists opens nothing."""
    for post in posts:
        slug, role = post.get("department", ""), post.get("role", "")
        roles = (frozenset({Role(role)}) if role in _READERS else frozenset()) if role else _READERS
        if (not slug or slug in departments) and roles:
            yield Post(departments.get(slug), roles)


_posts_by_subject = TtlCache(_read)


def is_restricted(subject_id: int) -> bool:
    """Whether only some posts open the requests of this subject."""
    return subject_id in _posts_by_subject()


def restricted_subjects() -> frozenset[int]:
    """The ids of the restricted subjects."""
    return frozenset(_posts_by_subject())


def holds_post(user: User, subject_id: int) -> bool:
    """Whether the user holds one of the posts that open this restricted subject; False for any other subject."""
    return any(
        role in post.roles and post.department in (None, department)
        for post in _posts_by_subject().get(subject_id, ())
        for department, role in user.workplaces
    )


def opened_by(user: User) -> frozenset[int]:
    """The ids of the restricted subjects that the user's posts open."""
    return frozenset(pk for pk in _posts_by_subject() if holds_post(user, pk))


def closed_to(user: User) -> frozenset[int]:
    """The ids of the restricted subjects that the user's posts do not open."""
    return restricted_subjects() - opened_by(user)


def holders(subject_id: int) -> Q:
    """`holds_post` as a filter on users, for a restricted subject; a user may match several times."""
    condition = Q(pk=None)
    for post in _posts_by_subject().get(subject_id, ()):
        place = {} if post.department is None else {"memberships__department": post.department}
        condition |= Q(memberships__role__in=sorted(map(str, post.roles)), **place)
    return condition


def _read_names() -> dict[int, tuple[tuple[str, str, str, str], ...]]:
    """(name, department in French, in English, extension) of those who may be asked, by subject; two queries."""
    posts = _posts_by_subject()
    rows = Membership.objects.filter(user__is_active=True, role__in=_READERS).select_related("user", "department")
    people = list(rows.order_by("pk")) if posts else []
    found: dict[int, dict[int, tuple[str, str, str, str]]] = {pk: {} for pk in posts}
    for row in people:
        for pk, own in posts.items():
            if any(Role(row.role) in post.roles and post.department in (None, row.department_id) for post in own):
                names = (row.user.display_name, row.department.name_fr, row.department.name_en, row.user.extension)
                found[pk].setdefault(row.user_id, names)
    return {pk: tuple(named.values()) for pk, named in found.items()}


_names = TtlCache(_read_names)


def whom_to_ask(subject_id: int) -> str:
    """Who opens the requests of a restricted subject, in the active language: names, departments and extensions.

    At most MOST_NAMED people; the town's management when nobody holds such a post.
    """
    people = _names().get(subject_id, ())[:MOST_NAMED]
    if not people:
        return _("the town’s management")
    return ", ".join(_person(*person) for person in people)


def _person(name: str, department_fr: str, department_en: str, extension: str) -> str:
    where = localized(_Named(department_fr, department_en), "name")
    if extension:
        return _("%(name)s (%(where)s, ext. %(extension)s)") % {"name": name, "where": where, "extension": extension}
    return f"{name} ({where})"


@dataclass(frozen=True)
class _Named:
    name_fr: str
    name_en: str


def forget() -> None:
    """Clears the caches of this module."""
    _posts_by_subject.forget()
    _names.forget()
