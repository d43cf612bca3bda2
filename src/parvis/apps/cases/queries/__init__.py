"""Reading cases: one case, a queue, their due status, what a citizen may see."""
