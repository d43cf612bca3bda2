"""Questions asked of saved views."""

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from parvis.apps.cases.view_models import MOST_OF_A_PERSON, SavedView
from parvis.apps.directory.models import Membership, User
from parvis.lib.rows import Compiled

MOST_SHOWN = 2 * MOST_OF_A_PERSON


def views_of(user: User) -> list[SavedView]:
    """The views that this person sees, all of their own first, then those of their departments. One query."""
    return _views_of(user.pk)


def view_of(view_id: int, user: User) -> SavedView | None:
    """One view that this person sees; None when it is not theirs to see."""
    return _seen(user.pk).filter(pk=view_id).first()


def _seen(user: Any) -> QuerySet[SavedView]:
    theirs = Membership.objects.filter(user_id=user).values("department")
    seen = Q(owner=user) | Q(department__in=theirs)
    return SavedView.objects.filter(seen, removed_at=None).select_related("department", "owner")


def _own_first(user: Any) -> QuerySet[SavedView]:
    theirs = ExpressionWrapper(Q(owner=user), BooleanField())
    return _seen(user).order_by(theirs.desc(), "name", "pk")[:MOST_SHOWN]


_views_of = Compiled(_own_first)
