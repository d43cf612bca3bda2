"""The full-screen pages of the digital panels."""
