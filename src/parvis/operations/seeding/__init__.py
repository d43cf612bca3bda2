"""An invented past, for the demonstration and for measures."""
