"""Letters about a case or an incident, by e-mail or on paper."""
