"""Staff absences and their delegates."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Absence, User
from parvis.apps.directory.queries import manages
from parvis.apps.directory.rules.permissions import Action
from parvis.lib import quebec
from parvis.lib.clock import today
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid, NotAllowed, type_text

LONGEST = timedelta(days=730)
SHOWN = 300


def absences() -> list[Absence]:
    """Current and future absences, the nearest first, with their users and delegates. Two queries."""
    rows = Absence.objects.filter(last_day__gte=today(), user__is_active=True)
    rows = rows.select_related("user", "delegate").prefetch_related("user__memberships")
    return list(rows.order_by("first_day", "user__last_name", "user__first_name", "pk")[:SHOWN])


def may_say(by: User, user: User) -> bool:
    """Whether `by` may record absences of `user`: their own, or for a manager those of the people they manage."""
    return by.may(Action.SAY_ABSENCE) and (by.pk == user.pk or manages(by, user))


@transaction.atomic
def say_absence(
    *, user: User, first_day: date, last_day: date, delegate: User | None, by: User, even_away: bool = False
) -> Absence:
    """Records an absence, both days included, during which new work goes to `delegate`.

    Repeating the same days updates the delegate. Raises NotAllowed, and Invalid (first_day, last_day, delegate,
    even_away): the delegate must share a department with the user and, unless `even_away`, someone in the delegation
    chain must be present every day.
    """
    _refuse(by, user)
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    others = Absence.objects.filter(user=user, first_day__lte=last_day, last_day__gte=first_day)
    existing = others.filter(first_day=first_day, last_day=last_day).first()
    wrong: dict[str, type_text] = {}
    if last_day < max(first_day, today()):
        wrong["last_day"] = _("Choose a last day to come, not before the first one.")
    elif last_day - first_day > LONGEST:
        wrong["last_day"] = _("Two years at most.")
    elif existing is None and others.exists():
        wrong["first_day"] = _("Another absence is said for some of these days.")
    if delegate is not None and not _may_replace(delegate, user):
        wrong["delegate"] = _("Choose a colleague of one of their departments: nothing could go to this person.")
    elif delegate is not None and not wrong and not even_away:
        wrong |= _away_too(delegate, user, first_day, last_day)
    if wrong:
        raise Invalid(_("Something is to be mended."), wrong)
    if existing is not None:
        existing.delegate = delegate
        existing.save(update_fields=["delegate"])
        return existing
    return Absence.objects.create(user=user, first_day=first_day, last_day=last_day, delegate=delegate)


def _may_replace(delegate: User, user: User) -> bool:
    shared = user.memberships.values("department")
    return delegate.pk != user.pk and delegate.is_active and delegate.memberships.filter(department__in=shared).exists()


def _away_too(delegate: User, user: User, first_day: date, last_day: date) -> dict[str, type_text]:
    """A form error naming the days without anyone present in the delegation chain; {} when there are none."""
    first = max(first_day, today())
    days = [first + timedelta(days=n) for n in range((last_day - first).days + 1)]
    rows = Absence.objects.filter(first_day__lte=last_day, last_day__gte=first_day).exclude(user=user)
    away: dict[int, list[Absence]] = {}
    for row in rows.order_by("first_day", "pk"):
        away.setdefault(row.user_id, []).append(row)
    uncovered = [day for day in days if not _is_covered(delegate.pk, day, away, {user.pk})]
    if not uncovered:
        return {}
    text = _("%(name)s is away too: %(days)s. Choose someone else, or keep this replacement all the same.")
    lang = get_language() or "fr"
    periods = quebec.join([quebec.period(first, last, lang) for first, last in _spans(uncovered)], lang)
    return {"even_away": text % {"name": delegate.display_name, "days": periods}}


def _is_covered(delegate_id: int | None, day: date, away: dict[int, list[Absence]], seen: set[int]) -> bool:
    """Whether the delegation chain leads to someone present that day, as in `queries.stand_in`."""
    while delegate_id is not None and delegate_id not in seen:
        seen = {*seen, delegate_id}
        absences = (row for row in away.get(delegate_id, ()) if row.first_day <= day <= row.last_day)
        absence = next(absences, None)
        if absence is None:
            return True
        delegate_id = absence.delegate_id
    return False


def _spans(days: list[date]) -> list[tuple[date, date]]:
    """The (first, last) of each run of consecutive days."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


@transaction.atomic
def end_absence(*, absence_id: int, by: User) -> User:
    """Ends a current absence yesterday or deletes a future one; returns the user. Raises NotFound, NotAllowed."""
    rows = Absence.objects.select_related("user").filter(pk=absence_id, last_day__gte=today())
    absence = locked_row(rows, _("There is no such absence any more."))
    _refuse(by, absence.user)
    if absence.first_day < today():
        absence.last_day = today() - timedelta(days=1)
        absence.save(update_fields=["last_day"])
    else:
        absence.delete()
    return absence.user


def _refuse(by: User, user: User) -> None:
    if not may_say(by, user):
        raise NotAllowed(_("Only the person, or who manages the staff, says when they are away."))
