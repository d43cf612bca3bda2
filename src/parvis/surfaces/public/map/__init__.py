"""The public map of requests: a list that has a map, one page a request, feeds."""
