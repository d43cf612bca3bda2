"""The ready phrases that a town gives to begin with, brought into the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from parvis.directory.models import Department
from parvis.lib.clock import now
from parvis.lib.sync import Tally
from parvis.workspace.models import Snippet


@dataclass(frozen=True)
class PhraseData:
    """A phrase in French and in English, of a department, or of the whole house when it names none."""

    name: str
    words: tuple[str, str]
    department: str


def load_phrases(*, phrases: Sequence[PhraseData]) -> Tally:
    """Puts in the phrases that never were there: those that people changed or put away stay as they made them."""
    there = set(Snippet.objects.filter(owner=None).values_list("name", flat=True))
    rooms = dict(Department.objects.values_list("slug", "pk"))
    new = [
        Snippet(
            name=one.name,
            words_fr=one.words[0],
            words_en=one.words[1],
            department_id=rooms[one.department] if one.department else None,
            changed_at=now(),
        )
        for one in phrases
        if one.name not in there
    ]
    Snippet.objects.bulk_create(new)
    return Tally(created=len(new))
