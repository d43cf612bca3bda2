"""What leaves the town, once, whoever carries it: claim, doubt, waits, hold, erasure (ADR 0064)."""
