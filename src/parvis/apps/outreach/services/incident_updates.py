"""What the followers of a message's incident are told, and what the band of every page says of it."""

from datetime import timedelta

from django.utils import timezone

from parvis.apps.cases.models import Update
from parvis.apps.cases.services.incidents.incident_news import clear_news, send_update
from parvis.apps.directory.models import User
from parvis.apps.outreach.channels.base import Reason
from parvis.apps.outreach.models import Approval, Message
from parvis.apps.outreach.queries.messages import release_of
from parvis.apps.outreach.rules.content import Content
from parvis.lib.clock import now

LOOKED_FOR = timedelta(days=7)  # a service that was stopped so long still clears what it should have
LONGEST = 2000  # what an update of an incident holds
BEGINS = {
    Reason.LIFTED: ("Levé : %s", "Lifted: %s"),
    Reason.WITHDRAWN: ("Retiré : %s", "Withdrawn: %s"),
}


def tell_published(message: Message, content: Content) -> None:
    """Sends the first words as an update of the incident, in the caller's transaction, in the name of who approved."""
    approval = message.approvals.filter(verdict=Approval.Verdict.APPROVED).last()
    if approval:
        _send(message, f"outreach-{message.pk}", _words(content), approval.by)


def tell_corrected(message: Message, before: Content, content: Content, by: User) -> None:
    """Sends the corrected words as another update, in the caller's transaction; nothing when the words are the same."""
    words = _words(content)
    if words != _words(before):
        _send(message, f"outreach-{message.pk}-r{message.revision}", words, by)


def tell_ended(message: Message, reason: Reason, by: User | None) -> None:
    """Says that it is lifted or withdrawn, in the caller's transaction; what expired is no longer shown beside the
    incident, unless a later update is.
    """
    release = release_of(message)
    if release is None or message.incident is None or message.drill:
        return
    if reason in BEGINS and by is not None:
        begins = BEGINS[reason]
        words = [begin % text for begin, text in zip(begins, _words(release.words), strict=True)]
        if not release.words.has("en"):
            words[1] = begins[0] % _words(release.words)[0]
        _send(message, _end_key(message), (words[0][:LONGEST], words[1][:LONGEST]), by)
    else:
        words_fr, words_en = _words(release.words)
        clear_news(incident_id=message.incident.pk, words_fr=words_fr, words_en=words_en)


def clear_past_ends() -> int:
    """Stops showing that a message was lifted or withdrawn beside its incident, once that day is over in the town;
    returns how many lines left. A later update of the incident stays.
    """
    today = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    over = Message.objects.filter(ended_at__lt=today, ended_at__gte=today - LOOKED_FOR, drill=False)
    over = over.filter(incident__ended_at=None, incident__notice__news_at__lt=today)
    cleared = 0
    for message in over.filter(state__in=(Message.State.ENDED, Message.State.WITHDRAWN)).order_by("pk"):
        said = Update.objects.filter(incident=message.incident_id, key=_end_key(message)).first()
        if said and message.incident_id:
            cleared += clear_news(incident_id=message.incident_id, words_fr=said.words_fr, words_en=said.words_en)
    return cleared


def _end_key(message: Message) -> str:
    return f"outreach-{message.pk}-end"


def _words(content: Content) -> tuple[str, str]:
    """The words in French and in English, the French ones for both when there is no English."""
    french, english = (f"{content.title('', lang)}. {content.text('', lang)}"[:LONGEST] for lang in ("fr", "en"))
    return french, english if content.has("en") else french


def _send(message: Message, key: str, words: tuple[str, str], by: User) -> None:
    incident = message.incident
    if incident is None or not incident.is_open or message.drill:
        return
    send_update(incident_id=incident.pk, key=key, words_fr=words[0], words_en=words[1], by=by, approved=True)
