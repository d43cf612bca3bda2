"""The register of what collects personal information, its assessments, and the notices that each form owes."""
