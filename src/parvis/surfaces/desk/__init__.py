"""The staff's screens, one folder each."""
