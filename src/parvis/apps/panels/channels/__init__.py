"""Signs that are no browsers: one interface, NTCIP 1203 behind it."""
