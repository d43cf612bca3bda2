"""The form by which a citizen makes a request, its photos, and requests nearby."""
