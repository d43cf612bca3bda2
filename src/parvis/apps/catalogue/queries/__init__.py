"""Reading the catalogue: the subjects open to requests, the routing rules, the fields of questions."""

from parvis.apps.catalogue.queries.subjects import (
    all_routable,
    forget,
    general,
    routable,
    route_request,
    routed,
    rule_of,
    rules,
)
