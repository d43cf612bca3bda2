"""Knowledge gaps: the questions left unanswered, and what editors decide on them."""
