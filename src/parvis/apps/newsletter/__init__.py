"""The newsletter: who asked to be told what, and the proof of it; the issues, and what comes back of their letters."""
