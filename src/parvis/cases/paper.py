"""The letters on paper: those to print, those posted lately, and their words."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import translation

from parvis.cases.letters import RENDERERS
from parvis.cases.models import Entry, PaperLetter
from parvis.mail.letter import Letter


def to_print(limit: int) -> list[PaperLetter]:
    """The letters not posted yet, the oldest first, with their cases; those whose words were erased by law left out."""
    waiting = _whole().filter(posted_at=None).exclude(entry__salt="")
    return list(waiting.order_by("asked_at", "pk")[:limit])


def posted_lately(limit: int) -> list[PaperLetter]:
    """The letters posted last, the latest first, with who posted them."""
    posted = _whole().filter(posted_at__isnull=False).select_related("posted_by")
    return list(posted.order_by("-posted_at", "-pk")[:limit])


def by_ids(ids: Sequence[int]) -> list[PaperLetter]:
    """These letters, posted or not, in the order in which they were asked for; erased ones left out."""
    return list(_whole().filter(pk__in=ids).exclude(entry__salt="").order_by("asked_at", "pk"))


def words_of(letter: PaperLetter) -> Letter:
    """What the letter says, in the language of its case: what the e-mail of the same entry would say."""
    with translation.override(letter.entry.case.language):
        return RENDERERS[Entry.Kind(letter.entry.kind)](letter.entry_id)


def _whole() -> QuerySet[PaperLetter]:
    return PaperLetter.objects.select_related("entry__case__subject", "entry__case__department", "entry__case__person")
