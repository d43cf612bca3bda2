"""What a household may keep without having paid it, and who may pay at the counter what was chosen on line.

Whoever takes a place counts within the transaction that takes it, its household locked, so that places asked for at
the same moment are not each counted without the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice
from parvis.apps.billing.queries.balances import balances_of, has_provider
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import people_who_may, working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.households.models import Household
from parvis.apps.households.queries import was_seen
from parvis.apps.leisure.models import Group, Registration, Season
from parvis.apps.leisure.queries.bounds import is_unusual, registers_for, unpaid_at
from parvis.apps.leisure.rules.bounds import just_opened
from parvis.apps.leisure.services.refusals import NotAtCounter, TooManyUnpaid
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.residents.models import Account
from parvis.lib import clock, quebec

AT_COUNTER = timedelta(days=5)
SHARE_RENDERER = "parvis.apps.leisure.letters.unusual_share"
LAST_MINUTE = time(23, 59)


@dataclass(frozen=True)
class Room:
    """What taking places leaves a household: its unpaid places of the group then, and whether the rule is set aside."""

    in_group: int
    set_aside: bool


def speakers_of(household: Household, account: Account | None) -> dict[int, int]:
    """The households whose unpaid places are counted together for an account, each with who it is there, by id.

    Whoever counts locks these people when there are several; none without an account.
    """
    speakers = registers_for(account) if account else {}
    return speakers if set(speakers) - {household.pk} else {}


def require_room(
    *,
    household: Household,
    account: Account | None,
    others: Iterable[int],
    group: Group,
    more: int,
    by: User | None,
    set_aside: bool = False,
) -> Room:
    """Raises TooManyUnpaid when a locked household, or the account that asks and also registers for these others, would
    have more unpaid places than the town allows. The staff may set that aside.
    """
    found = _unpaid({household.pk, *others})
    mine = [group_id for home, group_id in found if home == household.pk]
    most, most_of_account = settings.PARVIS_UNPAID_HOUSEHOLD, settings.PARVIS_UNPAID_ACCOUNT
    room = Room(mine.count(group.pk) + more, set_aside=set_aside and by is not None)
    if len(mine) + more > most:
        if not room.set_aside:
            raise TooManyUnpaid(_too_many_words(len(mine), most, by))
    elif account and len(found) + more > most_of_account:
        if not room.set_aside:
            raise TooManyUnpaid(_too_many_words(len(found), most_of_account, by))
    else:
        return Room(room.in_group, set_aside=False)
    return room


def _unpaid(household_ids: Iterable[int]) -> list[tuple[int, int]]:
    """The household and the group of each unpaid place of these households. What was paid and is not confirmed yet, the
    time of a job, counts no more.
    """
    rows = Registration.objects.filter(unpaid_at(clock.now()), household__in=set(household_ids))
    found = list(rows.values_list("household", "group", "invoice_line__invoice"))
    billed = {invoice for _home, _group, invoice in found if invoice}
    owed = balances_of(Invoice.objects.filter(pk__in=billed)) if billed else {}
    return [(home, group) for home, group, invoice in found if invoice is None or owed[invoice] > 0]


def _too_many_words(unpaid: int, most: int, by: User | None) -> str:
    values = {"unpaid": unpaid, "most": most}
    if by is not None:
        words = ngettext(
            "They have %(unpaid)s place that is not paid: with these, it would be more than %(most)s.",
            "They have %(unpaid)s places that are not paid: with these, it would be more than %(most)s.",
            unpaid,
        )
        onward = _("Have them pay first, or set this rule aside with a reason.")
    else:
        words = ngettext(
            "You have %(unpaid)s place that is not paid: with these, it would be more than %(most)s.",
            "You have %(unpaid)s places that are not paid: with these, it would be more than %(most)s.",
            unpaid,
        )
        onward = _("Pay for what you have chosen, then take the others. Is your household larger? Call us.")
    return f"{words % values} {onward}"


def tell_unusual_share(*, household: Household, group: Group, unpaid: int) -> None:
    """Tells who manages leisure, once, when a household keeps so many unpaid places of a group."""
    if not is_unusual(unpaid, group.capacity):
        return
    for manager in people_who_may(Action.MANAGE_LEISURE):
        if manager.email:
            key = f"leisure-share/{group.pk}/{household.pk}/{manager.pk}"
            args = [group.pk, household.pk, unpaid]
            queue_letter(key=key, to=manager.email, language=manager.language, renderer=SHARE_RENDERER, args=args)


def require_counter(*, household: Household, seasons: Iterable[Season]) -> None:
    """Raises NotAtCounter, with the reason, when a basket made on line is not paid at the counter now."""
    if why := why_not_at_counter(household, seasons):
        raise NotAtCounter(why)


def why_not_at_counter(household: Household, seasons: Iterable[Season]) -> str:
    """Why a household does not choose, on line, to pay at the counter now, in the active language; "" when it may.

    Without a payment on line it always may: there is no other way.
    """
    if not has_provider():
        return ""
    if not was_seen(household):
        return _("On line, one pays by card until the counter has seen you once, with a document that has your photo.")
    openings = [moment for one in seasons for moment in (one.residents_open_at, one.everyone_opens_at)]
    until = just_opened(openings, clock.now(), hours=settings.PARVIS_COUNTER_AFTER_HOURS)
    if until is None:
        return ""
    moment = quebec.moment(until, get_language() or "fr", timezone.get_current_timezone(), year=False)
    words = _("Registration just opened: on line, one pays by card until %(moment)s.") % {"moment": moment}
    return quebec.without_double_stop(words)


def counter_until(household: Household, *, by: User | None) -> datetime:
    """Until when places billed now wait for their payment at the counter: five days; a household that the counter never
    saw, and that chose on line, has until the end of a working day to come, as the town's settings say.
    """
    if by is not None or was_seen(household):
        return clock.now() + AT_COUNTER
    day = working_calendar().add_working_days(clock.today(), settings.PARVIS_COUNTER_UNSEEN_DAYS)
    return timezone.make_aware(datetime.combine(day, LAST_MINUTE))
