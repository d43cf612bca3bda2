"""A conformance test of servers of Open311 GeoReport v2."""
