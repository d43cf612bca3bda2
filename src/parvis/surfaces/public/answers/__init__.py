"""The pages of the standard answers, one per subject."""
