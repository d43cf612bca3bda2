"""Someone says "me too" about an open request: they follow it under a number of their own."""

from dataclasses import replace

from django.db import transaction
from django.db.models import Q

from parvis.apps.cases.models import Case
from parvis.apps.intake.services.requests import NewRequest, open_request


@transaction.atomic
def follow_along(request: NewRequest, *, into: int) -> Case | None:
    """Opens a request merged into the open request `into`, once per `request.key`, as `open_request` does.

    None, with nothing written, when someone with that e-mail address follows it already: the surface says the same
    thing in both cases, as whoever types an address must not learn what its owner follows.
    """
    Case.objects.select_for_update().filter(pk=into).first()  # two sendings at once would both find nobody
    sent_before = Case.objects.filter(key=request.key).first()
    email = request.newcomer.email if request.newcomer else ""
    if sent_before is None and email and _follows(into, email):
        return None
    return sent_before or open_request(replace(request, into=into, follows=True)).case


def _follows(case_id: int, email: str) -> bool:
    typed = email.strip()
    at = Q(person__email__iexact=typed) | Q(person__merged_into__email__iexact=typed)
    return Case.objects.filter(Q(pk=case_id) | Q(merged_into=case_id), at, quiet_at=None).exists()
