"""Opens the request that a program sends, once, with its photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.opening.new_cases import Opened, already_opened
from parvis.apps.catalogue.models import Channel
from parvis.apps.directory.models import Actor, ApiKey
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import MAX_PHOTOS, keep_photos
from parvis.apps.idempotency.services import SentOtherwise, claim, sent_before
from parvis.apps.intake.services.alerts import alert_danger
from parvis.apps.intake.services.requests import NewRequest, open_request
from parvis.apps.matching.queries import suggesting
from parvis.apps.open311.models import Submission
from parvis.apps.open311.queries.server.requests import submitted
from parvis.apps.open311.rules.server.identity import case_keys
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
class SubmittedRequest:
    """A request as a program sends it, without its key, and its pictures: an address, and files."""

    request: NewRequest
    media_url: str = ""
    media: Sequence["File[bytes]"] = ()


def submit_request(*, api_key: ApiKey, report: SubmittedRequest, fingerprint: str, chosen_key: str = "") -> Opened:
    """Opens the case of a report once, for `chosen_key` (Idempotency-Key), else for its content within ten minutes.

    Photos are kept first, outside the transaction. The picture behind `media_url` is fetched later, by a job; its URL
    stays in the words of the case whatever becomes of it. Another job looks for a danger. Raises WrongMedia,
    SentOtherwise, and what `intake.services.requests.open_request` raises; nothing is saved then.
    """
    keys = case_keys(api_key.prefix, chosen_key, fingerprint, now())
    sent = {"scope": f"open311:{api_key.pk}", "key": keys[0], "fingerprint": fingerprint} if chosen_key else None
    if earlier := submitted(keys):
        return _again(earlier, sent)
    photos, by = _kept(report.media, api_key), Actor.program(api_key.name)
    words = "\n\n".join(filter(None, [report.request.words.strip(), _media_words(report.media_url)]))
    request = replace(report.request, key=keys[0], channel=Channel.OPEN311, by=by, words=words, photos=photos)
    with transaction.atomic():
        opened = open_request(request)
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
    return opened


@transaction.atomic
def weigh_danger(*, submission_id: int) -> None:
    """Alerts the desk when the words of a request tell of a danger, plainly or in passing; once. The alert leads to the
    request, and does not repeat its words.
    """
    submission = Submission.objects.select_related("case").get(pk=submission_id)
    words, key = submission.case.words, f"open311-danger-{submission.pk}"
    if suggesting.suggest(words, lang=None, limit=1).danger:
        told = suggesting.plain_danger(words) is not None
        alert_danger(key=key, words="", case=submission.case, told=told)


def _again(earlier: Case, sent: dict[str, str] | None) -> Opened:
    try:
        if sent:
            sent_before(**sent)
    except SentOtherwise as refused:
        text = _("This Idempotency-Key was already sent with another content, which is request %(reference)s.")
        raise SentOtherwise(text % {"reference": earlier.reference}) from refused
    return already_opened(earlier)


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
