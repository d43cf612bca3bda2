"""Questions asked of the catalogue at every call: what a case may be opened on, and the rules that route it."""

from django.db.models import prefetch_related_objects

from parvis.apps.catalogue.models import Nature, RoutingRule, Subject
from parvis.apps.catalogue.routing import Route, RouteRequest, Rule, asks_for_sectors, route
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address
from parvis.apps.places.placing import Placed
from parvis.apps.places.queries import sectors_at
from parvis.apps.places.shapes import Point
from parvis.lib.rows import Compiled
from parvis.lib.ttl_cache import TtlCache

_every_subject = Compiled(
    lambda: Subject.objects.filter(active=True, routable=True).select_related("department", "external_body")
)
_every_rule = Compiled(
    lambda: RoutingRule.objects.filter(state=RoutingRule.State.PUBLISHED, to__active=True).select_related("to", "owner")
)


def _read_subjects() -> dict[str, Subject]:
    rows = {row.slug: row for row in _every_subject()}
    prefetch_related_objects(list(rows.values()), "questions")
    return rows


def _read_rules() -> tuple[list[Rule], dict[str, RoutingRule]]:
    rows = {row.name: row for row in _every_rule()}
    return [rule_of(row) for row in rows.values()], rows


_subjects = TtlCache(_read_subjects)
_rules = TtlCache(_read_rules)


def routable(slug: str) -> Subject | None:
    """A subject that a case may be opened on, with its department, its door and its questions; None when there is none.

    At most a second old, and shared: read it, do not save it.
    """
    return _subjects().get(slug)


def general() -> Subject | None:
    """What the answering desk takes when no kind of request fits: nothing demanded, a question, and of no place."""
    rows = [row for row in _subjects().values() if row.department.kind == Department.Kind.DESK]
    free = [row for row in rows if row.place != Subject.Place.REQUIRED and not _demands(row)]
    return min(free, key=lambda row: (row.nature != Nature.INFORMATION, row.place != Subject.Place.NONE), default=None)


def rules() -> tuple[list[Rule], dict[str, RoutingRule]]:
    """The routing rules in order, and by name the rows they come from, with `to` and `owner`; at most a second old."""
    return _rules()


def routed(
    subject: str,
    department: str,
    address: Address | None,
    *,
    text: str,
    audience: str,
    nature: str,
    point: Point | None = None,
) -> tuple[Route, RoutingRule | None]:
    """Where a request on a subject goes by the rules in force, else to its own `department` (both slugs), and the rule
    that says so.

    It is at the address, or at the point that was shown, whose `address` is then the nearest one. Reads
    `address.street`. Two queries when a rule asks in which sectors it is, beside the rules; none otherwise.
    """
    ordered, rows = rules()
    placed = sectors_at(address, point) if asks_for_sectors(ordered, subject) else {}
    asked = route_request(subject, address, placed, text=text, audience=audience, nature=nature)
    result = route(asked, ordered, department)
    return result, rows.get(result.rule_name)


def route_request(
    subject: str, address: Address | None, placed: Placed, *, text: str, audience: str, nature: str
) -> RouteRequest:
    """What the rules are asked about a request, in the sectors where it was placed. Reads `address.street`."""
    return RouteRequest(
        subject=subject,
        sectors=frozenset(sector.slug for sector in placed.values() if sector),
        street=address.street.name if address else "",
        street_owner=address.street.owner if address else "",
        text=text,
        audience=audience,
        nature=nature,
    )


def forget() -> None:
    """Drop what this process remembers of the catalogue, so that the next question reads the database."""
    _subjects.forget()
    _rules.forget()


def rule_of(row: RoutingRule) -> Rule:
    """The pure rule of a row. Reads `to` and `owner`."""
    names = ("subjects", "sectors", "streets", "street_owners", "words", "audiences", "natures")
    criteria = {name: tuple(getattr(row, name)) for name in names}
    owner = row.owner.username if row.owner else ""
    return Rule(
        name=row.name, to=row.to.slug, owner=owner, urgent=row.urgent, why_fr=row.why_fr, why_en=row.why_en, **criteria
    )


def _demands(subject: Subject) -> bool:
    return any(question.required for question in subject.questions.all())
