"""Signing in: views, forms, middleware, navigation of the staff, health checks."""
