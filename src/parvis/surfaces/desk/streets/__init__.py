"""Works, water notices and snow operations declared by the desk."""
