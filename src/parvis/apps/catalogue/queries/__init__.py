"""Questions asked of the tables; they change nothing."""

from parvis.apps.catalogue.queries.subjects import forget, general, routable, route_request, routed, rule_of, rules
