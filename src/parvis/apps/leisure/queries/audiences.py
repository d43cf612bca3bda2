"""The households of those who come to a group: whom who manages leisure writes to (`outreach.rules.audiences`)."""

from django.urls import reverse
from django.utils.translation import get_language

from parvis.apps.directory.models import User
from parvis.apps.households.queries import recipients_of_each
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.queries.catalogue import spans_of
from parvis.apps.leisure.queries.rosters import KEPT
from parvis.apps.outreach.rules.audiences import Addressee, Audience
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

State = Registration.State
KIND = "leisure-group"
WAITING = "-and-waiting"


def audience_name(group: Group, *, waiting: bool) -> str:
    """The audience of a group, as a message keeps it; `waiting`: those on its waiting list too."""
    return f"{KIND}:{group.pk}{WAITING if waiting else ''}"


def people(name: str) -> list[Addressee]:
    """The households of those who come, by name, each once; a constant number of queries."""
    states = (*KEPT, State.WAITING, State.OFFERED) if name.endswith(WAITING) else KEPT
    rows = Registration.objects.filter(group_id=_group_id(name), state__in=states).select_related("household")
    households = {row.household_id: row.household for row in rows.order_by("household__name", "household_id")}
    written, found = recipients_of_each(households), []
    seen = set[str]()
    for pk, household in households.items():
        addresses = tuple((one.email, one.language) for one in written.get(pk, ()))
        fresh = tuple(one for one in addresses if one[0] not in seen)
        seen.update(email for email, _language in fresh)
        if fresh or not addresses:
            found.append(Addressee(str(pk), household.name, fresh))
    return found


def _label(name: str) -> str:
    group = _group(name)
    span = spans_of([group.pk]).get(group.pk)
    if span is None:
        return str(group.activity)
    language = clean(get_language())
    day = quebec.weekday(span.first_starts.date(), language)
    return f"{group.activity}, {day}, {quebec.hours_range(span.first_starts.time(), span.first_ends.time(), language)}"


def _group_id(name: str) -> int:
    return int(name.removesuffix(WAITING))


def _group(name: str) -> Group:
    return Group.objects.select_related("activity").get(pk=_group_id(name))


def _may_write(user: User, name: str) -> bool:
    return may(user, Deed.MANAGE)


def _path(name: str) -> str:
    return reverse("desk:leisure_group", args=[_group(name).slug])


GROUP = Audience(_may_write, _label, _path, people)
