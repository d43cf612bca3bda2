"""Phone calls that speak a message: placed, placed again, confirmed by a key; it knows neither alerts nor people."""
