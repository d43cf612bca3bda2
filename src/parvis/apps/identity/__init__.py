"""Sign-in, second factors, sessions, middleware and the staff navigation bar."""
