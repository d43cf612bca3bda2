"""The tablet and the screen of the lobby."""
