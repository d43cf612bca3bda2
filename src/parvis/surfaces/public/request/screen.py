"""What the request form shows before it is sent: the department, the delay, the open requests nearby, dangers."""

from dataclasses import dataclass
from datetime import date
from secrets import token_urlsafe

from django.core import signing
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import due_status, public_cases
from parvis.apps.cases.queries.destinations import route_for
from parvis.apps.cases.queries.merged_cases import shared
from parvis.apps.cases.queries.reporting.resolution_times import Near, reported_at, reported_nearby, resolution_times
from parvis.apps.cases.queries.request_place import Place
from parvis.apps.catalogue.models import Nature, SiteCode, Subject
from parvis.apps.catalogue.rules.promises import business_days
from parvis.apps.matching.queries import suggesting
from parvis.apps.matching.queries.alarm import Danger
from parvis.apps.places.models import NeighbouringTown, Sector
from parvis.apps.places.queries import neighbours
from parvis.apps.places.queries.finding import names_no_street
from parvis.lib.i18n.languages import clean
from parvis.lib.i18n.localized import localized

CLOSE_BY = 40  # metres
MOST_NEAR = 3
FOLLOW_SALT = "parvis.request.near"
SEEN_SALT = "parvis.request.seen"
RECEIPT_SALT = "parvis.request.followed"
FOLLOW_SECONDS = 90 * 86_400


@dataclass(frozen=True)
class Elsewhere:
    """A place that may be in another town: which one, when the town's files know it."""

    neighbour: NeighbouringTown | None = None


def perhaps_elsewhere(place: Place) -> Elsewhere | None:
    """The other town that the place may be in: by its point, else by words alone that name that town, or that name no
    street of this one. None when nothing tells so.

    A guess, since the list of streets may be out of date, and areas rough. Three queries at most.
    """
    if place.address:
        return None
    if place.point:
        found = neighbours.neighbour_at(place.point)
        return Elsewhere(found) if found else None
    unknown = bool(place.words) and names_no_street(place.words)
    found = neighbours.neighbour_named(place.words, anywhere=unknown)
    return Elsewhere(found) if found or unknown else None


@dataclass(frozen=True)
class Ahead:
    """What will happen to a request, in words: its department, its promise, how long the last ones took."""

    department: str
    external_body: str
    promise: str
    past: str
    day: date | None = None


def ahead(subject: Subject, place: Place, words: str, audience: str, nature: str) -> Ahead:
    """What to show before sending; one to five queries."""
    route = route_for(subject, place.address or place.near, words, audience, nature, point=place.point)
    external_body = localized(route.external_body, "name") if route.external_body else ""
    department = localized(route.department, "name")
    if nature == Nature.COMMENT:
        promise = _("Comments are read, counted and reported; no reply is promised.")
        return Ahead(department, external_body, promise, "")
    promise = _("Sent now, it is promised %(due)s.") % {"due": due_status.promise_preview(subject)}
    return Ahead(
        department, external_body, promise, _past_words(subject, place.sector), due_status.promise_day(subject)
    )


def _past_words(subject: Subject, sector: Sector | None) -> str:
    """How long the last requests of that kind took, in the sector or the whole town, or that there are too few."""
    past = resolution_times(subject, sector)
    if past is None:
        return _("Not enough requests of this kind are closed yet to say how long they take.")
    values: dict[str, object] = {"count": past.count, "half": _within(past.half), "most": _within(past.nine_in_ten)}
    if past.sector:
        values["where"] = _("around there (%(sector)s)") % {"sector": localized(past.sector, "name")}
    else:
        values["where"] = _("in the whole town")
    if past.half == past.nine_in_ten:
        return _("Of the last %(count)d of this kind %(where)s, nine in ten were settled %(most)s.") % values
    return _("Of the last %(count)d of this kind %(where)s, half were settled %(half)s, nine in ten %(most)s.") % values


def _within(days: int) -> str:
    if days == 0:
        return _("the same day")
    return _("within %(days)s") % {"days": business_days(days, get_language() or "fr")}


