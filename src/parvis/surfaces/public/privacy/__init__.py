"""The notices of the forms: who collects, why, with what right, and what rights one has."""
