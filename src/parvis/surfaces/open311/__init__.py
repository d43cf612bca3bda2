"""Open311 GeoReport v2 at /open311/: discovery, services, requests; XML and JSON (docs/build/open311.md)."""
