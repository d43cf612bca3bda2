"""Use cases on cases, one function each."""
