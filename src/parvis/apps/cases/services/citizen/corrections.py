"""The citizen corrects their request while nobody has begun: its words, place, answers, photos, and for whom it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.models.location_text import place_words
from parvis.apps.cases.queries.citizens.citizen_cases import may_correct
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.indexing import index
from parvis.apps.cases.services.journal import EntryDraft, write_entry
from parvis.apps.cases.services.opening.new_cases import NewCase, Plan, plan
from parvis.apps.cases.services.transitions import lock_case, refuse_role
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.i18n.languages import clean
from parvis.lib.words import one_line

ASKED = ("words", "details", "place_text", "near_metres", "latitude", "longitude", "on_behalf_of")
LONGEST_NAME = 160


@dataclass(frozen=True)
class Correction:
    """The request as its citizen wants it now: all of it, and the photos to add."""

    words: str
    place: Place
    details: Mapping[str, str]
    on_behalf_of: str = ""
    photos: Sequence[Attachment] = ()


@transaction.atomic
def correct(*, case_id: int, correction: Correction, by: Actor) -> Case:
    """Corrects a request that nobody has begun; the earlier words stay in the journal, and the due date as promised.

    Another department receives it when the town's rules say so of what it says now. The same correction twice is one.
    Raises Conflict once someone of the staff has begun, Invalid as `plan`, field `on_behalf_of` when it is too long.
    """
    case = lock_case(case_id)
    refuse_role(case, Transition.CORRECT, by)
    if not may_correct(case):
        raise Conflict(_("Someone has begun to handle this request: it can no longer be corrected. Write to them."))
    if len(one_line(correction.on_behalf_of)) > LONGEST_NAME:
        raise Invalid.in_field("on_behalf_of", _("Keep it under %(n)d characters.") % {"n": LONGEST_NAME})
    planned = plan(_as_new(case, correction), by=by)
    before = {name: getattr(case, name) for name in (*ASKED, "address_id")}
    place_before = case.full_place
    _set(case, correction, planned)
    after = {name: getattr(case, name) for name in (*ASKED, "address_id")}
    photos = _not_sent_yet(case, correction.photos)
    if before == after and not photos:
        return case
    with translation.override(clean(case.language)):
        body = "\n".join(_changes(case, before, place_before))
    changes, data = _rerouted(case, planned)
    if before["address_id"] != after["address_id"]:
        changes["address_id"] = after["address_id"]
    line = EntryDraft(Entry.Kind.CORRECTED, by=by, by_citizen=True, body=body, data=data, photos=photos)
    beside = (*ASKED, "why_here_fr", "why_here_en") if data else ASKED
    write_entry(case, line, beside=beside, **changes)
    index(case, case.person)
    return case


def _as_new(case: Case, correction: Correction) -> NewCase:
    place = correction.place
    return NewCase(
        key="",
        subject=case.subject,
        nature=case.nature,
        channel=case.channel,
        audience=case.audience,
        words=correction.words,
        details=correction.details,
        address=place.address,
        place_text="" if place.address else place.text,
        near_metres=place.near_metres,
        point=place.point,
        near=place.near,
    )


def _set(case: Case, correction: Correction, planned: Plan) -> None:
    place = correction.place
    case.words, case.details = correction.words.strip(), planned.details
    case.address_id = place.address.pk if place.address else None
    case.place_text = "" if place.address else place.text.strip()
    case.near_metres = None if place.address else place.near_metres
    case.latitude, case.longitude = place.point or (None, None)
    case.on_behalf_of = one_line(correction.on_behalf_of)


def _not_sent_yet(case: Case, photos: Sequence[Attachment]) -> list[Attachment]:
    """Those of the photos that no entry holds: a form sent twice adds them once."""
    known = set(case.entries.filter(files__attachment__in=photos).values_list("files__attachment", flat=True))
    return [photo for photo in photos if photo.pk not in known]


def _changes(case: Case, before: Mapping[str, Any], place_before: str) -> list[str]:
    """What changed, a line each, for the citizen and the staff: the new words, else the value now and before."""
    lines = [case.words] if case.words and case.words != before["words"] else []
    if case.full_place != place_before or case.address_id != before["address_id"]:
        lines.append(_changed(_("Place"), case.full_place, place_before))
    elif (case.latitude, case.longitude) != (before["latitude"], before["longitude"]):
        lines.append(_changed(_("Place"), place_words(case.near_metres, case.place_text), place_before))
    lang = clean(case.language)
    answers = {row["key"]: row for row in before["details"]}
    for row in case.details:
        was = answers.pop(row["key"], None)
        if was is None or was["value"] != row["value"]:
            lines.append(_changed(row[f"label_{lang}"], _shown(row, lang), _shown(was, lang)))
    lines += [_changed(row[f"label_{lang}"], "", _shown(row, lang)) for row in answers.values()]
    if case.on_behalf_of != before["on_behalf_of"]:
        lines.append(_changed(_("On behalf of"), case.on_behalf_of, before["on_behalf_of"]))
    return lines


def _shown(row: Mapping[str, str] | None, lang: str) -> str:
    return str(row[f"shown_{lang}"]) if row else ""


def _changed(label: str, new: str, old: str) -> str:
    values = {"label": label, "new": new or "-", "old": old or "-"}
    return _("%(label)s: %(new)s (before: %(old)s)") % values


def _rerouted(case: Case, planned: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes and the data of an entry that sends the request elsewhere; empty when it stays where it is."""
    route = planned.route
    external = route.external_body.pk if route.external_body else None
    changes: dict[str, Any] = {}
    if route.urgent and not case.urgent:
        changes["urgent"] = True
    if (route.department.pk, external) == (case.department_id, case.external_body_id):
        return changes, {}
    data = {"from": case.department.slug, "to": route.department.slug, "rule": route.rule_name}
    case.why_here_fr, case.why_here_en = route.why_fr, route.why_en
    owner = planned.given.user.pk if planned.given.user else None
    changes |= {"department_id": route.department.pk, "external_body_id": external, "owner_id": owner}
    return changes, data | ({"assigned": planned.given.why} if planned.given.why else {})
