"""Cases (citizen requests), their journal and promises, incidents, and merged cases."""
