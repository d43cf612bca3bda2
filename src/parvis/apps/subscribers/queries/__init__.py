"""Who is told what, by which means, and what proves it."""
