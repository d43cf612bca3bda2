"""Pure rules of search: spelling corrections."""
