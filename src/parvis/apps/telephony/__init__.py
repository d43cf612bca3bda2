"""Text messages (SMS) and phone calls that speak a message: what leaves, what comes in, and the numbers that asked for
none. It knows neither contacts nor requests, alerts nor people."""
