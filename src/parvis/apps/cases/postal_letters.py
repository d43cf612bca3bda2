"""The letters on paper: those to print, those posted lately, and their words."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import translation

from parvis.apps.cases.incident_letters import news
from parvis.apps.cases.language_choice import entry_language
from parvis.apps.cases.letters import RENDERERS
from parvis.apps.cases.models import Entry, PaperLetter
from parvis.apps.mail.letter import Letter
from parvis.apps.residents.models import Person
from parvis.lib import postal


def to_print(limit: int) -> list[PaperLetter]:
    """The letters not posted yet, the oldest first, with their cases; those whose words were erased by law left out."""
    waiting = _unerased().filter(posted_at=None)
    return list(waiting.order_by("asked_at", "pk")[:limit])


def posted_lately(limit: int) -> list[PaperLetter]:
    """The letters posted last, the latest first, with who posted them."""
    posted = _whole().filter(posted_at__isnull=False).select_related("posted_by")
    return list(posted.order_by("-posted_at", "-pk")[:limit])


def by_ids(ids: Sequence[int]) -> list[PaperLetter]:
    """These letters, posted or not, in the order in which they were asked for; erased ones left out."""
    return list(_unerased().filter(pk__in=ids).order_by("asked_at", "pk"))


def words_of(letter: PaperLetter) -> Letter:
    """What the letter says, in its language: what the e-mail of the same entry, or of the same news, would say."""
    with translation.override(language_of(letter)):
        if letter.entry is None:
            return news(letter.telling_id or 0)
        return RENDERERS[Entry.Kind(letter.entry.kind)](letter.entry.pk)


def language_of(letter: PaperLetter) -> str:
    """The language of what it tells: that of the entry, or of the news as this follower reads it."""
    if letter.entry is not None:
        return entry_language(letter.entry)
    telling = letter.telling
    return telling.update.language_for(telling.report.language) if telling else "fr"


def last_line_of(letter: PaperLetter, municipality: str) -> str:
    """What ends the address: the municipality, QC and the postal code; "" where the person wrote them themselves."""
    return "" if postal.is_whole(letter.address) else postal.last_line(municipality, _postal_code_of(letter))


def person_of(letter: PaperLetter) -> Person | None:
    """Whose letter it is: the file that is kept for them."""
    person = letter.case.person if letter.case else letter.telling.report.person if letter.telling else None
    return person.canonical if person else None


def _postal_code_of(letter: PaperLetter) -> str:
    """The postal code of the address that the letter bears; "" when it is not known, or the person moved since."""
    person = person_of(letter)
    address = person.address if person else None
    return address.postal if address and address.label == letter.address else ""


def _unerased() -> QuerySet[PaperLetter]:
    return _whole().filter(Q(entry=None) | ~Q(entry__salt=""))


def _whole() -> QuerySet[PaperLetter]:
    return PaperLetter.objects.select_related(
        *("entry__case__subject", "entry__case__department", "entry__case__person__merged_into"),
        *("telling__update__incident__notice", "telling__report__person__merged_into"),
    )
