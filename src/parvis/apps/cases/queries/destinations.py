"""The destination of a case by the town's routing rules."""

from dataclasses import dataclass

from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries.subjects import routed
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import desk
from parvis.apps.places.models import Address
from parvis.apps.places.rules.shapes import Point


@dataclass(frozen=True)
class Destination:
    """Where a case goes, and why. When an `external_body` is responsible, the department only follows it up."""

    department: Department
    owner: User | None
    external_body: Department | None
    urgent: bool
    rule_name: str
    why_fr: str
    why_en: str


def route_for(
    subject: Subject, address: Address | None, words: str, audience: str, nature: str, *, point: Point | None = None
) -> Destination:
    """The destination by the first routing rule that matches, else the subject's own department.

    With a `point`, `address` is the nearest one. Two queries if a rule depends on sectors, besides the cached rules.
    """
    own = subject.department.slug
    route, row = routed(subject.slug, own, address, text=words, audience=audience, nature=nature, point=point)
    to = row.to if row else subject.department
    external = to.kind == Department.Kind.EXTERNAL
    department = subject.department if external else to
    if department.kind == Department.Kind.EXTERNAL:
        department = desk()
    return Destination(
        department=department,
        owner=row.owner if row else None,
        external_body=to if external else subject.external_body,
        urgent=route.urgent,
        rule_name=route.rule_name,
        why_fr=route.why_fr,
        why_en=route.why_en,
    )
