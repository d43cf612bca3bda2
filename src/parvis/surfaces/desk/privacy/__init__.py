"""The register of the person in charge of privacy."""
