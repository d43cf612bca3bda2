"""The public site, one folder per page."""
