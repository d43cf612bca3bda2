"""Where a case goes: the town's rules, asked about what is known of it."""

from dataclasses import dataclass

from parvis.catalogue.models import Subject
from parvis.catalogue.queries import rules
from parvis.catalogue.routing import RouteRequest, route
from parvis.directory.models import Department, User
from parvis.directory.queries import desk
from parvis.places.models import Address


@dataclass(frozen=True)
class Destination:
    """Where a case goes, and why. `door` is the outside body whose it really is; the department then follows it up."""

    department: Department
    owner: User | None
    door: Department | None
    urgent: bool
    rule_name: str
    why_fr: str
    why_en: str


def route_for(subject: Subject, address: Address | None, words: str, audience: str, nature: str) -> Destination:
    """Where a case of this kind goes, by the town's rules: the first that matches, else the subject's own."""
    ordered, rows = rules()
    found = route(route_request(subject, address, words, audience, nature), ordered, subject.department.slug)
    row = rows.get(found.rule_name)
    to = row.to if row else subject.department
    outside = to.kind == Department.Kind.EXTERNAL
    follows = to if not outside else subject.department
    if follows.kind == Department.Kind.EXTERNAL:
        follows = desk()
    return Destination(
        department=follows,
        owner=row.owner if row else None,
        door=to if outside else subject.door,
        urgent=found.urgent,
        rule_name=found.rule_name,
        why_fr=found.why_fr,
        why_en=found.why_en,
    )


def route_request(subject: Subject, address: Address | None, words: str, audience: str, nature: str) -> RouteRequest:
    """What the rules are asked about a case. Reads `address.street` and `address.sector`."""
    return RouteRequest(
        subject=subject.slug,
        sector=address.sector.slug if address and address.sector else "",
        street=address.street.name if address else "",
        street_owner=address.street.owner if address else "",
        text=words,
        audience=audience,
        nature=nature,
    )
