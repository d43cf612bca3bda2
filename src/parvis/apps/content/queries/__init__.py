"""Reading content: answers rendered with today's facts, subjects, notices, boil-water advisories."""