@dataclass(frozen=True)
class NearbyRequest:
    """An open request nearby, and the token of a link to follow it, which shows nothing that the requester wrote.

    `mark` identifies it in the form that showed it. Neither `mark` nor the token reveals the request's id.
    """

    near: Near
    due_words: str
    token: str
    mark: str
    state: str = ""
    photo: str = ""  # address of a published photo, reduced

    @property
    def distance(self) -> str:
        """About how far it is, in words, to ten metres; "" when unknown."""
        if self.near.about is None:
            return ""
        if self.near.about < CLOSE_BY:
            return _("close by")
        return _("about %(metres)d m away") % {"metres": round(self.near.about, -1)}


def nearby_requests(subject: Subject | None, place: Place, site_code: SiteCode | None = None) -> list[NearbyRequest]:
    """The open requests about the same place, of any kind without a subject, those of the same code first.

    Two queries, four with a code.
    """
    here = reported_at(site_code, subject) if site_code else []
    around = reported_nearby(subject, place.address, place.point)
    nearest = {near.case.pk: near for near in [*here, *around]}
    return [
        NearbyRequest(
            near,
            _promise_words(near.case),
            follow_token(near.case.pk),
            _mark(near.case.pk),
            due_status.state_words(shared(near.case)),
            _photo_of(near.case),
        )
        for near in list(nearest.values())[:MOST_NEAR]
    ]


def _photo_of(case: Case) -> str:
    """The first published photo of a case of the public map; "" when it has none, or is hidden from the public."""
    publication = public_cases.publication_of(case)
    if publication is None or publication.hidden_at or not case.subject.public or case.merged_into_id:
        return ""
    photos = public_cases.public_photos(case)
    return f"{reverse('public:map_photo', args=[case.reference, photos[0].key])}?small" if photos else ""


def _promise_words(case: Case) -> str:
    """Empty while the promise is paused, since its date will move."""
    return "" if case.is_paused else due_status.due_words(case)


def follow_token(case_id: int) -> str:
    """A token that gives access to the public facts of a case, and nothing else, for three months."""
    nonce = token_urlsafe(6)
    return signing.dumps([nonce, case_id ^ _mask(nonce)], salt=FOLLOW_SALT)


def case_id_of(token: str) -> int:
    """The id of the case of a token; 0 when it is forged or expired."""
    try:
        nonce, masked = signing.loads(token, salt=FOLLOW_SALT, max_age=FOLLOW_SECONDS)
        return int(masked) ^ _mask(nonce)
    except (signing.BadSignature, ValueError, TypeError):
        return 0


def follow_receipt(case_id: int, head_id: int) -> str:
    """A token for who just followed a request: their own case, 0 when they followed it already, and the one followed.

    Both look the same: neither number can be read in it.
    """
    nonce = token_urlsafe(6)
    mask = _mask(nonce)
    return signing.dumps([nonce, f"{case_id ^ mask:020d}", f"{head_id ^ _mask(nonce + '+'):020d}"], salt=RECEIPT_SALT)


def read_receipt(token: str) -> tuple[int, int]:
    """The ids in a token of `follow_receipt`. Raises signing.BadSignature when it is forged or expired."""
    nonce, case_id, head_id = signing.loads(token, salt=RECEIPT_SALT, max_age=FOLLOW_SECONDS)
    return int(case_id) ^ _mask(nonce), int(head_id) ^ _mask(nonce + "+")


def _mask(nonce: str) -> int:
    """Hides an id in a token: a signed payload is readable, and ids are sequential."""
    return int.from_bytes(salted_hmac(FOLLOW_SALT, nonce, algorithm="sha256").digest()[:8])


def _mark(case_id: int) -> str:
    return "near-" + salted_hmac(SEEN_SALT, str(case_id), algorithm="sha256").hexdigest()[:12]


def danger_in(words: str) -> Danger | None:
    """The danger that the words describe, to be shown first; no query."""
    return suggesting.suggest(words, clean(get_language()), limit=1).danger if words.strip() else None
