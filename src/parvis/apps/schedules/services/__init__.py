"""Declarations and notices made from the desk."""
