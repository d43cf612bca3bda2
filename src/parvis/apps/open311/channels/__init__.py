"""How requests leave for other Open311 servers."""
