"""Small helpers without models: clock, errors, identifiers, languages, jobs, database."""
