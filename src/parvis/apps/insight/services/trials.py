"""The trial of Parvis: its period, and the weeks of its baseline, counted then frozen."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import forget
from parvis.apps.insight.models import Week
from parvis.apps.insight.queries.figures import count
from parvis.apps.insight.rules.weeks import Span, spans
from parvis.lib.clock import now, today
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid

SETTLED = timedelta(days=2)  # between the end of a week and its freezing, to enter paper notes


@transaction.atomic
def start_trial(*, until: date) -> Town:
    """Start a trial today, or extend the running one, until that day included. Raises Invalid for a past day."""
    town = _town()
    if until < today():
        raise Invalid(_("The last day of the trial must be to come."), {"until": _("This day is past.")})
    if not _runs(town):
        town.trial_since = today()
    town.trial_until = until
    town.save(update_fields=["trial_since", "trial_until"])
    transaction.on_commit(forget)
    return town


@transaction.atomic
def stop_trial() -> Town:
    """End the trial today; its figures are kept. Raises Conflict when none is running."""
    town = _town()
    if not _runs(town):
        raise Conflict(_("No trial runs."))
    town.trial_until = today()
    town.save(update_fields=["trial_until"])
    transaction.on_commit(forget)
    return town


def keep_baseline() -> int:
    """Recount each unfrozen week of the trial and freeze those that are over; returns the number counted.

    A frozen week is never touched. Runs every hour, and may run at any time.
    """
    town = Town.objects.order_by("pk").first()
    if town is None or town.trial_since is None or town.trial_until is None:
        return 0
    frozen = set(Week.objects.exclude(frozen_at=None).values_list("monday", flat=True))
    wanted = [span for span in spans(town.trial_since, min(town.trial_until, today())) if span.monday not in frozen]
    for span in wanted:
        _count_week(span)
    orphans = Week.objects.filter(frozen_at=None, last_day__lte=today() - SETTLED)  # of a previous trial
    orphans.exclude(monday__in=[span.monday for span in wanted]).update(frozen_at=now())
    return len(wanted)


def _count_week(span: Span) -> None:
    """Count the week from its first day of any trial: restarting in the same week removes no day."""
    moment = now()
    stored_first = Week.objects.filter(monday=span.monday).values_list("first_day", flat=True).first()
    first = min(stored_first or span.first, span.first)
    figures = count(first, span.last).as_json()
    frozen = today() >= span.last + SETTLED
    with transaction.atomic():
        row = Week.objects.select_for_update().filter(monday=span.monday).first() or Week(monday=span.monday)
        if row.frozen_at is not None:
            return
        row.first_day, row.last_day, row.figures, row.counted_at = first, span.last, figures, moment
        row.frozen_at = moment if frozen else None
        row.save()


def _town() -> Town:
    return locked_row(Town.objects.order_by("pk"), _("No town is loaded yet."))


def _runs(town: Town) -> bool:
    return town.trial_until is not None and town.trial_until >= today()
