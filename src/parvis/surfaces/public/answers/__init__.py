"""The standard answers, one page each."""
