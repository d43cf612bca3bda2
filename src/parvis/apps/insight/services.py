"""A trial of Parvis: its days, and the weeks of its baseline, counted then frozen."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import forget
from parvis.apps.insight.figures import count
from parvis.apps.insight.models import Week
from parvis.apps.insight.weeks import Span, spans
from parvis.lib.clock import now, today
from parvis.lib.errors import Conflict, Invalid, NotFound

SETTLED = timedelta(days=2)  # after its end, before a week is frozen: what was noted on paper has been entered


@transaction.atomic
def start_trial(*, until: date) -> Town:
    """The trial begins today, or the one that runs goes on until that day, counted. Invalid when the day is past."""
    here = _town()
    if until < today():
        raise Invalid(_("The last day of the trial must be to come."), {"until": _("This day is past.")})
    if not _runs(here):
        here.trial_since = today()
    here.trial_until = until
    here.save(update_fields=["trial_since", "trial_until"])
    transaction.on_commit(forget)
    return here


@transaction.atomic
def stop_trial() -> Town:
    """The trial ends today; what was counted stays. Conflict when none runs."""
    here = _town()
    if not _runs(here):
        raise Conflict(_("No trial runs."))
    here.trial_until = today()
    here.save(update_fields=["trial_until"])
    transaction.on_commit(forget)
    return here


def keep_baseline() -> int:
    """Counts again each week of the trial that is not frozen, freezes those that are over; returns how many it counted.

    A frozen week is never touched. Runs every hour, and may be run at any time.
    """
    here = Town.objects.order_by("pk").first()
    if here is None or here.trial_since is None or here.trial_until is None:
        return 0
    frozen = set(Week.objects.exclude(frozen_at=None).values_list("monday", flat=True))
    wanted = [span for span in spans(here.trial_since, min(here.trial_until, today())) if span.monday not in frozen]
    for span in wanted:
        _keep(span)
    left = Week.objects.filter(frozen_at=None, last_day__lte=today() - SETTLED)  # of a trial before this one
    left.exclude(monday__in=[span.monday for span in wanted]).update(frozen_at=now())
    return len(wanted)


def _keep(span: Span) -> None:
    """Counts the week from its first day of any trial: one begun anew in the same week takes no day away."""
    moment = now()
    begun = Week.objects.filter(monday=span.monday).values_list("first_day", flat=True).first()
    first = min(begun or span.first, span.first)
    figures = count(first, span.last).as_json()
    over = today() >= span.last + SETTLED
    with transaction.atomic():
        row = Week.objects.select_for_update().filter(monday=span.monday).first() or Week(monday=span.monday)
        if row.frozen_at is not None:
            return
        row.first_day, row.last_day, row.figures, row.counted_at = first, span.last, figures, moment
        row.frozen_at = moment if over else None
        row.save()


def _town() -> Town:
    here = Town.objects.select_for_update().order_by("pk").first()
    if here is None:
        raise NotFound(_("No town is loaded yet."))
    return here


def _runs(here: Town) -> bool:
    return here.trial_until is not None and here.trial_until >= today()
