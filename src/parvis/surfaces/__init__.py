"""Addresses, views, forms and templates. They never import each other, and never write to the database themselves."""
