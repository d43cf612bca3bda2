"""Road works, water notices and snow operations declared at the desk."""
