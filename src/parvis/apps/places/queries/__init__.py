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
