"""Calls taken during an outage: request numbers are reserved beforehand, and each call is entered once afterwards."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.opening.new_cases import Opened, already_opened
from parvis.apps.cases.services.opening.numbers import next_numbers
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.intake.models import Reservation
from parvis.apps.intake.queries.access import refuse_unless_agent
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.lib.clock import now
from parvis.lib.errors import Invalid
from parvis.lib.ids import make_reference, parse_reference

HELD = 30  # unused numbers per browser
KEY = "late:"
OLDEST = timedelta(days=31)
SKEW = timedelta(minutes=5)
LONGEST_CALL = 4 * 3600  # seconds; anything longer means that the page was left open


@transaction.atomic
def reserve_references(*, browser: str, by: User) -> list[str]:
    """Tops up a browser to HELD unused numbers of this year, and returns them, oldest first.

    A number is never given to anyone else, used or not. Raises NotAllowed without the role to answer contacts.
    """
    refuse_unless_agent(by)
    year = working_calendar().local(now()).year
    rows = Reservation.objects.filter(browser=browser, case=None, reference__startswith=f"{year % 100:02d}-")
    references = list(rows.order_by("pk").values_list("reference", flat=True))
    if len(references) < HELD:
        drawn = [make_reference(year, number) for number in next_numbers(year, HELD - len(references))]
        moment = now()
        Reservation.objects.bulk_create(
            [Reservation(reference=reference, browser=browser, agent=by, reserved_at=moment) for reference in drawn]
        )
        references += drawn
    return references


def enter_late_call(*, call: NewRequest, by: User) -> Opened:
    """Opens the request of a call taken during an outage, dated `at` then, under the `reference` given to the caller.

    The same number again returns the same case, `created` False; with other words it is Invalid (words), so that text
    edited after a lost reply is not dropped silently. The promise runs from the call; the journal records when it was
    entered. Raises NotAllowed, Invalid (reference, taken_at) and what `open_request` raises.
    """
    refuse_unless_agent(by)
    reference = str(parse_reference(call.reference) or "")
    if call.at is None or not now() - OLDEST < call.at < now() + SKEW:
        text = _("Say when the call was taken: within the last month, and not later than now.")
        raise Invalid(text, {"taken_at": text})
    at, seconds = min(call.at, now()), max(0, min(call.seconds or 0, LONGEST_CALL))
    key, actor = f"{KEY}{reference}", Actor.staff(by)
    request = replace(call, key=key, by=actor, reference=reference, at=at, seconds=seconds)
    with transaction.atomic():
        reservation = Reservation.objects.select_for_update().filter(reference=reference).first()
        if reservation is None:
            raise Invalid.in_field("reference", _("This number was not put aside for a call."))
        if reservation.case_id:
            return _entered_before(reservation.case_id, request.words)
        opened = open_request(request)
        reservation.case, reservation.used_at = opened.case, now()
        reservation.save(update_fields=["case", "used_at"])
    return opened


def _entered_before(case_id: int, words: str) -> Opened:
    case = Case.objects.select_related("subject", "department").get(pk=case_id)
    if case.words != words.strip():
        text = _("Request %(reference)s was entered already, in other words. Add there what is new here, then give up.")
        raise Invalid(text % {"reference": case.reference}, {"words": _("These words were not added to it.")})
    return already_opened(case)
