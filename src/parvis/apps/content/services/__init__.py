"""Changing content: facts and their review, publication, imports, readers' opinions."""
