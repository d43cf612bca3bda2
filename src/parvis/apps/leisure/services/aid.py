"""Financial aid: given to a household for a season by who manages leisure, changed, and ended."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import FinancialAid, Season
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.services import places
from parvis.lib import clock
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.words import one_line

WHOLE = 100
MOST_CENTS = 10_000_00
LONGEST_REASON = 300


@transaction.atomic
def give_aid(
    *, household: Household, season: Season, percent: int, most_cents: int, ends_on: date, reason: str, by: User
) -> FinancialAid:
    """Gives a household so many percent of what it will be billed in the season, up to `most_cents` in all, through
    `ends_on`. It takes the place of the aid that holds, if any; what was billed before stays as it is.

    The maximum counts what was given already. Raises Invalid (percent, most_cents, ends_on, reason), NotAllowed.
    """
    _refuse(by)
    wrong, reason = {}, one_line(reason)
    if not 1 <= percent <= WHOLE:
        wrong["percent"] = _("Choose a percentage from 1 to 100.")
    if not 0 < most_cents <= MOST_CENTS:
        wrong["most_cents"] = _("Write a maximum from 0.01 to 10,000 dollars.")
    if not clock.today() <= ends_on <= season.ends_on:
        wrong["ends_on"] = _("Choose a day from today to the end of the season.")
    if not reason or len(reason) > LONGEST_REASON:
        wrong["reason"] = _("Say why, in 300 characters at most.")
    if wrong:
        raise Invalid(_("The aid cannot be given yet."), wrong)
    places.lock_household(household)
    _end(household, season, by)
    return FinancialAid.objects.create(
        household=household,
        season=season,
        percent=percent,
        most_cents=most_cents,
        ends_on=ends_on,
        reason=reason,
        made_at=clock.now(),
        made_by=by,
    )


@transaction.atomic
def end_aid(*, household: Household, season: Season, by: User) -> None:
    """Ends the aid of a household in a season; what it took off what was billed stays. Twice is once.

    Raises NotAllowed.
    """
    _refuse(by)
    places.lock_household(household)
    _end(household, season, by)


def _end(household: Household, season: Season, by: User) -> None:
    held = FinancialAid.objects.filter(household=household, season=season, ended_at=None)
    held.update(ended_at=clock.now(), ended_by=by)


def _refuse(by: User) -> None:
    if not may(by, Deed.GIVE_AID):
        raise NotAllowed(_("Your role does not give financial aid."))
