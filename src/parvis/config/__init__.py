"""Settings, environment variables, URLs, and the WSGI and ASGI applications."""

DATA = "var"  # PARVIS_DATA, when it is not set
