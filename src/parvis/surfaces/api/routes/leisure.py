"""Leisure: what may be joined, and the households and registrations that a program makes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_noop
from ninja import Router, Status
from ninja.params.functions import Path

from parvis.apps.directory.models import ApiKey
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.households.models import Assurance, Household, Individual
from parvis.apps.households.services.households import make_for_program
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries import catalogue
from parvis.apps.leisure.queries.registrations import of_program, steps_of_rows, views_of_registrations
from parvis.apps.leisure.services.registering import cancel_registration, hold_places
from parvis.lib import clock
from parvis.lib.errors import Invalid, or_not_found, type_text
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import ApiRequest, anyone, needs, write_once

router = Router()
FRESH_SECONDS = 3
APART = "."  # between the identifiers of those who were registered at once
Name = Path(max_length=1_000)


@router.get(
    "/leisure/groups",
    **anyone(),
    response={200: schemas.GroupsOut, **schemas.errors(400, 401, 429)},
    summary=gettext_noop("List the groups of leisure"),
    description=gettext_noop(
        "Those of every published season, with the places left at `at`, when it opens for residents and for everyone, "
        "and the price of a resident in cents before taxes."
    ),
)
def list_groups(request: HttpRequest, response: HttpResponse) -> Any:
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    at = clock.now()
    return {"at": at, "results": [_group(view) for view in catalogue.current_groups()]}


@router.post(
    "/households",
    **needs(Scope.REGISTRATIONS_WRITE, once=True),
    response={201: schemas.HouseholdOut, **schemas.errors(400, 401, 403, 415, 422, 429)},
    summary=gettext_noop("Make a household"),
    description=gettext_noop(
        "The identifiers of its people come in the order in which they were sent. Only this key reaches it. That it "
        "lives in the town is to be proved, except in a demonstration."
    ),
)
def make_household(request: ApiRequest, body: schemas.HouseholdIn) -> Any:
    def work(key: str) -> tuple[int, dict[str, Any]]:
        people = [(person.name, person.born) for person in body.people]
        household = make_for_program(api_key=request.auth, people=people, resident=body.resident)
        ids = Individual.objects.filter(links__household=household).order_by("pk").values_list("public_id", flat=True)
        return 201, {"id": household.public_id, "people": list(ids)}

    return write_once(request, work)


@router.post(
    "/registrations",
    **needs(Scope.REGISTRATIONS_WRITE, once=True),
    response={201: schemas.RegistrationOut, **schemas.errors(400, 401, 403, 404, 409, 415, 422, 429)},
    summary=gettext_noop("Register in a group"),
    description=gettext_noop(
        "Holds a place for each participant until `expires_at`, or puts them on the waiting list. Together: all, or "
        "none. A refusal says why: not-open with `opens_at`, full, or what is wrong by participant."
    ),
)
def register(request: ApiRequest, body: schemas.RegistrationIn) -> Any:
    def work(key: str) -> tuple[int, dict[str, Any]]:
        household, individuals = _participants(request.auth, body.participants)
        view = or_not_found(catalogue.group_by_slug(body.group), gettext("The programme has no such group."))
        rows = hold_places(
            household=household,
            group=view.group,
            individuals=individuals,
            together=body.together,
            wait=body.wait,
            channel=Channel.PROGRAM,
            assurance=Assurance.PROVED_ADDRESS,
        )
        return 201, _summary(rows)

    return write_once(request, work)


@router.get(
    "/registrations/{registration_id}",
    **needs(Scope.REGISTRATIONS_WRITE),
    response={200: schemas.RegistrationWholeOut, **schemas.errors(401, 403, 404, 422, 429)},
    summary=gettext_noop("Read a registration"),
    description=gettext_noop("Its state at this moment, and each of its steps with its time to the millisecond."),
)
def read_registration(request: ApiRequest, registration_id: str = Name) -> Any:
    rows = _found(request.auth, registration_id)
    steps = [
        {"at": _time(step.at), "what": step.what, "channel": step.channel}
        | {"participant": step.registration.individual.public_id}
        for step in steps_of_rows(rows)
        if step.registration
    ]
    return _summary(rows) | {"events": steps}


@router.api_operation(
    ["DELETE"],
    "/registrations/{registration_id}",
    **needs(Scope.REGISTRATIONS_WRITE),
    response={204: None, **schemas.errors(401, 403, 404, 409, 422, 429)},
    summary=gettext_noop("Give a place back"),
    description=gettext_noop("Ends it, or leaves the waiting list. Given back already, it changes nothing."),
)
def give_back(request: ApiRequest, registration_id: str = Name) -> Any:
    for row in _found(request.auth, registration_id):
        cancel_registration(registration=row, channel=Channel.PROGRAM)
    return Status(204, None)


def _participants(api_key: ApiKey, public_ids: Sequence[str]) -> tuple[Household, list[Individual]]:
    """The household that this key made, and its people of these identifiers. Raises Invalid, by identifier."""
    rows = Individual.objects.filter(public_id__in=public_ids, links__household__made_by_key=api_key)
    known = {row.public_id: row for row in rows}
    unknown: dict[str, type_text] = {
        each: gettext("This key made nobody with this identifier.") for each in public_ids if each not in known
    }
    if unknown:
        raise Invalid(gettext("Someone cannot join this group."), unknown)
    individuals = [known[each] for each in public_ids]
    household = Household.objects.filter(made_by_key=api_key, links__individual=individuals[0]).get()
    return household, individuals


def _found(api_key: ApiKey, registration_id: str) -> list[Registration]:
    """The registrations of an identifier, all of households that this key made. Raises NotFound."""
    ids = registration_id.split(APART)
    rows = of_program(api_key, ids)
    missing = len(rows) != len(set(ids))
    return or_not_found(None if missing else rows, gettext("This key made no such registration."))


def _summary(rows: Sequence[Registration]) -> dict[str, Any]:
    """What is said of registrations made at once: that they wait, as soon as one does."""
    views = views_of_registrations(rows)
    waiting = next((view for view in views if view.state == Registration.State.WAITING), None)
    first = waiting or views[0]
    ends = first.state in (Registration.State.HELD, Registration.State.OFFERED)
    until = first.registration.until
    return {
        "id": APART.join(row.public_id for row in rows),
        "state": str(first.state),
        "expires_at": _time(until) if ends and until else None,
        "rank": first.rank,
    }


def _group(view: catalogue.GroupView) -> dict[str, Any]:
    return {
        "slug": view.slug,
        "name": str(view.activity),
        "capacity": view.capacity,
        "left": view.left,
        "opens": {"resident": view.opens_resident, "everyone": view.opens_everyone},
        "price_cents": view.price_cents,
        "ages": {"min": view.min_age, "max": view.max_age},
        "waiting": view.waiting,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
