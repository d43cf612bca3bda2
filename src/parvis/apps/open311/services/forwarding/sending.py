"""How a case leaves: to the Open311 server of an outside body, which is asked what it has after a doubt."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.public_cases import public_cases, public_photos, public_place
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.open311.channels import Accepted
from parvis.apps.open311.models import Forwarding
from parvis.apps.open311.rules.forwarding import (
    LONGEST,
    LOOKS,
    MOST_SENDS,
    RETRIES,
    Ambiguous,
    Sent,
    TheirRequest,
    matching,
)
from parvis.apps.open311.services.forwarding.servers import client_of
from parvis.apps.outbox.channels import Carrier, Outcome
from parvis.apps.outbox.models import State
from parvis.lib.errors import type_text
from parvis.lib.jobs import job


@dataclass(frozen=True)
class Step(Outcome):
    """What a call to their server gave: `accepted` when they took it, `theirs` when they told of it."""

    accepted: Accepted | None = None
    theirs: TheirRequest | None = None


class ForwardingCarrier(Carrier[Forwarding]):
    """Cases sent to outside servers. `carrying` runs it: the case is locked before what is recorded of it."""

    model = Forwarding
    job = job("parvis.apps.open311.tasks.follow_forwarding")
    lease = timedelta(minutes=5)
    left_behind_after = timedelta(minutes=5)
    backoff = RETRIES

    def refusal(self, item: Forwarding) -> Step | None:
        """See `Carrier.refusal`: the case may not leave any more, days after it was asked perhaps."""
        why = _why_kept(item)
        return Step(State.FAILED, str(why)) if why else None

    def send(self, item: Forwarding) -> Step:
        """See `Carrier.send`."""
        return Step(accepted=client_of(item.server).send(values_of(item), key=item.key))

    def find(self, item: Forwarding) -> Step:
        """See `Carrier.find`: in their list, which is read once a wait of LOOKS; then it is sent again, MOST_SENDS
        times at most. Raises PermanentError too: they refuse to tell.
        """
        sent = _sent(item)
        hour = timedelta(hours=1)
        listed = client_of(item.server).requests(item.service_code, sent.since - hour, sent.at + hour)
        numbers = Forwarding.objects.filter(server=item.server).exclude(pk=item.pk).exclude(service_request_id="")
        numbers = numbers.filter(service_request_id__in=[one.number for one in listed.rows])
        try:
            found = matching(sent, listed.rows, others=set(numbers.values_list("service_request_id", flat=True)))
        except Ambiguous:
            return Step(State.FAILED, _("They have a request that may be this one: ask them."))
        if found:
            return Step(accepted=Accepted(number=found.number), theirs=found)
        if not listed.whole:
            return Step(State.FAILED, _("Their list is too long to tell whether it is there: ask them."))
        looks = item.looks + 1
        if looks < len(LOOKS):
            return Step(State.UNCERTAIN, item.error, {"looks": looks}, LOOKS[looks])
        if item.attempts >= MOST_SENDS:
            return Step(State.FAILED, item.error)
        return Step(State.QUEUED, item.error, {"looks": 0, "first_attempted_at": sent.since}, timedelta())


FORWARDINGS = ForwardingCarrier()


def _why_kept(row: Forwarding) -> type_text:
    """Why a case may not leave any more, days after it was asked perhaps; "" when it may."""
    case = row.case
    if is_restricted(case.subject_id):
        return _("A restricted request is read by some posts only: nothing leaves by Open311.")
    if case.place_protected or (case.person and case.person.canonical.address_protected):
        return _("The address of this person is protected: call the body instead.")
    if not case.is_open:
        return _("This request was closed before it was sent.")
    if case.merged_into_id:
        return _("This request was merged into another before it was sent.")
    if not row.server.active:
        return _("This server is no longer in use.")
    if not case.entries.get(seq=row.entry_seq).body:
        return _("The words to send were erased by law.")
    return ""


def values_of(row: Forwarding) -> dict[str, str]:
    """What is sent of a case: the words written for them, the place, the public photo; who asks if they may know."""
    case = row.case
    sent = _sent(row)
    values = {
        "service_code": row.service_code,
        "description": sent.words,
        "address_string": sent.address,
        "media_url": _photo(case),
        **{f"attribute[{code}]": value for code, value in row.attributes.items()},
    }
    if sent.point:
        values |= {"lat": f"{sent.point[0]:.6f}", "long": f"{sent.point[1]:.6f}"}
    may_know = row.shares_person and row.server.sends_person
    person = case.person.canonical if case.person and may_know else None
    if person and not person.address_protected:
        first, _space, last = person.name.partition(" ")
        values |= {"first_name": first, "last_name": last, "email": person.email}
        phone = person.phones.first()
        values["phone"] = phone.number if phone else ""
    return values


def _sent(row: Forwarding) -> Sent:
    case = row.case
    signature = f"\n\n[{case.reference}]"
    return Sent(
        reference=case.reference,
        service_code=row.service_code,
        since=row.first_attempted_at or row.attempted_at or row.queued_at,
        at=row.attempted_at or row.queued_at,
        point=case.point or (case.address.point if case.address else None),
        # never the words of the citizen about the place: they may name people
        address=case.address.label if case.address else public_place(case),
        words=case.entries.get(seq=row.entry_seq).body[: LONGEST - len(signature)] + signature,
    )


def _photo(case: Case) -> str:
    """The address of the first photo that the public sees; "" when there is none."""
    public = public_cases().filter(pk=case.pk).first()
    photos = public_photos(public) if public else []
    return f"{settings.PARVIS_URL}/open311/v2/photos/{photos[0].key}.jpg" if photos else ""
