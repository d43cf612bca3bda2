"""Cached queries for routable subjects and the routing rules in force."""

from django.db.models import prefetch_related_objects

from parvis.apps.catalogue.models import Nature, RoutingRule, Subject
from parvis.apps.catalogue.rules.routing import Route, RouteRequest, Rule, asks_for_sectors, route
from parvis.apps.directory.models import Department
from parvis.apps.places.models import Address
from parvis.apps.places.queries.addresses import sectors_at
from parvis.apps.places.queries.placing import Placed
from parvis.apps.places.rules.shapes import Point
from parvis.lib.database.rows import Compiled
from parvis.lib.ttl_cache import TtlCache

_every_subject = Compiled(
    lambda: Subject.objects.filter(active=True, routable=True).select_related("department", "external_body", "group")
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
    """A subject that accepts cases, with its department, external body and questions; None for any other.

    At most a second old; a shared instance, not to be modified.
    """
    return _subjects().get(slug)


def all_routable() -> list[Subject]:
    """Every subject that accepts cases, as `routable` gives them, with their groups."""
    return list(_subjects().values())


def general() -> Subject | None:
    """The desk's fallback subject: no required place or question, preferably a question without a place."""
    subjects = [
        subject
        for subject in _subjects().values()
        if subject.department.kind == Department.Kind.DESK
        and subject.place != Subject.Place.REQUIRED
        and not any(question.required for question in subject.questions.all())
    ]
    return min(
        subjects, key=lambda row: (row.nature != Nature.INFORMATION, row.place != Subject.Place.NONE), default=None
    )


def rules() -> tuple[list[Rule], dict[str, RoutingRule]]:
    """The routing rules in order, and their rows by name, with `to` and `owner`; at most a second old."""
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
    """The route of a request by the rules in force, else to its `department`, and the rule applied (slugs in).

    With a `point`, `address` is the nearest one. Reads `address.street`. Besides the rules, two queries when a rule
    depends on sectors, none otherwise.
    """
    ordered, rows = rules()
    placed = sectors_at(address, point) if asks_for_sectors(ordered, subject) else {}
    request = route_request(subject, address, placed, text=text, audience=audience, nature=nature)
    destination = route(request, ordered, department)
    return destination, rows.get(destination.rule_name)


def route_request(
    subject: str, address: Address | None, placed: Placed, *, text: str, audience: str, nature: str
) -> RouteRequest:
    """Builds the routing facts of a request placed in these sectors. Reads `address.street`."""
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
    """Clears the caches of this module."""
    _subjects.forget()
    _rules.forget()


def rule_of(row: RoutingRule) -> Rule:
    """The pure rule of a database row. Reads `to` and `owner`."""
    names = ("subjects", "sectors", "streets", "street_owners", "words", "audiences", "natures")
    criteria = {name: tuple(getattr(row, name)) for name in names}
    owner = row.owner.username if row.owner else ""
    return Rule(
        name=row.name, to=row.to.slug, owner=owner, urgent=row.urgent, why_fr=row.why_fr, why_en=row.why_en, **criteria
    )
