"""Finding addresses, streets and sectors, and drawing the town plan."""
