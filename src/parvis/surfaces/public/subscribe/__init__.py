"""Subscribing to the newsletter and to alerts, one's choices, leaving, and the archive of the letters."""
