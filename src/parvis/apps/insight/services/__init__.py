"""Running a trial, and learning from gaps in the answers."""
