"""What the page of a request shows before it is sent: where it goes, how long it takes, what must be said first."""

from dataclasses import dataclass
from secrets import token_urlsafe

from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases import due_status
from parvis.apps.cases.destinations import route_for
from parvis.apps.cases.models import Case
from parvis.apps.cases.request_place import Place
from parvis.apps.cases.resolution_times import Near, reported_nearby, resolution_times
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.promises import business_days
from parvis.apps.knowledge import queries as knowledge
from parvis.apps.knowledge.queries import Danger
from parvis.apps.places.finding import names_no_street
from parvis.apps.places.models import Sector
from parvis.lib.languages import clean
from parvis.lib.localized import localized

FOLLOW_SALT = "parvis.request.near"
SEEN_SALT = "parvis.request.seen"
FOLLOW_SECONDS = 90 * 86_400


def perhaps_elsewhere(place: Place) -> bool:
    """Whether words alone say the place, and name a street that the town does not have: a likelihood, since a street
    may be newer than its list. A query each half second at most.
    """
    said = bool(place.words) and place.address is None and place.point is None
    return said and names_no_street(place.words)


@dataclass(frozen=True)
class Ahead:
    """What will happen to a request: to whom it goes, what is promised, how long the last ones took, each in words."""

    department: str
    external_body: str
    promise: str
    past: str


def ahead(subject: Subject, place: Place, words: str, audience: str, nature: str) -> Ahead:
    """Said before sending; one query, at most five."""
    goes = route_for(subject, place.address or place.near, words, audience, nature, point=place.point)
    door = localized(goes.external_body, "name") if goes.external_body else ""
    department = localized(goes.department, "name")
    if nature == Nature.COMMENT:
        promise = _("Comments are read, counted and reported; no reply is promised.")
        return Ahead(department, door, promise, "")
    promise = _("Sent now, it is promised %(due)s.") % {"due": due_status.promise_preview(subject)}
    return Ahead(department, door, promise, past_words(subject, place.sector))


def past_words(subject: Subject, sector: Sector | None) -> str:
    """How long the last requests of that kind took, there or in the town; or, honestly, that nobody can tell yet."""
    past = resolution_times(subject, sector)
    if past is None:
        return _("Not enough requests of this kind are closed yet to say how long they take.")
    told: dict[str, object] = {"count": past.count, "half": _within(past.half), "most": _within(past.nine_in_ten)}
    if past.sector:
        told["where"] = _("around there (%(sector)s)") % {"sector": localized(past.sector, "name")}
    else:
        told["where"] = _("in the whole town")
    if past.half == past.nine_in_ten:
        return _("Of the last %(count)d of this kind %(where)s, nine in ten were settled %(most)s.") % told
    return _("Of the last %(count)d of this kind %(where)s, half were settled %(half)s, nine in ten %(most)s.") % told


def _within(days: int) -> str:
    if days == 0:
        return _("the same day")
    return _("within %(days)s") % {"days": business_days(days, get_language() or "fr")}


@dataclass(frozen=True)
class Known:
    """An open request nearby, and the link by which anyone may follow it, without a word of whoever made it.

    `mark` names it in the form that showed it. Neither it nor the link lets anyone read the number of the request.
    """

    near: Near
    due_words: str
    token: str
    mark: str


def known_near(subject: Subject, place: Place) -> list[Known]:
    """What someone already told of that place; one query."""
    reported = reported_nearby(subject, place.address, place.point)
    return [Known(each, _promised(each.case), follow_token(each.case.pk), _mark(each.case.pk)) for each in reported]


def _promised(case: Case) -> str:
    """Nothing while the promise waits: its date is no more the one that will be kept."""
    return "" if case.is_paused else due_status.due_words(case)


def follow_token(case_id: int) -> str:
    """What opens the public facts of a case, and nothing else, for three months."""
    once = token_urlsafe(6)
    return signing.dumps([once, case_id ^ _mask(once)], salt=FOLLOW_SALT)


def followed(token: str) -> int:
    """The number of the case that a token opens; 0 for none."""
    try:
        once, masked = signing.loads(token, salt=FOLLOW_SALT, max_age=FOLLOW_SECONDS)
        return int(masked) ^ _mask(once)
    except (signing.BadSignature, ValueError, TypeError):
        return 0


def _mask(once: str) -> int:
    """What hides a number in a link: whatever is signed can be read, and the cases are numbered in their order."""
    return int.from_bytes(salted_hmac(FOLLOW_SALT, once, algorithm="sha256").digest()[:8])


def _mark(case_id: int) -> str:
    return "near-" + salted_hmac(SEEN_SALT, str(case_id), algorithm="sha256").hexdigest()[:12]


def danger_in(words: str) -> Danger | None:
    """What to say before anything else when the words tell a danger; no query."""
    return knowledge.suggest(words, clean(get_language()), limit=1).danger if words.strip() else None
