"""An invented past of any length, written straight into the tables, for measures."""
