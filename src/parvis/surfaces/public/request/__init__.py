"""The form of a new request, its photos, and the open requests nearby."""
