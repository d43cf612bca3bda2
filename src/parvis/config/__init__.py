"""Settings, the environment they are read from, addresses, and the doors of web servers."""
