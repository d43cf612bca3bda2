"""Management: routing rules, assignment, absences, offboarding, API keys, opinions, the baseline."""
