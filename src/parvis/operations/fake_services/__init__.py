"""Stand-ins for outside services, on this machine only: for the tests, the measures and the demonstration."""
