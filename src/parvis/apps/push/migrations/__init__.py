"""The tables of the app, in their order."""
