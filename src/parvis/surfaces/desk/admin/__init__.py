"""What managers do: rules, assignments, absences, departures, keys, opinions, the baseline."""
