"""The steps of registrations, as the signed heads cover them: what a destruction by the calendar leaves of them."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from parvis.apps.cases.services.signed_logs import SignedLog
from parvis.apps.directory.models import Town
from parvis.apps.leisure.models import Registration, RegistrationEvent
from parvis.apps.retention.models import Certificate
from parvis.apps.retention.services import log
from parvis.apps.retention.services.destroying import mark
from parvis.lib.row_seals import seal

STEPS, RULE = "steps", "leisure.registrations"


def _rows() -> "QuerySet[Any, Any]":
    rows = RegistrationEvent.objects.annotate(written=Coalesce("recorded_at", "at")).order_by("written", "pk")
    return rows.values_list("written", "pk", "registration_id", "what", "at", "channel", "by_id", "words", "line_hash")


def _line(row: tuple[Any, ...]) -> str:
    _written, *values, line_hash = row
    return str(line_hash or seal("step", *values))


STEPS_LOG = SignedLog("the steps of registrations", _rows, _line)


@transaction.atomic
def destroy_registrations(*, registration_ids: Collection[int]) -> None:
    """Destroys registrations that no invoice names. Of each step stay its kind, its moment and the hash of the rest, so
    that the heads that cover it still hold.
    """
    ids = set(Registration.objects.filter(pk__in=registration_ids, invoice_line=None).values_list("pk", flat=True))
    steps = list(RegistrationEvent.objects.filter(registration__in=ids))
    for step in steps:
        step.line_hash = seal(
            "step", step.pk, step.registration_id, step.what, step.at, step.channel, step.by_id, step.words
        )
        step.destroyed, step.registration, step.by, step.words = step.registration_id, None, None, ""
    RegistrationEvent.objects.bulk_update(steps, ["line_hash", "destroyed", "registration", "by", "words"], 500)
    Registration.objects.filter(pk__in=ids).delete()


def check_steps() -> Iterator[tuple[str, str]]:
    """The steps without their registration though no destruction says so, and the converse: (name, problem)."""
    detached = RegistrationEvent.objects.filter(registration=None).order_by("pk").values_list("pk", "destroyed")
    known = _Destroyed() if detached else None
    for pk, registration_id in detached.iterator(chunk_size=2000):
        if known is None or registration_id is None or registration_id not in known:
            yield f"step of a registration number {pk}", "it was removed, and no destruction says so"
    for pk in RegistrationEvent.objects.exclude(line_hash="").exclude(registration=None).values_list("pk", flat=True):
        yield f"step of a registration number {pk}", "it was altered"


class _Destroyed:
    """The registrations that were destroyed by the calendar, as the log outside the database or a certificate says."""

    def __init__(self) -> None:
        lines, _others = log.read(Town.objects.values_list("slug", flat=True).first() or "")
        told = [line.values for line in lines if line.what == "destroyed" and line.values.get("rule") == RULE]
        self._ids = {number for values in told for number in values.get("ids", ())}
        contents = Certificate.objects.values_list("content", flat=True)
        rules = [rule for content in contents for rule in content["rules"] if rule["slug"] == RULE]
        self._marks = {each for rule in rules for each in rule["marks"]}

    def __contains__(self, registration_id: int) -> bool:
        return registration_id in self._ids or mark(RULE, registration_id) in self._marks
