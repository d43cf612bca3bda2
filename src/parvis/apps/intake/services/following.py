"""Someone says "me too" about an open request: they follow it under a number of their own."""

from django.db import transaction
from django.db.models import Q

from parvis.apps.cases import services as cases
from parvis.apps.cases.models import Case
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.services.requests import open_request
from parvis.apps.residents.services import Newcomer


@transaction.atomic
def follow_along(
    arrival: Arrival, new_case: cases.NewCase, *, newcomer: Newcomer, reach: str, into: int
) -> Case | None:
    """Opens a request merged into the open request `into`, once per `arrival.key`, as `open_request` does.

    None, with nothing written, when someone with that e-mail address follows it already: the surface says the same
    thing in both cases, as whoever types an address must not learn what its owner follows.
    """
    Case.objects.select_for_update().filter(pk=into).first()  # two sendings at once would both find nobody
    sent_before = Case.objects.filter(key=arrival.key).first()
    if sent_before is None and newcomer.email and _follows(into, newcomer.email):
        return None
    return sent_before or open_request(arrival, new_case, newcomer=newcomer, reach=reach, into=into).case


def _follows(case_id: int, email: str) -> bool:
    typed = email.strip()
    at = Q(person__email__iexact=typed) | Q(person__merged_into__email__iexact=typed)
    return Case.objects.filter(Q(pk=case_id) | Q(merged_into=case_id), at, quiet_at=None).exists()
