"""Settings, environment variables, URLs, and the WSGI and ASGI applications."""
