"""The ticket tablet and the call screen of the waiting room."""
