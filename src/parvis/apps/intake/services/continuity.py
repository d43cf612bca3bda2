"""Calls taken while the service was down: their numbers put aside before, the calls entered after, each once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.models import Case
from parvis.apps.cases.numbers import next_numbers
from parvis.apps.directory.actors import Actor
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Reservation
from parvis.apps.intake.services.requests import open_request
from parvis.apps.residents.services import Newcomer
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed
from parvis.lib.ids import make_reference, parse_reference

HELD = 30
KEY = "late:"
OLDEST = timedelta(days=31)
SKEW = timedelta(minutes=5)
LONGEST_CALL = 4 * 3600  # seconds; beyond, the page was left open


@dataclass(frozen=True)
class LateCall:
    """A call as the browser kept it: the number told to the person, when it was taken, how long, what was asked."""

    reference: str
    taken_at: datetime
    seconds: int
    asked: cases.NewCase
    newcomer: Newcomer | None = None


@transaction.atomic
def reserve_references(*, browser: str, by: User) -> list[str]:
    """The numbers of this year that a browser holds unused, oldest first, after filling up to HELD of them.

    Nobody else is ever given one of them, used or not. NotAllowed for who does not answer contacts.
    """
    _refuse(by)
    year = working_calendar().local(now()).year
    rows = Reservation.objects.filter(browser=browser, case=None, reference__startswith=f"{year % 100:02d}-")
    held = list(rows.order_by("pk").values_list("reference", flat=True))
    if len(held) < HELD:
        drawn = [make_reference(year, number) for number in next_numbers(year, HELD - len(held))]
        moment = now()
        Reservation.objects.bulk_create(
            [Reservation(reference=item, browser=browser, agent=by, reserved_at=moment) for item in drawn]
        )
        held += drawn
    return held


def enter_late_call(*, call: LateCall, by: User) -> cases.Opened:
    """Opens the case of a call taken while the service was down, as of then, under the number that was told.

    The same number twice gives the same case, `created` False; with other words it is Invalid (words), so that what was
    mended after an answer was lost is not. The promise runs from the call; the journal says when it was entered. Raises
    Invalid (reference, taken_at) and what `open_request` raises.
    """
    _refuse(by)
    reference = str(parse_reference(call.reference) or "")
    if not now() - OLDEST < call.taken_at < now() + SKEW:
        text = _("Say when the call was taken: within the last month, and not later than now.")
        raise Invalid(text, {"taken_at": text})
    taken_at = min(call.taken_at, now())
    asked = replace(call.asked, reference=reference, asked_at=taken_at)
    arrival = Arrival(
        channel=asked.channel,
        key=f"{KEY}{reference}",
        by=Actor.staff(by),
        language=asked.language,
        audience=asked.audience,
        at=taken_at,
        seconds=max(0, min(call.seconds, LONGEST_CALL)),
    )
    with transaction.atomic():
        held = Reservation.objects.select_for_update().filter(reference=reference).first()
        if held is None:
            text = _("This number was not put aside for a call.")
            raise Invalid(text, {"reference": text})
        if held.case_id:
            return _entered_before(held.case_id, asked)
        opened = open_request(arrival, asked, newcomer=call.newcomer)
        held.case, held.used_at = opened.case, now()
        held.save(update_fields=["case", "used_at"])
    return opened


def _entered_before(case_id: int, new_case: cases.NewCase) -> cases.Opened:
    case = Case.objects.select_related("subject", "department").get(pk=case_id)
    if case.words != new_case.words.strip():
        text = _("Request %(reference)s was entered already, in other words. Add there what is new here, then give up.")
        raise Invalid(text % {"reference": case.reference}, {"words": _("These words were not added to it.")})
    return cases.found(case)


def _refuse(by: User) -> None:
    if not by.may(Action.TAKE_CONTACT):
        raise NotAllowed(_("Your role does not answer contacts."))
