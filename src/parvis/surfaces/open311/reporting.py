"""Reads a request sent by a program: its service, place, answers, person and pictures."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.request_place import Place, place_of
from parvis.apps.catalogue.models import Question, Subject
from parvis.apps.catalogue.queries.subjects import routable
from parvis.apps.directory.queries import language_without_ground, town
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.open311.rules.server.identity import fingerprint
from parvis.apps.open311.services.server.submitting import SubmittedRequest
from parvis.apps.places.models import Address
from parvis.apps.places.queries import addresses, neighbours
from parvis.apps.places.queries.plan import plan
from parvis.apps.places.rules.shapes import Point
from parvis.apps.residents.services.people import Newcomer
from parvis.lib.words import number, one_line
from parvis.surfaces.open311.errors import Failure
from parvis.surfaces.open311.filtering import read_number
from parvis.surfaces.open311.gate import Asked

LONGEST_DESCRIPTION, LONGEST_URL, LONGEST_PLACE, LONGEST_ANSWER = 4_000, 2_000, 200, 4_000
MOST_ATTRIBUTES = 100


def read_service(asked: Asked) -> Subject:
    """The service asked for. Failure: 400 when it is missing, 404 when it is unknown."""
    code = asked.text("service_code")
    if not code:
        raise Failure(_("service_code is missing: choose one of those of /services."), reason="service-missing")
    subject = routable(code)
    if subject is None:
        text = _("service_code is unknown: %(code)s. Choose one of those of /services.") % {"code": code[:80]}
        raise Failure(text, status=404, reason="service-unknown")
    return subject


def read_report(asked: Asked) -> SubmittedRequest:
    """The report of a POST, validated except for what `submit_request` validates; every error at once."""
    subject, problems = read_service(asked), list[str]()
    place = _tried(problems, lambda: _place(asked, subject)) or Place()
    details, others = _answers(asked, subject, problems)
    description = asked.text("description")
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(_("description is too long: 4,000 characters at most."))
    media_url = _tried(problems, lambda: _media_url(asked)) or ""
    if problems:
        raise Failure(problems, reason="incomplete")
    language = language_without_ground(get_language())
    request = NewRequest(
        key="",
        subject=subject,
        words="\n\n".join(filter(None, [description, "\n".join(others)])),
        details=details,
        place=place,
        newcomer=_newcomer(asked, language),
        language=language,
    )
    return SubmittedRequest(request, media_url, _files(asked))


def fingerprint_of(asked: Asked) -> str:
    """The identity of what was sent."""
    contents = []
    for upload in _files(asked):
        upload.seek(0)
        contents.append(upload.read())
        upload.seek(0)
    return fingerprint(dict(asked.values.lists()), contents)


def _tried(problems: list[str], read: Any) -> Any:
    try:
        return read()
    except Failure as failure:
        problems += failure.descriptions
        return None


def _files(asked: Asked) -> list[UploadedFile[bytes]]:
    return [upload for _name, uploads in asked.request.FILES.lists() for upload in uploads if upload.name]


def _place(asked: Asked, subject: Subject) -> Place:
    """The place, required by the specification whatever the service; not kept for a subject that has none."""
    point, address = _point(asked), _address(asked)
    words = one_line(asked.text("address_string"))
    if not (point or address or words):
        raise Failure(_("A location is missing: send lat and long, or address_string, or address_id."))
    if len(words) > LONGEST_PLACE:
        raise Failure(_("address_string is too long: 200 characters at most."))
    address = address or (addresses.exact(words) if words and not neighbours.neighbour_named(words) else None)
    _refuse_elsewhere(asked, point, address)
    if subject.place == Subject.Place.NONE:
        return Place()
    return place_of(address, "" if address else words, point)


def _point(asked: Asked) -> Point | None:
    north, east = asked.text("lat"), asked.text("long")
    if not north and not east:
        return None
    if not (north and east):
        raise Failure(_("lat and long go together: one of them is missing."))
    point = round(read_number("lat", north, -90, 90), 6), round(read_number("long", east, -180, 180), 6)
    if not plan().holds(point):
        text = _("This place is not in the town of %(town)s: check lat and long, or send address_string.")
        other = neighbours.neighbour_at(point)
        told = f" {neighbours.how_to_tell(other)}" if other else ""
        raise Failure(text % {"town": town().short_name} + told)
    return point


def _address(asked: Asked) -> Address | None:
    text = asked.text("address_id")
    if not text:
        return None
    address = addresses.by_id(pk) if (pk := number(text)) else None
    if address is None:
        raise Failure(_("address_id is unknown: %(id)s.") % {"id": text[:40]})
    return address


def _refuse_elsewhere(asked: Asked, point: Point | None, address: Address | None) -> None:
    """Refuses a place that is known to be in another jurisdiction."""
    if not asked.sectors or not (point or address):
        return
    known = {sector.slug for sector in addresses.sectors_at(address, point).values() if sector}
    if known and known.isdisjoint(asked.sectors):
        name = asked.jurisdiction.name if asked.jurisdiction else ""
        text = _("This place is not in the jurisdiction %(name)s: send it to the one where it is.") % {"name": name}
        raise Failure(text)


def _answers(asked: Asked, subject: Subject, problems: list[str]) -> tuple[dict[str, str], list[str]]:
    """The answers by question, and those to questions that the town does not ask (any more), which join the words."""
    questions = {question.key: question for question in subject.questions.all()}
    details: dict[str, str] = {}
    others: list[str] = []
    sent = list(_attributes(asked))
    if len(sent) > MOST_ATTRIBUTES:
        problems.append(_("At most 100 attributes."))
        return details, others
    for code, values in sent:
        question, text = questions.get(code), ", ".join(values)
        if len(text) > LONGEST_ANSWER:
            problems.append(_("attribute[%(code)s] is too long: 4,000 characters at most.") % {"code": code[:80]})
        elif question is None:
            others.append(f"{one_line(code)[:80]} : {text}")
        elif len(values) > 1:
            problems.append(_("attribute[%(code)s]: only one answer.") % {"code": code})
        else:
            details[code] = _as_day(text) if question.kind == Question.Kind.DATE else text
    missing = [code for code, question in questions.items() if question.required and not details.get(code)]
    problems += [_("attribute[%(code)s] is required: %(label)s") % _named(questions[code]) for code in missing]
    return details, others


def _named(question: Question) -> dict[str, str]:
    return {"code": question.key, "label": question.label}


def _attributes(asked: Asked) -> Iterator[tuple[str, list[str]]]:
    for name, texts in asked.values.lists():
        if name.startswith("attribute[") and "]" in name:
            yield name[len("attribute[") :].partition("]")[0], [str(text).strip() for text in texts]


def _as_day(text: str) -> str:
    """The day of a moment, as a question about a date wants it; anything else unchanged."""
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        return text


def _media_url(asked: Asked) -> str:
    url = asked.text("media_url")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > LONGEST_URL or url != one_line(url):
        raise Failure(_("media_url must be the http or https address of a picture, 2,000 characters at most."))
    return url


def _newcomer(asked: Asked, language: str) -> Newcomer | None:
    email, phone = asked.text("email"), asked.text("phone")
    name = " ".join(filter(None, [asked.text("first_name"), asked.text("last_name")])) or email or phone
    return Newcomer(name=name, phone=phone, email=email, language=language) if name else None
