"""Reading the catalogue: the subjects open to requests, the routing rules, the fields of questions, the codes."""
