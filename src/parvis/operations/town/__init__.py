"""Loading of a town's folder into the database. The format of the files is in docs/build/town.md."""
