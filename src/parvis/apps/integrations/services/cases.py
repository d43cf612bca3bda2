"""Cases opened and moved by a program."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.citizen import citizen
from parvis.apps.directory.models import Actor, ApiKey
from parvis.apps.files.models import Attachment
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.models import Contact
from parvis.apps.intake.services.contacts import receive
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.integrations.models import OpenedCase
from parvis.apps.integrations.queries.sight import sight_of
from parvis.apps.residents.services.people import Newcomer, register_from_public_form
from parvis.lib.errors import NotAllowed


@transaction.atomic
def open_with_key(*, api_key: ApiKey, request: NewRequest) -> Case:
    """Opens a case for a program, once per `request.key`, through the single way in. Raises as `open_request`."""
    opened = open_request(replace(request, by=Actor.program(api_key.name)))
    OpenedCase.objects.get_or_create(case=opened.case, defaults={"api_key": api_key})
    return opened.case


@transaction.atomic
def say(*, api_key: ApiKey, case: Case, words: str, photos: Sequence[Attachment] = ()) -> Case:
    """Adds the words of the citizen, brought by a program. Raises NotAllowed, and as `cases.reply`."""
    _refuse_stranger(api_key, case)
    return citizen.reply(
        case_id=case.pk, words=words, by=Actor.program(api_key.name), channel=case.channel, photos=photos
    )


@transaction.atomic
def withdraw(*, api_key: ApiKey, case: Case, words: str = "") -> Case:
    """Withdraws a case at the citizen's wish, brought by a program. Raises NotAllowed, and as `cases.withdraw`."""
    _refuse_stranger(api_key, case)
    return citizen.withdraw(case_id=case.pk, words=words, by=Actor.program(api_key.name))


@transaction.atomic
def receive_with_key(*, api_key: ApiKey, arrival: Arrival, newcomer: Newcomer | None) -> Contact:
    """Takes in a contact that a program brings, once per `arrival.key`; it waits at the desk. Raises Invalid."""
    person = register_from_public_form(newcomer) if newcomer else None
    return receive(replace(arrival, by=Actor.program(api_key.name), person=person))


def _refuse_stranger(api_key: ApiKey, case: Case) -> None:
    """A program speaks for the citizen in the cases it opened; in any, when it may see the persons."""
    if sight_of(api_key).persons or OpenedCase.objects.filter(case=case, api_key=api_key).exists():
        return
    raise NotAllowed(_("This key did not open this request: it may not speak in it without persons:read."))
