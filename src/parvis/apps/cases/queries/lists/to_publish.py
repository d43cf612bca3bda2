"""The requests of public subjects whose words or photos nobody has looked at yet for the public."""

from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from parvis.apps.cases.models import Case, EntryFile, PublicPhoto
from parvis.apps.cases.queries.public_cases import public_cases
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import departments_on
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.clock import now

LATELY = timedelta(days=90)  # older ones leave the list
PAGE = 40
MOST_COUNTED = 200  # a longer list is said to be longer, and no more is read of it


def to_publish(user: User) -> QuerySet[Case]:
    """The cases that this user may publish and that wait for it, with `photo_count`.

    One waits when it has words or photos and nobody decided anything of it, or when a photo came since and was not
    published.
    """
    files = EntryFile.objects.filter(entry__case=OuterRef("pk"), attachment__content_type__startswith="image/")
    decided = PublicPhoto.objects.filter(original=OuterRef("attachment"), withdrawn_at=None)
    later = files.filter(entry__at__gt=OuterRef("publication__changed_at")).exclude(Exists(decided))
    untouched = Q(publication=None) & (~Q(words="") | Exists(files))
    rows = public_cases().filter(_scope(user), opened_at__gt=now() - LATELY)
    return rows.filter(untouched | Exists(later))


def page_to_publish(user: User, *, after: int = 0) -> list[Case]:
    """A page of them, newest first, before the id `after`, each with `photo_count`; one row more tells of others."""
    rows = to_publish(user).filter(pk__lt=after) if after else to_publish(user)
    pictures = Q(entries__files__attachment__content_type__startswith="image/")
    return list(rows.annotate(photo_count=Count("entries__files", filter=pictures)).order_by("-pk")[: PAGE + 1])


def how_many(user: User) -> str:
    """How many wait: "12", or "200+" above MOST_COUNTED."""
    return _counted(to_publish(user))


def beside(user: User, case: Case) -> tuple[str, str, str]:
    """The references of the one before and the one after a case in that list ("" at an end), and `how_many` wait."""
    rows = to_publish(user)
    before = rows.filter(pk__gt=case.pk).order_by("pk").values_list("reference", flat=True).first()
    after = rows.filter(pk__lt=case.pk).order_by("-pk").values_list("reference", flat=True).first()
    return before or "", after or "", _counted(rows)


def _counted(rows: QuerySet[Case]) -> str:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def _scope(user: User) -> Q:
    """`access.may_publish` as a filter."""
    if user.may_everywhere(Action.PUBLISH_CASE):
        return Q()
    return Q(department__in=departments_on(user, Action.PUBLISH_CASE))
