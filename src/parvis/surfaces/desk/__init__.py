"""The staff's screens, a folder for each."""
