"""A request changed on the device after it had already arrived, its answer lost: it leads to its first receipt."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.http import QueryDict
from django.urls import reverse

from parvis.apps.cases.models import Case
from parvis.apps.intake.queries.contacts import matter_by_key
from parvis.apps.intake.queries.held_requests import held_by_key
from parvis.surfaces.public.forms import LONGEST

KEPT_SALT = "parvis.request.kept"
MOST_ATTEMPTS = 12
CHANGED = "modifie"
"""In the address of a receipt: what was changed since may be missing from the request, and the page says so."""


@dataclass(frozen=True)
class First:
    """What the request became when it first arrived: a case, or the key under which it is kept to be looked at."""

    case: Case | None
    held: str = ""

    @property
    def receipt(self) -> str:
        """The address of its receipt, which says that what was changed since may be missing."""
        if self.case:
            return f"{reverse('public:request_received', args=[self.case.secret])}?{CHANGED}"
        return f"{reverse('public:request_kept', args=[kept_token(self.held)])}?{CHANGED}"


def first_of(sent: QueryDict, key: str) -> First | None:
    """What became of the waiting request that this form replaces (`outbox-mends`, the key made on the device), when it
    had arrived; None when it had not, or when this form replaces none.

    It arrived under the key of the device, or under `key`, the one issued with its page, with the words of one of its
    attempts (`outbox-was`, once for each): the same page may have served for another request before.
    """
    mends = uuid_of(sent.get("outbox-mends", ""))
    if mends is None:
        return None
    if (matter := matter_by_key(f"web-{mends}")) and matter.case:
        return First(matter.case)
    if held_by_key(f"web-{mends}"):
        return First(None, mends)
    attempts = [words.split() for words in attempts_of(sent)]
    if not key or not attempts:
        return None
    if (matter := matter_by_key(f"web-{key}")) and matter.case and matter.case.words.split() in attempts:
        return First(matter.case)
    held = held_by_key(f"web-{key}")
    return First(None, key) if held and held.contact.text.split() in attempts else None


def attempts_of(sent: QueryDict) -> list[str]:
    """The words of each attempt to send the request that this form replaces, the first one and the last ones."""
    words = [text[:LONGEST] for each in sent.getlist("outbox-was") if (text := each.strip())]
    return words if len(words) <= MOST_ATTEMPTS else [words[0], *words[1 - MOST_ATTEMPTS :]]


def uuid_of(text: str) -> str | None:
    """A key made on a device, in the form in which it is kept; None for anything else."""
    try:
        return UUID(text).hex
    except ValueError:
        return None


def kept_token(key: str) -> str:
    """What leads to the page of a request kept to be looked at; it gives access to nothing else."""
    return signing.dumps(key, salt=KEPT_SALT)
