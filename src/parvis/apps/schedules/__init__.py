"""Day-to-day information about an address: collections, night parking, road works, bus departures."""
