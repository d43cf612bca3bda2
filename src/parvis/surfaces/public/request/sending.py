"""What a valid request form becomes: a place, warnings to read first, a request opened or kept."""

from collections.abc import Mapping
from typing import Any

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.request_place import Place, place_of
from parvis.apps.cases.services.opening.new_cases import Opened
from parvis.apps.catalogue.models import Nature
from parvis.apps.intake.queries.contacts import matter_by_key
from parvis.apps.intake.queries.held_requests import held_by_key
from parvis.apps.intake.services.held_requests import hold_request
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.residents.services.people import Newcomer
from parvis.surfaces.public.request import screen
from parvis.surfaces.public.request.forms import ME, RequestForm
from parvis.surfaces.public.request.photos import Photos


def place_in(values: Mapping[str, Any]) -> Place:
    """The place of a form's cleaned values; four queries at most."""
    return place_of(values.get("address"), str(values.get("place") or ""), values.get("pin"))


def already_opened(form: RequestForm, key: str) -> Case | None:
    """The request opened under this key with the same words. Only the words are compared: going back in a browser
    restores most of what was typed, not all of it.
    """
    matter = matter_by_key(f"web-{key}")
    same = matter and matter.case and matter.case.words == form.spoken
    return matter.case if matter and same else None


def already_held(form: RequestForm, key: str) -> bool:
    """Whether this sending, with the same words, is kept for someone to look at."""
    held = held_by_key(f"web-{key}")
    return held is not None and held.contact.text == form.spoken


def warnings_of(form: RequestForm, place: Place, photos: Photos) -> set[str]:
    """What must be shown once before sending: a danger, open requests nearby, a place that may be in another town,
    the location read from a photo.
    """
    warnings = set()
    values = form.cleaned_data
    if screen.danger_in(str(values.get("words") or "")):
        warnings.add("danger")
    if values.get("nature", Nature.REQUEST) == Nature.REQUEST:
        warnings |= {nearby.mark for nearby in screen.nearby_requests(form.chosen, place, form.site_code)}
    if photos.place and not place.point and "pin" in form.fields:
        warnings.add("photo")
    if screen.perhaps_elsewhere(place):
        warnings.add("elsewhere")
    return warnings


def open_from(form: RequestForm, key: str, place: Place, photos: Photos) -> Opened:
    """Opens the request of a valid form, once per key. Raises Refused."""
    return open_request(_request_of(form, key, place, photos))


def hold_from(form: RequestForm, key: str, place: Place, photos: Photos) -> None:
    """Keeps the request of a valid form for someone to look at, once per key. Raises Refused."""
    hold_request(_request_of(form, key, place, photos))


def _request_of(form: RequestForm, key: str, place: Place, photos: Photos) -> NewRequest:
    """The request of a valid form; without a person when they stay anonymous."""
    values = form.cleaned_data
    common = {"language": values["language"], "audience": values["audience"]}
    common["english_ground"] = str(values.get("ground") or "") if values["language"] == "en" else ""
    typed = {name: values[name] for name in ("name", "phone", "email", "reach")}
    return NewRequest(
        key=f"web-{key}",
        subject=form.about,
        nature=values["nature"],
        words=values["words"],
        details=form.details,
        place=place,
        photos=photos.attachments,
        site_code=form.site_code,
        newcomer=Newcomer(**typed, **common) if values["who"] == ME else None,
        **common,
    )
