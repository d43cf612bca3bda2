"""Reading hand-written or exported files (CSV, YAML): parsing, schemas, and problem reports.

No Django models here: the caller decides what a row becomes.
"""
