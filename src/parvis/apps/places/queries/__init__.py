"""Finding addresses, streets and sectors, and drawing the town plan."""

from parvis.apps.places.queries.addresses import (
    NEAR,
    Nearest,
    address_count,
    by_id,
    complete,
    exact,
    nearest,
    properties_of,
    sector_at,
    sectors_at,
    sectors_of,
    street_named,
)
from parvis.apps.places.queries.neighbours import how_to_tell, neighbour_at, neighbour_named
from parvis.apps.places.queries.suggesting import Suggestion, corner_at, locate, suggest
