"""Keys under which programs send their writes, so that one sent twice is done once."""
