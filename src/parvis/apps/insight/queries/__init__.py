"""Reading figures: the baseline of a trial, gaps in the answers, use of the answers."""
