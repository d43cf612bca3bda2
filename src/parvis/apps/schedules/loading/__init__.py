"""Loading of a town's schedule files into the database."""
