"""Opens the request that a program sends, once, with its photos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.cases.services import NewCase
from parvis.apps.catalogue.models import Channel, Subject
from parvis.apps.directory.models import Actor, ApiKey
from parvis.apps.files.models import Attachment
from parvis.apps.files.services import MAX_PHOTOS, keep_photos
from parvis.apps.idempotency.services import SentOtherwise, claim
from parvis.apps.intake.channels import Arrival
from parvis.apps.intake.services import open_request
from parvis.apps.intake.services.alerts import alert_danger
from parvis.apps.matching import queries as matching
from parvis.apps.open311.models import Submission
from parvis.apps.open311.queries import submitted
from parvis.apps.open311.rules.identity import case_keys
from parvis.apps.residents.services import Newcomer
from parvis.lib.clock import now
from parvis.lib.database.rows import insert
from parvis.lib.errors import Invalid
from parvis.lib.jobs import enqueue, job

FETCH_MEDIA = job("parvis.apps.open311.tasks.fetch_media")
WEIGH_DANGER = job("parvis.apps.open311.tasks.weigh_danger", urgent=True)


class WrongMedia(Invalid):
    """A file sent with the request is not a photo that can be kept; `busy` when it may be a moment later."""

    def __init__(self, message: str, *, busy: bool) -> None:
        super().__init__(message)
        self.busy = busy


@dataclass(frozen=True)
class Report:
    """A request as a program sends it, validated; `place` is empty for a subject that has none."""

    service: Subject
    words: str = ""
    details: Mapping[str, str] | None = None
    place: Place = Place()
    newcomer: Newcomer | None = None
    reach: str = ""
    language: str = "fr"
    media_url: str = ""
    media: Sequence["File[bytes]"] = ()


@dataclass(frozen=True)
class Submitted:
    """The case opened, or found again when the same was sent twice."""

    case: Case
    created: bool


def submit_request(*, api_key: ApiKey, report: Report, fingerprint: str, chosen_key: str = "") -> Submitted:
    """Opens the case of a report once, for `chosen_key` (Idempotency-Key), else for its content within ten minutes.

    Photos are kept first, outside the transaction. The picture behind `media_url` is fetched later, by a job; its URL
    stays in the words of the case whatever becomes of it. Another job looks for a danger. Raises WrongMedia,
    SentOtherwise, and what `intake.services.open_request` raises; nothing is saved then.
    """
    keys = case_keys(api_key.prefix, chosen_key, fingerprint, now())
    by, key = Actor.program(api_key.name), keys[0]
    sent = {"scope": f"open311:{api_key.pk}", "key": key, "fingerprint": fingerprint} if chosen_key else None
    if earlier := submitted(keys):
        return _again(earlier, sent)
    photos = _kept(report.media, api_key)
    words = "\n\n".join(filter(None, [report.words.strip(), _media_words(report.media_url)]))
    arrival = Arrival(channel=Channel.OPEN311, key=key, by=by, language=report.language, text=words)
    with transaction.atomic():
        opened = open_request(
            arrival, _new_case(report, key, words, photos), newcomer=report.newcomer, reach=report.reach
        )
        if not opened.created:  # by the same, sent at once
            return _again(opened.case, sent)
        if sent:
            claim(**sent)
        media = Submission.Media.WAITING if report.media_url else Submission.Media.NONE
        submission = Submission(api_key=api_key, case=opened.case, media=media, at=opened.case.opened_at)
        insert(submission)
        if report.media_url:
            enqueue(FETCH_MEDIA, submission.pk, report.media_url)
        if words:
            enqueue(WEIGH_DANGER, submission.pk)
    return Submitted(opened.case, True)


@transaction.atomic
def weigh_danger(*, submission_id: int) -> None:
    """Alerts the desk when the words of a request tell of a danger, plainly or in passing; once. The alert leads to the
    request, and does not repeat its words.
    """
    submission = Submission.objects.select_related("case").get(pk=submission_id)
    words, key = submission.case.words, f"open311-danger-{submission.pk}"
    if matching.suggest(words, lang=None, limit=1).danger:
        told = matching.plain_danger(words) is not None
        alert_danger(key=key, words="", case=submission.case, told=told)


def _again(earlier: Case, sent: dict[str, str] | None) -> Submitted:
    try:
        if sent:
            claim(**sent)
    except SentOtherwise as refused:
        text = _("This Idempotency-Key was already sent with another content, which is request %(reference)s.")
        raise SentOtherwise(text % {"reference": earlier.reference}) from refused
    return Submitted(earlier, False)


def _kept(uploads: Sequence["File[bytes]"], api_key: ApiKey) -> list[Attachment]:
    if len(uploads) > MAX_PHOTOS:
        raise WrongMedia(_("Ten photos at most: send fewer files."), busy=False)
    kept = keep_photos(uploads, by=Actor.program(api_key.name))
    if kept.refused:
        refusal = kept.refused[0]
        text = _("%(name)s: %(why)s") % {"name": refusal.name, "why": refusal.why}
        raise WrongMedia(text, busy=refusal.busy)
    return kept.photos


def _media_words(url: str) -> str:
    return _("Picture sent by its address: %(url)s") % {"url": url} if url else ""


def _new_case(report: Report, key: str, words: str, photos: Sequence[Attachment]) -> NewCase:
    place = report.place
    return NewCase(
        key=key,
        subject=report.service,
        nature=report.service.nature,
        channel=Channel.OPEN311,
        language=report.language,
        words=words,
        details=report.details,
        address=place.address,
        place_text="" if place.address else place.text,
        near_metres=place.near_metres,
        point=place.point,
        near=place.near,
        photos=photos,
    )
