"""Who asked to be told what, by which means, and the proof that they asked."""
