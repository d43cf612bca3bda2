"""Who lives and pays together: people, households, their rights, proofs of residence."""
