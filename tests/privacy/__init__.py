"""The register of what collects personal information."""
