"""Writing, approving, scheduling, publishing, correcting and ending messages; recording what became of each."""
