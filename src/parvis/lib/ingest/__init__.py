"""Reading files that people write or that other systems export: their values, their schemas, and what is wrong in them.

No Django models here: what a row becomes is decided by whoever reads the file.
"""
