"""Digital panels: screens of the town, what they show, and the proof that they painted it."""
