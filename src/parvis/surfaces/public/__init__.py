"""The citizens' pages, a folder for each."""
