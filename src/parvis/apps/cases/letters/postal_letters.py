"""Paper letters: those to print, those posted lately, and their content."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.module_loading import import_string

from parvis.apps.cases.letters.cases import renderer_of
from parvis.apps.cases.letters.incident_letters import news
from parvis.apps.cases.models import PaperLetter
from parvis.apps.cases.queries.language_choice import entry_language
from parvis.apps.catalogue.queries.restrictions import closed_to
from parvis.apps.directory.models import User
from parvis.apps.mail.letters import Letter
from parvis.apps.residents.models import Person
from parvis.lib import postal


def to_print(user: User, limit: int) -> list[PaperLetter]:
    """The letters not posted yet that the user may open, oldest first, with their cases.

    Those whose words were erased by law are left out.
    """
    return list(_unerased().filter(openable(user), posted_at=None).order_by("asked_at", "pk")[:limit])


def posted_lately(user: User, limit: int) -> list[PaperLetter]:
    """The letters posted last that the user may open, latest first, with who posted them."""
    posted = _with_related().filter(openable(user), posted_at__isnull=False).select_related("posted_by")
    return list(posted.order_by("-posted_at", "-pk")[:limit])


def by_ids(ids: Sequence[int], user: User) -> list[PaperLetter]:
    """Those of these letters that the user may open, posted or not, oldest first; erased ones left out."""
    return list(_unerased().filter(openable(user), pk__in=ids).order_by("asked_at", "pk"))


def words_of(letter: PaperLetter) -> Letter:
    """The content of the letter, in its language: the same as the e-mail of its entry or incident update."""
    with translation.override(language_of(letter)):
        if letter.entry is None:
            return news(letter.telling_id or 0)
        content: Letter = import_string(renderer_of(letter.entry.kind))(letter.entry.pk)
        return content


def language_of(letter: PaperLetter) -> str:
    """The language of the letter: that of its entry, or of the incident update for this follower."""
    if letter.entry is not None:
        return entry_language(letter.entry)
    telling = letter.telling
    return telling.update.language_for(telling.report.language) if telling else "fr"


def last_line_of(letter: PaperLetter, municipality: str) -> str:
    """The last line of the address: municipality, QC and postal code; "" when the person's own address has them."""
    return "" if postal.is_whole(letter.address) else postal.last_line(municipality, _postal_code_of(letter))


def person_of(letter: PaperLetter) -> Person | None:
    """The recipient's canonical file."""
    person = letter.case.person if letter.case else letter.telling.report.person if letter.telling else None
    return person.canonical if person else None


def _postal_code_of(letter: PaperLetter) -> str:
    """The postal code of the letter's address; "" when unknown, or when the person moved since."""
    person = person_of(letter)
    address = person.address if person else None
    return address.postal if address and address.label == letter.address else ""


def openable(user: User) -> Q:
    """All but the letters of a restricted request that the user's posts do not open."""
    closed = closed_to(user)
    return Q(entry=None) | ~Q(entry__case__subject__in=sorted(closed)) if closed else Q()


def _unerased() -> QuerySet[PaperLetter]:
    return _with_related().filter(Q(entry=None) | ~Q(entry__salt=""))


def _with_related() -> QuerySet[PaperLetter]:
    return PaperLetter.objects.select_related(
        *("entry__case__subject", "entry__case__department", "entry__case__person__merged_into"),
        *("telling__update__incident__notice", "telling__report__person__merged_into"),
    )
