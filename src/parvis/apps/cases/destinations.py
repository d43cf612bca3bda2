"""Where a case goes: the town's rules, asked about what is known of it."""

from dataclasses import dataclass

from parvis.apps.catalogue.models import Subject
from parvis.apps.catalogue.queries import routed
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import desk
from parvis.apps.places.models import Address
from parvis.apps.places.shapes import Point


@dataclass(frozen=True)
class Destination:
    """Where a case goes, and why. `door` is the outside body whose it really is; the department then follows it up."""

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
    """Where a case of this kind goes, by the town's rules: the first that matches, else the subject's own.

    It is at the address, or at the point that was shown, whose `address` is then the nearest one. Two queries when a
    rule asks in which sectors it is, beside the rules, which are remembered; none otherwise.
    """
    own = subject.department.slug
    route, row = routed(subject.slug, own, address, text=words, audience=audience, nature=nature, point=point)
    to = row.to if row else subject.department
    outside = to.kind == Department.Kind.EXTERNAL
    follows = to if not outside else subject.department
    if follows.kind == Department.Kind.EXTERNAL:
        follows = desk()
    return Destination(
        department=follows,
        owner=row.owner if row else None,
        external_body=to if outside else subject.external_body,
        urgent=route.urgent,
        rule_name=route.rule_name,
        why_fr=route.why_fr,
        why_en=route.why_en,
    )
