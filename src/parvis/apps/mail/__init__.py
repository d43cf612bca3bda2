"""Letters queued, written when they leave, and delivered."""
